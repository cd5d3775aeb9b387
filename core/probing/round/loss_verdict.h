/* The verdict on an unanswered probe:
 *   this host could not read answers                      HT_PROBE_UNREAD, sent again twice a hop
 *   this host dropped answers, or a TCP listener          HT_PROBE_VOID, sent again
 *   was busy with another SYN
 *   an answer to it is held, but not proven               HT_PROBE_VOID
 *   its router seems to keep to its rate limit            HT_PROBE_EXCUSED, sent again
 *   else                                                  HT_PROBE_LOST
 * A hop gets a bounded number of probes in place of void ones. */
#ifndef HT_PROBING_LOSS_VERDICT_H
#define HT_PROBING_LOSS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* When the first awaited probe is ascribed to a rate limit, or the first one that was can be
 * decided about; HT_NEVER: none is. */
int64_t ht_loss_due_ns(const struct ht_round *round);

/* True while a probe of this ttl is ascribed to a rate limit, which may turn out to be wrong. */
bool ht_loss_undecided(const struct ht_probe_log *log, uint8_t ttl);

/* Gives a verdict on the probes whose timeout is over, and on those that a rate limit dropped. */
void ht_loss_expire(struct ht_round *round, int64_t now_ns);

/* Makes a probe that left void, and has its hop probed again, as is done already if the probe is
 * excused. False: it is answered, or void. */
bool ht_loss_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint32_t index);

/* Makes one more probe of the hop due at once, in place of no void one. */
void ht_loss_ask_more(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint8_t ttl,
                      int64_t now_ns);

/* True if the path's end was not found because of this host: neither the destination nor a refusal
 * tells where the path ends, and all probes beyond the last answer went unanswered while answers
 * could not be read. */
bool ht_loss_unread(const struct ht_probe_log *log, const struct ht_path_end *end);

/* The record is closed early: after ht_loss_expire, probes still awaited become HT_PROBE_OPEN,
 * which counts neither as sent nor as lost, or HT_PROBE_UNREAD. */
void ht_loss_cut_short(struct ht_round *round, int64_t now_ns);

#endif
