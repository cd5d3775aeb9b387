/* What a verified answer changes in a round. */
#ifndef HT_PROBING_ANSWER_H
#define HT_PROBING_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* A verified answer to a probe. False: a duplicate, or after the timeout: nothing changed. */
bool ht_answer_take(struct ht_round *round, uint32_t index, const struct ht_reply *reply,
                    int64_t received_ns, bool kernel_stamp);

#endif
