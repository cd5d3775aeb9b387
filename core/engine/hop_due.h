/* When the next probe of one hop is due; and at which of the first hops nothing is due before some
 * time, so that whoever asks with each packet looks at the others only. */
#ifndef HT_ENGINE_HOP_DUE_H
#define HT_ENGINE_HOP_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/trace.h"

/* When the next probe of this hop is due, were it inside the window; HT_NEVER: none will be unless
 * something happens. */
int64_t ht_hop_due_ns(const struct ht_trace *trace, uint8_t ttl);

/* True when every probe of this ttl is answered or given up, and no further one will be sent:
 * what a listener may be told already. */
bool ht_hop_due_complete(const struct ht_trace *trace, uint8_t ttl);

/* Some hop may get a further probe, or an earlier one, than was thought. */
void ht_hop_due_reopen(struct ht_trace *trace);

/* A probe of this ttl left: a retry of it may be the next that is due. */
void ht_hop_due_sent(struct ht_trace *trace, uint8_t ttl);

/* Answers are to be expected sooner than was thought, and with them retries. */
void ht_hop_due_hasten(struct ht_trace *trace);

/* Forgets which hops are quiet when that is over; or when nothing is awaited, so that a trace that
 * is finished is seen to be. */
void ht_hop_due_refresh_quiet(struct ht_trace *trace, int64_t now_ns);

/* Takes note of a hop at which nothing is due yet, if that is so of all hops before it. */
void ht_hop_due_note_quiet(struct ht_trace *trace, unsigned ttl, int64_t due_ns, int64_t now_ns);

#endif
