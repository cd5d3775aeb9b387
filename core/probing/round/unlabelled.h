/* Quotes that do not tell which probe they are of. */
#ifndef HT_PROBING_UNLABELLED_H
#define HT_PROBING_UNLABELLED_H

#include "probing/log/round_state.h"

/* A quote is of some probe of this round, and does not tell of which one. From the next probe on
 * each one is told by its length as well; those that are on their way are sent again. */
void ht_unlabelled_note(struct ht_round *round, const struct ht_reply *reply);

#endif
