/* The log of what the wire carried: one JSON object a line and packet. */
#ifndef SIMNET_PACKETLOG_H
#define SIMNET_PACKETLOG_H

#include "probe.h"

#include <stdio.h>

/* Writes one line; README.md describes its fields. */
void packetlog_write(FILE *log, const struct probe *probe, enum probe_verdict verdict,
                     int64_t arrival_ns);

#endif
