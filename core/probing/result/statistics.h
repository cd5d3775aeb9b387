/* Statistics of round-trip times, defined in hoptrace/report.h (struct ht_rtt). */
#ifndef HT_PROBING_STATISTICS_H
#define HT_PROBING_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* Statistics over `count` round-trip times in sending order; all NaN for 0, the jitter below 2.
 * `rtt_ns` is sorted in place. */
struct ht_rtt ht_rtt_of(int64_t *rtt_ns, size_t count);

/* 100 * (sent - received) / sent; NaN if nothing was sent. */
double ht_loss_percent(uint32_t sent, uint32_t received);

#endif
