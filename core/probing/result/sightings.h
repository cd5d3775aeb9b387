/* What a round leaves to the memory of its target: the answers, in order. */
#ifndef HT_PROBING_SIGHTINGS_H
#define HT_PROBING_SIGHTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/path_memory.h"
#include "probing/log/round_state.h"

/* What the round of one flow has seen. */
struct ht_flow_sightings {
    const struct ht_report *report; /* borrowed: the record of this flow alone; of a target's only
                                       one the record itself */
    bool known; /* `sightings` are there, of all flows of the round: it is remembered, was neither
                   cut short nor given up, and there was memory for them */
    struct ht_sightings sightings;
};

/* Scratch space; {0} is empty. */
struct ht_sightings_room {
    struct ht_sighting *list;
    size_t capacity;
    int64_t limits_ns[UINT8_MAX + 1];
};

void ht_sightings_fini(struct ht_sightings_room *room);

/* Fills *sightings from the answers up to `hop_count`, a ttl. It points into the room (until the
 * next call) and the round. False: no memory. */
bool ht_sightings_of(struct ht_sightings_room *room, const struct ht_round *round,
                     uint8_t hop_count, struct ht_sightings *sightings);

#endif
