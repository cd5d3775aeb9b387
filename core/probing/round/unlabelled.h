/* Quotes that do not tell which probe they are of. */
#ifndef HT_PROBING_UNLABELLED_H
#define HT_PROBING_UNLABELLED_H

#include "probing/log/round_state.h"

/* A quote shows the round's flow, but not which probe it is of. From the next probe on, each one
 * has a length label; or, where the kernel does not tell the length either, is alone on its way.
 * The awaited ones are void and sent again. */
void ht_unlabelled_note(struct ht_round *round, const struct ht_reply *reply);

#endif
