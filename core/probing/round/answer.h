/* What a verified answer changes in a round. */
#ifndef HT_PROBING_ANSWER_H
#define HT_PROBING_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Enters a verified answer to the probe at `index`. `kernel_stamp`: received_ns is the kernel's.
 * False, and nothing but out_of_memory has changed: a duplicate, an answer after the timeout, or no
 * memory. */
bool ht_answer_take(struct ht_round *round, uint32_t index, const struct ht_reply *reply,
                    int64_t received_ns, bool kernel_stamp);

#endif
