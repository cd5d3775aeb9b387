/* Memory that outlives the process: a history in a file, read once, and written each
 * HT_STATE_PERIOD_NS beside the work of an event loop. */
#ifndef HT_STATE_STATE_H
#define HT_STATE_STATE_H

#include <stdint.h>

#include "history/history.h"
#include "hoptrace/error.h"
#include "hoptrace/time.h"

/* From the beginning of one write to that of the next. */
#define HT_STATE_PERIOD_NS (60 * HT_NS_PER_S)

struct ht_state;

/* Locks the file, reads it, and adds what it holds to the history, which is borrowed until
 * ht_state_close. *state is NULL where nothing will be written: the file is in use by another
 * process (nothing was read then), is a symbolic link or no regular file, may not be read, or there
 * is no memory. HT_OK, or an error that is to be told:
 *   with *state NULL         why
 *   HT_ERR_MALFORMED         the file could not be used: it is FILE.bad now, or will be once it can
 *                            be locked
 *   else                     it cannot be locked, or not be kept as FILE.bad: that will be tried
 *                            again at each write */
int ht_state_open(const char *path, struct ht_history *history, struct ht_now now,
                  struct ht_state **state, struct ht_error *error);

/* The history has changed: there is something to write. */
void ht_state_note(struct ht_state *state);

/* Does what is due, below 1 ms for targets of 15 hops: to be called each turn of the event loop. A
 * write begins HT_STATE_PERIOD_NS after the last one did if there is something to write; the text
 * is made in parts, one a call, and a thread writes it. HT_OK, or an error that is to be told: each
 * one once, until a write succeeds. */
int ht_state_step(struct ht_state *state, struct ht_now now, struct ht_error *error);

/* When ht_state_step is due next, by the monotonic clock. */
int64_t ht_state_next_ns(const struct ht_state *state);

/* Waits for a write under way, writes what has changed since, unlocks the file and frees the state;
 * NULL is allowed. HT_OK, or an error that was not told yet. */
int ht_state_close(struct ht_state *state, struct ht_now now, struct ht_error *error);

#endif
