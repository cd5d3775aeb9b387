/* Which probe of a round goes next, and when.
 *
 * Asked with each packet, so it remembers at which of the first hops nothing is due before some
 * time, and looks at the others only. */
#ifndef HT_PROBING_NEXT_PROBE_H
#define HT_PROBING_NEXT_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* When the first probe inside the window is due; *ttl is its ttl, the lowest among equals, or 0:
 * none is known. While none is due it may say too early a time; never while nothing is awaited.
 * *moves_ns is when the window moves by itself. Both HT_NEVER without memory, too. */
int64_t ht_next_probe_ns(struct ht_round *round, int64_t now_ns, int64_t *moves_ns, uint8_t *ttl);

/* Of a round at which nothing is due: true if the window lets a probe go that it did not, or may do
 * so by itself before `than_ns`. */
bool ht_next_probe_before(const struct ht_round *round, int64_t now_ns, int64_t than_ns);

#endif
