/* Rounds that are asked for, beside those of the clock. */
#ifndef HT_API_TRIGGER_H
#define HT_API_TRIGGER_H

#include <stdint.h>

struct ht_engine;
struct ht_scheduled_target;

/* When the first round of a target begins that is added now. */
int64_t ht_trigger_first_ns(const struct ht_engine *engine, int64_t now_ns);

/* A round has ended: sets when the next one begins by the clock. */
void ht_trigger_advance(struct ht_scheduled_target *scheduled, int64_t now_ns);

/* A record was delivered: enters the next round, if there is one, into the engine's `due`. */
void ht_trigger_enter(struct ht_scheduled_target *scheduled);

#endif
