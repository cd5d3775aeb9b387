/* The prober: the face of the folder. It runs all rounds together: which of them sends next, which
 * probe a reply answers, when a round's record is closed. Pure: packets go out as bytes in a batch,
 * come in as bytes, time is an argument.
 *
 * The caller's loop: ht_prober_collect -> send -> ht_prober_sent; ht_prober_receive for every
 * packet; then ht_prober_advance; wait until ht_prober_next_ns. Packets that are already here must
 * be received before time is advanced: else our own slowness would look like loss.
 *
 * The callbacks run inside these calls and must not call the prober. */
#ifndef HT_PROBING_PROBER_H
#define HT_PROBING_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/error.h"
#include "hoptrace/report.h"
#include "hoptrace/time.h"
#include "model/packet.h"
#include "probing/prober_options.h"
#include "probing/rounds/round_request.h"

struct ht_prober;

/* Packets since the prober was made; for tests and for diagnosis. */
struct ht_prober_counters {
    uint64_t strangers; /* came in, and answer no outstanding probe of ours */
    uint64_t forged;    /* came in, name a flow of ours, and show what none of its probes carried */
    uint64_t sent;      /* probes */
    uint64_t received;  /* answers to probes of ours */
};

/* NULL: no memory. */
struct ht_prober *ht_prober_new(const struct ht_prober_options *options);

/* Frees the prober; rounds under way are dropped without a report. NULL is allowed. */
void ht_prober_free(struct ht_prober *prober);

/* Sets the reserved numbers, if they were not known yet when the prober was made. While a round is
 * queued or under way, further ones may be added, and nothing else. */
void ht_prober_set_local_ids(struct ht_prober *prober, const struct ht_local_ids *ids);

/* Sets connection_ns of the options, for the rounds that begin from then on. */
void ht_prober_set_connection(struct ht_prober *prober, int64_t connection_ns);

/* Queues a round; its first probe leaves as soon as the ceiling and the rounds before it allow.
 * HT_ERR_NOMEM: no memory, nothing was queued. HT_ERR_INVALID: likewise, its flows have more ports
 * than are reserved. */
int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error);

/* How many further rounds are wanted (see ht_scheduler_wanted). More in the queue would only cost
 * memory. */
size_t ht_prober_wants_rounds(const struct ht_prober *prober);

/* Forgets the rounds of a target without a report. */
void ht_prober_drop(struct ht_prober *prober, const struct ht_target *target);

/* Fills up to `capacity` packets that are to leave now; returns their number. Each must be given
 * back by ht_prober_sent before any other call. */
size_t ht_prober_collect(struct ht_prober *prober, struct ht_now now, struct ht_outgoing *batch,
                         size_t capacity);

/* Takes a batch back with the results of sending it. `now` is after the sending. */
void ht_prober_sent(struct ht_prober *prober, struct ht_now now, const struct ht_outgoing *batch,
                    size_t count);

/* Takes packets from the network: any bytes at all. */
void ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packets, size_t count);

/* Notes that `count` packets were dropped for want of receive buffer, not long before now. Probes
 * that are out and stay unanswered may have been answered by one of them: they are sent again and
 * never called lost. Probes leave more slowly for a while (ht_pacer_ease). */
void ht_prober_overflowed(struct ht_prober *prober, struct ht_now now, uint32_t count);

/* Notes that the kernel refused (errno) to hand over packets of this family that may have been
 * received. Probes that are out and stay unanswered may have been answered by one of them: they are
 * sent again, a few times, and count as local_errors, never as lost. */
void ht_prober_unreadable(struct ht_prober *prober, struct ht_now now, uint8_t ip_version,
                          int sys_errno);

/* Gives up probes that have run out of time; closes and reports finished rounds, at most 64 in a
 * call: between two calls packets are to be read, or the receive buffer would overflow. While
 * probes may leave, finished rounds wait, as many as ht_scheduler_full allows. */
void ht_prober_advance(struct ht_prober *prober, struct ht_now now);

/* Closes and reports every round, queued ones too, with this reason; finished ones, whose record
 * was only waiting to be closed, with the reason that ended them. */
void ht_prober_close_all(struct ht_prober *prober, struct ht_now now, enum ht_stop_reason reason);

/* When ht_prober_collect or ht_prober_advance next has work; HT_NEVER: there is no round. */
int64_t ht_prober_next_ns(const struct ht_prober *prober);

/* How long packets that came in, and timers, may wait, so that one wake-up serves many of them: at
 * most 10.3 ms, in which about 60 answers come at most (ht_pacer_period_ns). 0: not at all. They
 * wait while at least 4 rounds are unfinished, or only rounds of targets with an interval of 1 s or
 * more; below a ceiling of at least 98 packets a second, without on_hop, and as long as no router
 * is known to give 10 or more errors a second and no more. They wait for up to 20.6 ms while at
 * least 65 rounds are unfinished, or only such of targets with that interval; as long as no router
 * gives 5 or more and no more. */
int64_t ht_prober_period_ns(const struct ht_prober *prober);

/* When probes that are due may leave; HT_NEVER: none are due. */
int64_t ht_prober_send_ns(const struct ht_prober *prober);

/* Rounds queued or under way. */
size_t ht_prober_rounds(const struct ht_prober *prober);

struct ht_prober_counters ht_prober_counters(const struct ht_prober *prober);

#endif
