/* What becomes of the answers that are held. */
#ifndef HT_PROBING_HELD_VERDICT_H
#define HT_PROBING_HELD_VERDICT_H

#include <stdint.h>

#include "probing/log/round_state.h"

/* Hands on to the round (ht_answer_take) what can be decided at `now_ns`. Returns the number of
 * probes that were answered by it. */
uint32_t ht_held_settle(struct ht_round *round, int64_t now_ns);

/* When something more can be decided; HT_NEVER: not by time alone. */
int64_t ht_held_due_ns(const struct ht_round *round, int64_t now_ns);

#endif
