/* What a state file held becomes part of the history of this process. Pure. */
#ifndef HT_STATE_RESTORE_H
#define HT_STATE_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "history/history.h"

/* Moves all of `read`, which is empty then, into the history, behind what that remembers already.
 * False: no memory, some targets are missing.
 *
 * By what the wall clock says now, memories are forgotten that are too old (ht_history_expire), and
 * a last record in the future is one of now, lest it be kept for ever: but only if the file was
 * written within the last HT_HISTORY_KEEP_NS. If it was not, the wall clock may be wrong, or none
 * of the targets can have been measured since. */
bool ht_restore(struct ht_history *history, struct ht_history *read, int64_t written_ns,
                int64_t wall_ns);

#endif
