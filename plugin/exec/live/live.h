/* The live view: what the engine tells, as one table that is updated in place. */
#ifndef HT_EXEC_LIVE_LIVE_H
#define HT_EXEC_LIVE_LIVE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "hoptrace.h"

struct live;

/* Descriptors to poll. */
#define LIVE_FDS 2

/* Takes the terminal over; pictures are appended to `text`, which goes to stdout. *live is to be
 * freed with live_free. */
int live_open(struct ht_text *text, struct live **live, struct ht_error *error);

/* Lines whose last one stands at the picture's foot: for the caller to append to. */
struct ht_text *live_notes(struct live *live);

/* Whether stdout is a terminal that can show it. */
bool live_is_possible(void);

/* A target comes: what live_on_report wants to have; NULL: no memory. */
void *live_join(struct live *live, const char *name);

/* False: no memory, the round is not shown. */
bool live_on_report(struct live *live, void *target, const struct ht_report *report);
void live_on_event(struct live *live, const struct ht_event *event);

/* What to poll, and what has come of it. True: the user wants to end. Stops the process where the
 * user wants that, having left the terminal. */
void live_pollfds(const struct live *live, struct pollfd places[LIVE_FDS]);
bool live_take(struct live *live, const struct pollfd places[LIVE_FDS]);

/* Appends the picture if it has changed and is due: at most ten a second. */
void live_step(struct live *live, int64_t now_ns);

/* When live_step has something to do by the clock alone; HT_NEVER: not before something comes. */
int64_t live_next_ns(const struct live *live);

/* Appends what leaves the terminal as it was found, and the last picture as plain lines. NULL, or a
 * second time: nothing. */
void live_leave(struct live *live);

/* Frees what was left. NULL is allowed. */
void live_free(struct live *live);

#endif
