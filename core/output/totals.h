/* What all rounds of a target have sent and received together, since this process measures it. */
#ifndef HT_OUTPUT_TOTALS_H
#define HT_OUTPUT_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"

struct ht_count_total {
    uint64_t sent;
    uint64_t received;
};

/* Bounds of the histogram in nanoseconds, rising; answers above the last one are in a bucket of
 * their own. */
#define HT_RTT_BOUNDS  14
#define HT_RTT_BUCKETS (HT_RTT_BOUNDS + 1)
extern const int64_t ht_rtt_bounds_ns[HT_RTT_BOUNDS];

/* {0}: no round yet. */
struct ht_totals {
    uint64_t rtts[HT_RTT_BUCKETS]; /* end-to-end answers by their time: above the bound before, up
                                      to this one */
    int64_t rtt_sum_ns;
    struct ht_count_total all;   /* probes of all hops */
    struct ht_count_total *hops; /* owned; by ttl - 1 */
    uint8_t last_ttl;            /* of them */
};

/* Adds a round. False: no memory, and the hops beyond those that there were are not counted. */
bool ht_totals_add(struct ht_totals *totals, const struct ht_report *report);

void ht_totals_fini(struct ht_totals *totals);

#endif
