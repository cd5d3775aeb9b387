/* What becomes of the probes that nobody answered: they are lost, unless the silence is our own
 * doing (answers that this host dropped or could not read, a TCP listener that was asked twice at
 * once) or a router's that keeps to its limit. Then they count for nothing and are asked again, not
 * too often. */
#ifndef HT_PROBING_LOSS_VERDICT_H
#define HT_PROBING_LOSS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* When the first awaited probe is to be taken for dropped because of a limit; HT_NEVER: none is. */
int64_t ht_loss_due_ns(const struct ht_round *round);

/* Gives up the probes whose time has run out, and those that were dropped. */
void ht_loss_expire(struct ht_round *round, int64_t now_ns);

/* A probe that left counts for nothing, and its hop is asked again. False: it was answered, or
 * counts for nothing as it is. */
bool ht_loss_redo(const struct ht_asked *asked, struct ht_probe_log *log,
                  struct ht_upcoming *upcoming, uint32_t index);

/* A hop is asked once more than it would be, at once. */
void ht_loss_ask_more(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint8_t ttl,
                      int64_t now_ns);

/* True if it was this host that did not let the path be seen to its end: nothing tells where that
 * is, and all probes beyond the last answer went unanswered while answers could not be read. */
bool ht_loss_unread(const struct ht_probe_log *log, const struct ht_path_end *end);

/* The record is closed early: after ht_loss_expire, what is still awaited counts for nothing,
 * neither as sent nor as lost. What could not be read meanwhile is a local error, as ever. */
void ht_loss_cut_short(struct ht_round *round, int64_t now_ns);

#endif
