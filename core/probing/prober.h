/* All rounds in flight together: who sends next, which probe an answer belongs to, when a record
 * closes. Pure: packets go out as bytes in a batch, come in as bytes, time is an argument.
 *
 * The caller's loop: ht_prober_collect -> send -> ht_prober_sent; ht_prober_receive for every
 * packet; then ht_prober_advance; wait until ht_prober_next_ns. Packets that are already here must
 * be received before time is advanced, lest our own slowness look like loss.
 *
 * The callbacks run inside these calls and must not call the prober. */
#ifndef HT_PROBING_PROBER_H
#define HT_PROBING_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "hoptrace/error.h"
#include "hoptrace/report.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"
#include "model/packet.h"
#include "probing/log/round_memory.h"

struct ht_prober;

struct ht_prober_options {
    uint32_t pps;            /* 0: no ceiling */
    uint64_t secret[2];      /* random: makes keys and tokens unpredictable */
    uint64_t host_secret[2]; /* the same for all processes of this host: what their flows have in
                                common and strangers cannot foretell */
    uint16_t local_id;       /* reserved for this process: ICMP id and source port */
    void (*on_report)(void *user, const struct ht_report *report); /* borrowed, see hoptrace.h */
    void (*on_hop)(void *user, const struct ht_report *so_far, const struct ht_hop *hop);
    /* May be NULL. An address answered at a ttl for the first time in this round; told for targets
     * that are not numeric. */
    void (*on_node)(void *user, const struct ht_address *address);
    void *user;
    const struct ht_zones
        *zones; /* borrowed: names for the scopes of nodes; NULL: none are known */
};

/* A round to measure. */
struct ht_round_request {
    const struct ht_target *target; /* borrowed until its report was delivered or dropped */
    struct ht_address destination;
    struct ht_address source;
    uint32_t interface_index; /* 0: the routing table decides */
    /* What the last round to this destination left, and where this one leaves what it knows when it
     * closes. Borrowed like the target; NULL: nothing is known, and nothing is kept. */
    struct ht_round_memory *previous;
};

/* What came in and was not ours, or not any more; for tests and for the curious. */
struct ht_prober_counters {
    uint64_t strangers; /* not an answer to any outstanding probe of ours */
    uint64_t forged;    /* named one of our probes, but showed another payload */
    uint64_t sent;
    uint64_t received;
};

/* NULL: no memory. */
struct ht_prober *ht_prober_new(const struct ht_prober_options *options);

/* Frees the prober; rounds under way are dropped without a report. NULL is allowed. */
void ht_prober_free(struct ht_prober *prober);

/* The reserved id, if it was not known yet when the prober was made. No round may be under way. */
void ht_prober_set_local_id(struct ht_prober *prober, uint16_t local_id);

/* Queues a round; its first probe leaves as soon as the pace and the rounds before it allow.
 * HT_ERR_NOMEM. */
int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error);

/* How many further rounds are wanted: some thousand before the first probe leaves; then none while
 * many wait, and many at a time. More in the queue would only cost memory. */
size_t ht_prober_wants_rounds(const struct ht_prober *prober);

/* Forgets the rounds of a target without a report. */
void ht_prober_drop(struct ht_prober *prober, const struct ht_target *target);

/* Fills up to `capacity` packets that are to leave now; returns their number. Each must be given
 * back by ht_prober_sent before any other call. */
size_t ht_prober_collect(struct ht_prober *prober, struct ht_now now, struct ht_outgoing *batch,
                         size_t capacity);

/* Takes the results of sending a batch. `now` is after the sending. */
void ht_prober_sent(struct ht_prober *prober, struct ht_now now, const struct ht_outgoing *batch,
                    size_t count);

/* Takes packets from the network: any bytes at all. */
void ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packets, size_t count);

/* Notes that `count` packets were dropped for want of receive buffer, not long before now. Probes
 * that stay unanswered may have been answered by one of them: they are sent again and never called
 * lost; without a ceiling the pace slows down. */
void ht_prober_overflowed(struct ht_prober *prober, struct ht_now now, uint32_t count);

/* Notes that the kernel refused (errno) to hand over packets of this family that may have been
 * received. Probes that are out and stay unanswered may have been answered by one of them: they are
 * sent again, a few times, and count as local_errors, never as lost. */
void ht_prober_unreadable(struct ht_prober *prober, struct ht_now now, uint8_t ip_version,
                          int sys_errno);

/* Gives up what has run out of time; closes and reports rounds that are finished, not more than a
 * few at a time: between two calls packets are read, lest the receive buffer overflow. While probes
 * may leave, some thousand finished rounds wait. */
void ht_prober_advance(struct ht_prober *prober, struct ht_now now);

/* Closes and reports every round, queued ones too, with this reason; those that are finished and
 * only wait for their record tell how they ended. */
void ht_prober_close_all(struct ht_prober *prober, struct ht_now now, enum ht_stop_reason reason);

/* When ht_prober_collect or ht_prober_advance next has work; HT_NEVER: no round is under way. */
int64_t ht_prober_next_ns(const struct ht_prober *prober);

/* Rounds queued or under way. */
size_t ht_prober_rounds(const struct ht_prober *prober);

struct ht_prober_counters ht_prober_counters(const struct ht_prober *prober);

#endif
