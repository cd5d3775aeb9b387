#include "probing/prober_internal.h"

#include <errno.h>

#include "probing/round/answer.h"
#include "probing/round/held.h"
#include "probing/round/next_probe.h"
#include "probing/round/sending.h"
#include "probing/round/sizing.h"
#include "probing/round/unlabelled.h"
#include "probing/rounds/reply_match.h"
#include "wire/probe.h"
#include "wire/reply.h"

/* A reply passes through STEPS steps before it is taken. In each, what the next one reads is begun
 * to be fetched into the cache; STEP_LAG further replies go through a step meanwhile. MATCHES: a
 * power of two, more than the replies that are on their way, STEPS * STEP_LAG + 1. */
#define STEP_LAG ((size_t)6)
#define STEPS    4
#define MATCHES  32

static struct ht_identity identity_of(const struct ht_prober *prober)
{
    return (struct ht_identity){
        .secret = prober->options.secret, .ids = &prober->options.ids, .flows = prober->most_flows};
}

/* True if this host itself says that a packet cannot be delivered: its neighbour is silent. Where
 * the destination is an address of this host, the answer is the target's. */
static bool is_signed_by_us(const struct ht_reply *reply, const struct ht_flow *flow)
{
    return reply->answer == HT_ANSWER_UNREACHABLE &&
           ht_address_equal(&reply->node.address, &flow->source) &&
           !ht_address_equal(&flow->source, &flow->destination);
}

/* What follows from an answer: held answers that it decides, hops and nodes to be told of, probes
 * that are due sooner. */
static void follow_up(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    ht_prober_settle_held(prober, round, now);
    ht_round_events_tell_hops(&prober->events, round, now);
    if (round->upcoming.recheck || round->ids.alone ||
        (!ht_prober_is_due(&round->slot) &&
         ht_next_probe_before(round, now.mono_ns, round->slot.timer.key_ns)))
        ht_prober_reschedule(prober, round, now);
    else
        ht_round_events_tell_nodes(&prober->events, &round->log, &round->told);
}

/* Counts a forged reply. `round`: whose flow it names; NULL: that is not known. */
static void note_forged(struct ht_prober *prober, struct ht_round *round)
{
    prober->counters.forged++;
    if (round != NULL)
        round->doubted.forged++;
}

/* Takes a reply that by itself answers no probe for certain. */
static void take_undecided(struct ht_prober *prober, struct ht_now now,
                           const struct ht_incoming *packet, const struct ht_reply *reply,
                           struct ht_found found)
{
    struct ht_round *round = found.round;
    if (found.finding == HT_FOUND_UNLABELLED)
        ht_unlabelled_note(round, reply);
    else if (found.finding == HT_FOUND_SYN)
        ht_held_keep(round, HT_HELD_UNNAMED, reply, HT_NO_PROBE, packet->received_ns,
                     packet->kernel_stamp);
    else
        ht_held_keep(round, found.finding == HT_FOUND_WEAK ? HT_HELD_WEAK : HT_HELD_REWRITTEN,
                     reply, found.probe, packet->received_ns, packet->kernel_stamp);
    /* When what is held can be decided at the latest, the agenda says. */
    round->upcoming.recheck = true;
    follow_up(prober, found.round, now);
}

/* An answer to a packet of the search for the path MTU. This host's own kernel may refuse one too:
 * a device behind its route takes less. */
static void take_sized(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packet, const struct ht_reply *reply,
                       struct ht_found found)
{
    struct ht_round *round = found.round;
    if (is_signed_by_us(reply, &round->flow) && !ht_reply_is_own(packet, reply, &round->flow)) {
        note_forged(prober, round);
        return;
    }
    prober->counters.received += ht_sizing_answered(round, found.probe, reply);
    ht_prober_reschedule(prober, round, now);
}

static void take_answer(struct ht_prober *prober, struct ht_now now,
                        const struct ht_incoming *packet, const struct ht_reply *reply,
                        struct ht_found found)
{
    struct ht_round *round = found.round;
    bool signed_by_us = is_signed_by_us(reply, &round->flow);
    if (signed_by_us && !ht_reply_is_own(packet, reply, &round->flow)) {
        note_forged(prober, round);
    } else if (signed_by_us) {
        ht_sending_bounced(&round->log, &round->host, found.probe, EHOSTUNREACH);
        ht_prober_reschedule(prober, round, now);
    } else if (ht_answer_take(round, found.probe, reply, packet->received_ns,
                              packet->kernel_stamp)) {
        prober->counters.received++;
        ht_pacer_answered(&prober->pacer);
        follow_up(prober, round, now);
    }
}

static void take_reply(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packet, const struct ht_reply_match *match)
{
    struct ht_found found =
        ht_reply_match_find(match, identity_of(prober), &prober->scheduler.flows);
    bool named = found.finding == HT_FOUND_PROBE || found.finding == HT_FOUND_WEAK ||
                 found.finding == HT_FOUND_REWRITTEN;
    if (named && found.round->log.probes[found.probe].state == HT_PROBE_SIZED) {
        /* It counts if it proves as much as any other has to by itself. */
        if (found.finding == HT_FOUND_PROBE)
            take_sized(prober, now, packet, &match->reply, found);
        return;
    }
    switch (found.finding) {
    case HT_FOUND_NOTHING:
    case HT_FOUND_STALE:
        prober->counters.strangers++;
        break;
    case HT_FOUND_FORGED:
        note_forged(prober, found.round);
        break;
    case HT_FOUND_PROBE:
        take_answer(prober, now, packet, &match->reply, found);
        break;
    default:
        take_undecided(prober, now, packet, &match->reply, found);
        break;
    }
}

void ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packets, size_t count)
{
    struct ht_reply_match matches[MATCHES];
    const struct ht_identity identity = identity_of(prober);
    for (size_t i = 0; i < count + STEPS * STEP_LAG; i++) {
        if (i < count)
            ht_reply_match_read(&packets[i], identity, &prober->scheduler.flows,
                                &matches[i % MATCHES]);
        size_t round = i - STEP_LAG; /* before there is one it wraps, to above `count` */
        if (round < count)
            ht_reply_match_fetch_round(&matches[round % MATCHES], &prober->scheduler.flows);
        size_t probe = i - 2 * STEP_LAG;
        if (probe < count)
            ht_reply_match_fetch_probe(&matches[probe % MATCHES], &prober->scheduler.flows);
        size_t answered = i - 3 * STEP_LAG;
        if (answered < count)
            ht_reply_match_fetch_answered(&matches[answered % MATCHES], &prober->scheduler.flows);
        size_t taken = i - STEPS * STEP_LAG;
        if (taken < count)
            take_reply(prober, now, &packets[taken], &matches[taken % MATCHES]);
    }
}
