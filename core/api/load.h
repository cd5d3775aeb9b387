/* Whether the rounds fit under the packet-rate ceiling. The length of a path is not known before
 * its first round: the load is taken from the rounds that were measured. */
#ifndef HT_API_LOAD_H
#define HT_API_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct ht_engine;
struct ht_scheduled_target;

/* The load of the targets with an interval that were measured. */
struct ht_load {
    double pps; /* sum of packets of the last round / interval, over `targets` */
    size_t targets;
};

/* A round of the target sent `sent` packets. */
void ht_load_note(struct ht_scheduled_target *scheduled, uint32_t sent);

/* About which ceiling the targets need that have an interval, whether it is there or not; 0: none
 * was measured yet. */
uint32_t ht_load_needed(const struct ht_engine *engine);

/* The target goes. */
void ht_load_drop(const struct ht_scheduled_target *scheduled);

#endif
