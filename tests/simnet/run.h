/* The loop between link, network and waiting answers. */
#ifndef SIMNET_RUN_H
#define SIMNET_RUN_H

#include "link.h"
#include "options.h"

/* Plays until SIGTERM, SIGINT or the end of --exit-with's process, then writes log and
 * counters. SIGHUP replaces the topology. Returns the exit status. */
int run(const struct options *options, struct topology *topology, struct link *link);

#endif
