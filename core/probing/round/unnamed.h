/* The verdict on a TCP destination's answer that does not say which of several SYNs it is to. */
#ifndef HT_PROBING_UNNAMED_H
#define HT_PROBING_UNNAMED_H

#include <stdint.h>

#include "probing/round/held_answers.h"

/* Sets answer->probe if the verdict is HT_HELD_ANSWERS. Answers that cannot be told apart are
 * forgotten, and their SYNs sent again, one by one from then on. */
enum ht_held_verdict ht_unnamed_judge(struct ht_round *round, struct ht_held_answer *answer,
                                      int64_t now_ns);

/* When time alone decides about the answer; HT_NEVER: it does not. */
int64_t ht_unnamed_due_ns(const struct ht_round *round, const struct ht_held_answer *answer);

#endif
