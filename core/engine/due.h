/* Which probe of a trace goes next, and when.
 *
 * Asked with each packet, so it remembers at which of the first hops nothing is due before some
 * time, and looks at the others only. */
#ifndef HT_ENGINE_DUE_H
#define HT_ENGINE_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/trace.h"

/* When the next probe of this hop is due, were it inside the window; HT_NEVER: none will be unless
 * something happens. */
int64_t ht_due_hop_ns(const struct ht_trace *trace, uint8_t ttl);

/* When the first probe inside the window is due; *ttl is its ttl, the lowest among equals, or 0:
 * none is known. While none is due it may say too early a time; never while nothing is awaited.
 * *moves_ns is when the window moves by itself. Both HT_NEVER without memory, too. */
int64_t ht_due_first_ns(struct ht_trace *trace, int64_t now_ns, int64_t *moves_ns, uint8_t *ttl);

/* Of a trace at which nothing is due: true if the window lets a probe go that it did not, or may do
 * so by itself before `than_ns`. */
bool ht_due_before(const struct ht_trace *trace, int64_t now_ns, int64_t than_ns);

/* Some hop may get a further probe, or an earlier one, than was thought. */
void ht_due_reopen(struct ht_trace *trace);

/* A probe of this ttl left: a retry of it may be the next that is due. */
void ht_due_sent(struct ht_trace *trace, uint8_t ttl);

/* Answers are to be expected sooner than was thought, and with them retries. */
void ht_due_hasten(struct ht_trace *trace);

#endif
