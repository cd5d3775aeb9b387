/* Where do times begin to be longer? Pure.
 *
 * A hop has risen if its excess, recent - usual, is more than half of the destination's, and has
 * not if it is less; within `noise` of the half, and beyond twice the destination's excess and
 * `noise` (a hop that is slow by itself), it tells nothing and is left out. What lies on the way to
 * a hop delays what is behind as well: the place is between the last hop that has not risen and the
 * first from which on all have. */
#ifndef HT_HISTORY_RTT_PLACE_H
#define HT_HISTORY_RTT_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "history/loss_place.h"

struct ht_time_hop {
    uint32_t usual_us;  /* 0: not known */
    uint32_t recent_us; /* 0: not known */
    uint32_t noise_us;  /* how far recent - usual is off by chance: two standard errors */
    uint8_t ttl;
};

/* `hops`: by rising ttl, before the destination; `excess_us`: the destination's, above 0. */
struct ht_span ht_rtt_place(const struct ht_time_hop *hops, size_t count, double excess_us,
                            uint8_t destination_ttl);

#endif
