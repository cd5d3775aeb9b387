#include "probing/log/path_end.h"

#include "base/assert.h"
#include "model/hop.h"
#include "probing/log/hop_due.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "wire/probe.h"
#include "wire/reply.h"

/* --- the window ---------------------------------------------------------------------------- */

static size_t hops_up_to(const struct ht_asked *asked, uint8_t last_ttl)
{
    return last_ttl < asked->first_ttl ? 0 : (size_t)(last_ttl - asked->first_ttl) + 1;
}

bool ht_path_end_is_ahead(const struct ht_asked *asked, const struct ht_path_end *end, uint8_t ttl)
{
    return hops_up_to(asked, ttl) > end->window_hops;
}

bool ht_path_end_prepare(struct ht_probe_log *log, uint8_t distance_ttl, int64_t now_ns)
{
    size_t count = hops_up_to(&log->asked, distance_ttl);
    return count <= log->made_hops || ht_probe_log_make_hops(log, count, now_ns);
}

/* --- where the path ends ------------------------------------------------------------------- */

/* Probes beyond the destination tell nothing more: their answers are not awaited. */
static void forget_beyond_destination(struct ht_probe_log *log, const struct ht_path_end *end)
{
    for (uint32_t i = log->oldest_awaited; i < log->probe_count; i++) {
        struct ht_probe *probe = &log->probes[i];
        if (probe->state == HT_PROBE_AWAITED && probe->ttl > end->destination_ttl)
            ht_probe_log_set_state(log, probe, HT_PROBE_UNNEEDED);
    }
}

enum ht_end ht_path_end_end(const struct ht_flow *flow, const struct ht_reply *reply)
{
    if (reply->answer == HT_ANSWER_TIME_EXCEEDED)
        return HT_END_NONE;
    if (reply->answer == HT_ANSWER_UNREACHABLE &&
        !ht_address_equal(&reply->node.address, &flow->destination))
        return HT_END_UNREACHABLE;
    return HT_END_DESTINATION;
}

/* The highest ttl at which a router let a probe expire, or a distance probe met the destination: a
 * router that refused a probe of a lower ttl has let others pass. */
static uint8_t passed_ttl(const struct ht_path_end *end)
{
    uint8_t ttl = end->last_router_ttl;
    if (end->reaches_ttl > ttl)
        ttl = end->reaches_ttl;
    if (end->distance_end == HT_END_DESTINATION && end->ends_ttl > ttl)
        ttl = end->ends_ttl;
    return ttl;
}

/* The lowest ttl at which a refusal ends the path; 0: none does. */
static uint8_t refused_ttl(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    uint8_t passed = passed_ttl(end);
    uint8_t beyond = 0;    /* lowest ttl above `passed` at which a probe was refused */
    bool refused = false;  /* a probe of ttl `passed` was refused, ... */
    bool got_past = false; /* ... and a later one of that ttl was answered in another way */
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->state != HT_PROBE_ANSWERED || probe->ttl < passed ||
            ht_path_end_is_ahead(&log->asked, end, probe->ttl))
            continue;
        if (probe->ttl == passed) {
            got_past |= refused && !probe->refused;
            refused |= probe->refused;
        } else if (probe->refused && (beyond == 0 || probe->ttl < beyond)) {
            beyond = probe->ttl;
        }
    }
    return refused && !got_past ? passed : beyond;
}

/* An answer may be a refusal that ends the path at a lower ttl, or show that probes get past the
 * router that refused. */
static void review_refusals(struct ht_round *round, uint8_t ttl, enum ht_end end)
{
    uint8_t before = round->end.unreachable_ttl;
    bool sooner = end == HT_END_UNREACHABLE && (before == 0 || ttl < before);
    bool past = end != HT_END_UNREACHABLE && before != 0 && ttl >= before;
    if (!sooner && !past)
        return;
    round->end.unreachable_ttl = refused_ttl(&round->log, &round->end);
    round->upcoming.recheck |= round->end.unreachable_ttl != before;
}

/* The lowest ttl at which the destination has answered and behind which no router has; 0: none. */
static uint8_t arrival_ttl(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    uint8_t lowest = 0;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->state == HT_PROBE_ANSWERED && probe->arrived &&
            probe->ttl >= end->last_router_ttl &&
            !ht_path_end_is_ahead(&log->asked, end, probe->ttl) &&
            (lowest == 0 || probe->ttl < lowest))
            lowest = probe->ttl;
    }
    return lowest;
}

/* Answers are awaited again up to the destination, or (0: it is unknown now) all of them. */
static void wait_again(struct ht_probe_log *log, const struct ht_path_end *end,
                       struct ht_upcoming *upcoming)
{
    for (uint32_t i = 0; i < log->probe_count; i++) {
        struct ht_probe *probe = &log->probes[i];
        if (probe->state != HT_PROBE_UNNEEDED ||
            (end->destination_ttl != 0 && probe->ttl > end->destination_ttl))
            continue;
        ht_probe_log_set_state(log, probe, HT_PROBE_AWAITED);
    }
    ht_hop_due_reopen(upcoming);
    upcoming->recheck = true;
}

