/* The verdict on a quote that shows a field which was rewritten on the way, or is forged. */
#ifndef HT_PROBING_REWRITTEN_H
#define HT_PROBING_REWRITTEN_H

#include <stdint.h>

#include "probing/round/held_answers.h"

/* May have one more probe sent to the hop, whose quote would be rewritten alike. */
enum ht_held_verdict ht_rewritten_judge(struct ht_round *round, struct ht_held_answer *answer,
                                        int64_t now_ns);

/* Until when the probe's true answer, which would refute this one, may still come. */
int64_t ht_rewritten_doubted_until_ns(const struct ht_flow *flow, const struct ht_probe_log *log,
                                      const struct ht_path_end *end,
                                      const struct ht_held_answer *answer);

#endif
