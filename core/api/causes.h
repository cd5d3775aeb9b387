/* Events that may have a cause in common with those of other targets: each is told at once, and
 * what they have in common once; people are notified of the one or the other. */
#ifndef HT_API_CAUSES_H
#define HT_API_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/event.h"

struct ht_engine;
struct ht_scheduled_target;

/* Takes an event that was told, at a place of these hops: people are notified now, later or not
 * at all. */
void ht_causes_take(const struct ht_scheduled_target *scheduled, const struct ht_event *event,
                    const struct ht_address *chain, size_t length);

/* Tells what is decided by now; `all`: what is not is decided, since nothing more will come. */
void ht_causes_tell(struct ht_engine *engine, bool all);

/* The target goes: people are not notified of its events any more. */
void ht_causes_forget(const struct ht_scheduled_target *scheduled);

/* When ht_causes_tell has something to do; HT_NEVER: nothing waits. */
int64_t ht_causes_next_ns(const struct ht_engine *engine);

/* Frees what waits. */
void ht_causes_fini(struct ht_engine *engine);

#endif
