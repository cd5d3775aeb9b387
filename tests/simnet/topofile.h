/* Reads a network from a file; README.md describes the format. */
#ifndef SIMNET_TOPOFILE_H
#define SIMNET_TOPOFILE_H

#include "topology.h"

/* Adds the file's network to an empty topology. Says on stderr, as FILE:LINE: what is
 * wrong, all that it finds, and then returns false. */
bool topofile_read(struct topology *topology, const char *file_name);

#endif
