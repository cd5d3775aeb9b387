/* The KEY=VALUE words of the topology file: one table for hops and targets. */
#ifndef SIMNET_TOPOKEYS_H
#define SIMNET_TOPOKEYS_H

#include "topology.h"

#define KEYS_HOP    1u /* allowed for a hop and for defaults */
#define KEYS_TARGET 2u /* allowed for a target */

/* What the words of a line say. */
struct fields {
    struct topology *topology; /* for addresses that values name */
    struct behaviour behaviour;
    struct endpoint endpoint;
    int64_t rtt_ns; /* -1: not given */
    uint32_t count; /* targets on consecutive addresses */
    char name[NAME_TEXT];
};

/* Sets the field for one word, which is cut apart in doing so. Returns NULL, or what is
 * wrong with it. */
const char *topokeys_set(struct fields *fields, char *word, unsigned where);

/* Is it a name that fits into DNS, and into JSON as it is? */
bool topokeys_valid_name(const char *name);

#endif
