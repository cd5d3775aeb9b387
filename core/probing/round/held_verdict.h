/* What becomes of the held answers. */
#ifndef HT_PROBING_HELD_VERDICT_H
#define HT_PROBING_HELD_VERDICT_H

#include <stdint.h>

#include "probing/log/round_state.h"

/* Gives to the round (ht_answer_take) the held answers that are believed at `now_ns`, and forgets
 * the ones that are nothing. Returns the number of probes that they answered. */
uint32_t ht_held_settle(struct ht_round *round, int64_t now_ns);

/* When time alone may decide about a held answer; HT_NEVER: it does not. */
int64_t ht_held_due_ns(const struct ht_round *round, int64_t now_ns);

#endif