/* If a router has answered at a higher ttl than destination_ttl, the path does not end there. */
static void review_arrivals(struct ht_probe_log *log, struct ht_path_end *end,
                            struct ht_upcoming *upcoming)
{
    if (end->destination_ttl == 0 || end->last_router_ttl <= end->destination_ttl)
        return;
    end->destination_ttl = log->asked.end_ttl = arrival_ttl(log, end);
    wait_again(log, end, upcoming);
}

/* As many probes of this ttl as the destination gets; of others as many as routers get. */
static void expect_end(struct ht_round *round, uint8_t ttl)
{
    struct ht_asked *asked = &round->log.asked;
    if (asked->end_ttl == ttl)
        return;
    asked->end_ttl = ttl;
    if (asked->end_probes != asked->probes)
        ht_hop_due_reopen(&round->upcoming);
}

/* An answer from inside the window: the path ends at this ttl, or (HT_END_NONE) goes on. */
static void note_end(struct ht_round *round, uint8_t ttl, enum ht_end end)
{
    if (end == HT_END_NONE && ttl > round->end.last_router_ttl)
        round->end.last_router_ttl = ttl;
    if (end == HT_END_NONE && ttl >= round->log.asked.end_ttl && round->end.destination_ttl == 0)
        expect_end(round, 0);
    round->upcoming.recheck |= end != HT_END_NONE;
    review_refusals(round, ttl, end);
    review_arrivals(&round->log, &round->end, &round->upcoming);
    if (end == HT_END_DESTINATION && ttl >= round->end.last_router_ttl &&
        (round->end.destination_ttl == 0 || ttl < round->end.destination_ttl)) {
        round->end.destination_ttl = ttl;
        expect_end(round, ttl);
        forget_beyond_destination(&round->log, &round->end);
    }
    if (ttl > round->end.last_answer_ttl) {
        if (ttl > round->end.last_answer_ttl + 1)
            ht_hop_due_hasten(&round->upcoming); /* retries of the hops in between */
        round->end.last_answer_ttl = ttl;
    }
}

uint8_t ht_path_end_way_back(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    const struct ht_node_facts *last = NULL;
    for (const struct ht_node_facts *node = ht_probe_log_first_node(log, end->destination_ttl);
         node != NULL; node = ht_probe_log_next_node(log, node))
        last = node;
    return last != NULL ? ht_hops_back(last->reply_ttl) : 0;
}

/* The destination's probable ttl, the first of these that is possible; 0: neither is.
 *   ttl - quoted_ttl + 1                   unless a middlebox changed the probe's ttl
 *   ht_hops_back(reply_ttl) - asymmetry   if the way back is as most of the other paths' */
static uint8_t guess_ttl(const struct ht_path_end *end, const struct ht_hints *hints, uint8_t ttl,
                         const struct ht_reply *reply)
{
    const int guesses[] = {reply->quoted_ttl != 0 ? ttl - reply->quoted_ttl + 1 : 0,
                           ht_hops_back(reply->node.reply_ttl) - hints->asymmetry};
    for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
        if (guesses[i] > end->reaches_ttl && guesses[i] <= ttl)
            return (uint8_t)guesses[i];
    }
    return 0;
}

static void note_distance(struct ht_round *round, uint8_t ttl, const struct ht_reply *reply)
{
    enum ht_end end = ht_path_end_end(&round->flow, reply);
    round->upcoming.recheck = true;
    if (end == HT_END_NONE) {
        if (ttl > round->end.reaches_ttl)
            round->end.reaches_ttl = ttl;
    } else {
        round->end.ends_ttl = ttl;
        round->end.distance_end = (uint8_t)end;
    }
    if (end == HT_END_DESTINATION)
        round->end.guessed_ttl = guess_ttl(&round->end, &round->hints, ttl, reply);
    if (end != HT_END_UNREACHABLE)
        review_refusals(round, ttl, end);
}

void ht_path_end_note(struct ht_round *round, uint8_t ttl, const struct ht_reply *reply)
{
    if (ht_path_end_is_ahead(&round->log.asked, &round->end, ttl))
        note_distance(round, ttl, reply);
    else
        note_end(round, ttl, ht_path_end_end(&round->flow, reply));
}

/* The window takes in the next hop, and what a distance probe found there. */
static void take_in(struct ht_round *round)
{
    uint8_t ttl = (uint8_t)(round->log.asked.first_ttl + round->end.window_hops);
    round->end.window_hops++;
    if ((ttl <= round->end.reaches_ttl || ttl <= round->end.ends_ttl) &&
        ht_probe_log_hop(&round->log, ttl)->received > 0)
        note_end(round, ttl, ttl == round->end.ends_ttl ? round->end.distance_end : HT_END_NONE);
}

bool ht_path_end_widen(struct ht_round *round, uint8_t last_ttl, int64_t now_ns)
{
    size_t count = hops_up_to(&round->log.asked, last_ttl);
    if (count <= round->end.window_hops)
        return true;
    if (count > round->log.made_hops && !ht_probe_log_make_hops(&round->log, count, now_ns))
        return false;
    while (round->end.window_hops < count)
        take_in(round);
    HT_ASSERT(round->end.window_hops <= round->log.made_hops);
    return true;
}

void ht_path_end_join_ahead(struct ht_round *round)
{
    while (round->end.window_hops < round->log.made_hops &&
           round->log.hops[round->end.window_hops].passes > 0)
        take_in(round);
}
