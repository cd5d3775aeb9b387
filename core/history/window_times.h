/* Times of the window's end-to-end replies, from what each round's record says of them. Pure.
 *
 *   min, max, avg, stddev   as of all replies together (avg and stddev: sums of n avg and of
 *                           n (stddev^2 + avg^2))
 *   median, p95             by nearest rank over a round's min, median (n - 2 times) and max: exact
 *                           with up to 3 replies a round
 *   jitter                  within the rounds: mean, weighted by n - 1
 *
 * In bytes: 28 for each round: 560 with a window of 20. */
#ifndef HT_HISTORY_WINDOW_TIMES_H
#define HT_HISTORY_WINDOW_TIMES_H

#include <stdint.h>

#include "hoptrace/report.h"

struct ht_round_times {
    uint32_t replies; /* n; 0: the others are meaningless */
    float min_ms;
    float avg_ms;
    float max_ms;
    float stddev_ms;
    float median_ms;
    float jitter_ms; /* meaningless with one reply */
};

/* {0}: empty. */
struct ht_window_times {
    struct ht_round_times *list; /* owned: oldest first */
    uint16_t count;
    uint16_t capacity;
};

/* Enters a round with as many replies; beyond `window` the oldest go. What there is no memory for
 * is left out. */
void ht_window_times_add(struct ht_window_times *times, uint32_t replies, const struct ht_rtt *rtt,
                         uint16_t window);

/* Times over the rounds; NaN without replies, and of jitter without two in a round. */
void ht_window_times_sum(const struct ht_window_times *times, struct ht_rtt *rtt);

void ht_window_times_fini(struct ht_window_times *times);

#endif
