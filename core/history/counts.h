/* Probes of one ttl, or of the destination, over some rounds. */
#ifndef HT_HISTORY_COUNTS_H
#define HT_HISTORY_COUNTS_H

#include <stdint.h>

/* Invariant: received <= sent. */
struct ht_counts {
    uint32_t sent;
    uint32_t received;
};

static inline uint32_t ht_counts_lost(struct ht_counts counts)
{
    return counts.sent - counts.received;
}

/* lost / sent, 0 to 1; 0 where nothing was sent. */
static inline double ht_counts_loss(struct ht_counts counts)
{
    return counts.sent > 0 ? (double)ht_counts_lost(counts) / counts.sent : 0;
}

static inline struct ht_counts ht_counts_sum(struct ht_counts a, struct ht_counts b)
{
    return (struct ht_counts){a.sent + b.sent, a.received + b.received};
}

#endif
