/* Which probe of a round goes next, and when.
 *
 * Asked with each packet: the search begins behind the idle hops (hop_due.h). */
#ifndef HT_PROBING_NEXT_PROBE_H
#define HT_PROBING_NEXT_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* When the next probe is due; *ttl is its ttl, the lowest among equals, or 0: none is known. While
 * none is due the time may be too early, unless no probe is awaited. *moves_ns is when the window
 * moves by itself. Both are HT_NEVER if the round is out of memory or its host cut off. */
int64_t ht_next_probe_ns(struct ht_round *round, int64_t now_ns, int64_t *moves_ns, uint8_t *ttl);

/* Of a round without a due probe: true if the window reaches further than at the last search, or
 * may do so by itself before `than_ns`, or if a distance probe may leave. */
bool ht_next_probe_before(const struct ht_round *round, int64_t now_ns, int64_t than_ns);

#endif
