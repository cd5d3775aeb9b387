/* Prints what a perfect measurement of the network would show. */
#ifndef SIMNET_TRUTH_H
#define SIMNET_TRUTH_H

#include "topology.h"

#include <stdio.h>

/* How far a path that loops is written out. */
#define TRUTH_LOOP_TTL 64

/* One JSON object a line and target; README.md describes it. */
void truth_print(const struct topology *topology, FILE *out);

/* One destination address a line. */
void truth_print_targets(const struct topology *topology, FILE *out);

#endif
