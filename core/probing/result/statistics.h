/* Round-trip times -> statistics, as the interface defines them. */
#ifndef HT_PROBING_STATISTICS_H
#define HT_PROBING_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* Statistics over `count` round-trip times in sending order; NaN where the interface says null.
 * `rtt_ns` is sorted in place. */
struct ht_rtt ht_rtt_of(int64_t *rtt_ns, size_t count);

/* 100 (1 - received/sent); NaN if nothing was sent. */
double ht_loss_percent(uint32_t sent, uint32_t received);

#endif
