#include "probing/round/loss_verdict.h"

#include "probing/log/hop_due.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/held.h"
#include "probing/round/second_look.h"

/* Probes of a hop that are sent in place of void ones (answers that this host dropped, or a
 * router's rate limit), or to confirm held answers: the more, the longer the record may stay open,
 * and the fewer hops are left with too few probes. */
#define REDONE_MAX 8

/* The same where answers could not be read: a fault that lasts must not keep the record from
 * closing. */
#define REDONE_UNREAD_MAX 2

/* When a probe's silence is ascribed to its router's rate limit. HT_NEVER: it is not; nor any more
 * after REDONE_MAX probes were sent again. */
static int64_t dropped_ns(const struct ht_round *round, const struct ht_probe *probe)
{
    if (ht_probe_log_hop(&round->log, probe->ttl)->redone >= REDONE_MAX)
        return HT_NEVER;
    return ht_turns_dropped_ns(round, probe);
}

/* When the first of the excused probes can be decided about; HT_NEVER: none, as long as their hops
 * get further probes. */
static int64_t decision_ns(const struct ht_round *round)
{
    const struct ht_probe_log *log = &round->log;
    int64_t first_ns = HT_NEVER;
    for (uint32_t i = 0; i < log->probe_count && log->excused > 0; i++) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->state == HT_PROBE_EXCUSED && ht_hop_due_complete(log, &round->end, probe->ttl))
            first_ns = ht_time_min(first_ns, ht_turns_decided_ns(log, round->sites, probe));
    }
    return first_ns;
}

bool ht_loss_undecided(const struct ht_probe_log *log, uint8_t ttl)
{
    for (uint32_t i = 0; i < log->probe_count && log->excused > 0; i++) {
        if (log->probes[i].state == HT_PROBE_EXCUSED && log->probes[i].ttl == ttl)
            return true;
    }
    return false;
}

int64_t ht_loss_due_ns(const struct ht_round *round)
{
    int64_t first_ns = decision_ns(round);
    if (!ht_turns_matter(round))
        return first_ns;
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        if (round->log.probes[i].state == HT_PROBE_AWAITED)
            first_ns = ht_time_min(first_ns, dropped_ns(round, &round->log.probes[i]));
    }
    return first_ns;
}

/* Makes one more regular probe of the ttl due, at most REDONE_MAX times (`counted`: of which this
 * is one) and only while it has fewer than were asked for. */
static void redo(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint8_t ttl, bool counted)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    if (hop->redone >= REDONE_MAX || hop->sent >= ht_asked_probes(&log->asked, ttl))
        return;
    if (counted)
        hop->redone++;
    hop->passes--;
    ht_hop_due_reopen(upcoming);
}

/* The probe's silence tells nothing of the path, by our own doing: it is void, and its hop is
 * probed again. */
static void annul_and_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming,
                           struct ht_probe *probe)
{
    ht_probe_log_set_state(log, probe, HT_PROBE_VOID);
    redo(log, upcoming, probe->ttl, true);
}

/* True if a farther hop that answers has left a probe unanswered: what is lost on the way there is
 * lost by no limit here. */
static bool is_lost_beyond(const struct ht_probe_log *log, uint8_t ttl, int64_t now_ns)
{
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        bool lost =
            probe->state == HT_PROBE_LOST || (probe->state == HT_PROBE_AWAITED &&
                                              now_ns - probe->sent_ns > log->asked.timeout_ns / 2);
        if (lost && probe->ttl > ttl && ht_probe_log_hop(log, probe->ttl)->received > 0)
            return true;
    }
    return false;
}

/* The hop gets further probes, however many it was asked for. */
static void try_by(struct ht_round *round, uint8_t ttl, uint8_t tries)
{
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    for (; tries > 0 && hop->passes > 0 && hop->redone < REDONE_MAX; tries--) {
        hop->passes--;
        hop->redone++;
    }
    ht_hop_due_reopen(&round->upcoming);
}

/* What became of few probes of a single target may be a limit's doing or chance: others try it. */
static void try_to_tell(struct ht_round *round, const struct ht_probe *probe, int64_t now_ns)
{
    uint8_t tries = ht_turns_tries(round, probe, now_ns);
    if (tries == 0 || is_lost_beyond(&round->log, probe->ttl, now_ns))
        return;
    ht_turns_try(&round->log, round->sites, probe->ttl, tries, now_ns);
    try_by(round, probe->ttl, tries);
}

/* A router keeps to its rate limit, or seems to. A probe that left before the router's pace was
 * known does not count as sent again: its hop is asked as long as there is time. */
static void excuse_and_redo(struct ht_round *round, struct ht_probe *probe, int64_t now_ns)
{
    bool counted = ht_turns_paced(&round->log, round->sites, probe) ||
                   ht_turns_time_is_up(round, probe->ttl, now_ns);
    uint8_t tries = ht_turns_tries_again(round, probe);
    ht_probe_log_set_state(&round->log, probe, HT_PROBE_EXCUSED);
    if (tries > 0)
        try_by(round, probe->ttl, tries);
    else
        redo(&round->log, &round->upcoming, probe->ttl, counted);
}

bool ht_loss_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint32_t index)
{
    struct ht_probe *probe = &log->probes[index];
    if (probe->state == HT_PROBE_EXCUSED) {
        ht_probe_log_set_state(log, probe, HT_PROBE_VOID);
        return true;
    }
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LOST)
        return false;
    annul_and_redo(log, upcoming, probe);
    return true;
}

void ht_loss_ask_more(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint8_t ttl,
                      int64_t now_ns)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    if (hop->redone >= REDONE_MAX || hop->passes == 0)
        return;
    hop->redone++;
    hop->passes--;
    hop->not_before_ns = now_ns;
    ht_hop_due_reopen(upcoming);
}

static void recall_dropped(struct ht_round *round, int64_t now_ns)
{
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state == HT_PROBE_AWAITED && dropped_ns(round, probe) <= now_ns)
            excuse_and_redo(round, probe, now_ns);
    }
}

/* True if the packets that this host could not read may include the probe's answer. */
static bool may_be_unread(const struct ht_host_faults *host, const struct ht_probe *probe)
{
    return host->unread.when_ns >= probe->sent_ns;
}

static void give_up(struct ht_round *round, struct ht_probe *probe, int64_t now_ns)
{
    ht_turns_review(&round->log, round->sites, probe->ttl, now_ns);
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    if (may_be_unread(&round->host, probe)) {
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_UNREAD);
        if (hop->redone < REDONE_UNREAD_MAX)
            redo(&round->log, &round->upcoming, probe->ttl, true);
    } else if (ht_tcp_listener_swallowed(&round->flow, &round->log, &round->end, probe) ||
               round->host.overflowed_ns >= probe->sent_ns) {
        annul_and_redo(&round->log, &round->upcoming, probe);
    } else if (ht_held_has(&round->doubted, (uint32_t)(probe - round->log.probes))) {
        /* There is an answer, but no proof of it. */
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_VOID);
    } else if (ht_turns_matter(round) && dropped_ns(round, probe) != HT_NEVER) {
        excuse_and_redo(round, probe, now_ns);
    } else {
        try_to_tell(round, probe, now_ns);
        ht_probe_log_set_state(&round->log, probe,
                               ht_turns_tried(round, probe) ? HT_PROBE_EXCUSED : HT_PROBE_LOST);
    }
}

/* What becomes of an excused probe: lost if the router turned out to have no such rate limit, or
 * probably has none, or if its hop had all its probes, kept to the limit, and never answered. It
 * stays excused while that may change, and is void for good then. */
static enum ht_probe_state excuse_now(const struct ht_round *round, const struct ht_probe *probe,
                                      int64_t now_ns, bool closing)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    bool complete = ht_hop_due_complete(&round->log, &round->end, probe->ttl);
    bool final = closing || ht_turns_decided_ns(&round->log, round->sites, probe) <= now_ns;
    bool silent = hop->received == 0 && complete &&
                  (hop->sent != 0 || ht_turns_silent(&round->log, round->sites, probe->ttl));
    if (!final || !(complete || closing))
        return HT_PROBE_EXCUSED;
    if (!silent && !ht_turns_unexplained(round, probe) &&
        !ht_turns_cleared(&round->log, round->sites, probe) &&
        !ht_turns_doubted(&round->log, round->sites, probe, now_ns))
        return HT_PROBE_VOID;
    return silent && hop->sent >= ht_asked_probes(&round->log.asked, probe->ttl) ? HT_PROBE_VOID
                                                                                 : HT_PROBE_LOST;
}

static void decide_excuses(struct ht_round *round, int64_t now_ns, bool closing)
{
    for (uint32_t i = 0; i < round->log.probe_count && round->log.excused > 0; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state != HT_PROBE_EXCUSED)
            continue;
        enum ht_probe_state state = excuse_now(round, probe, now_ns, closing);
        if (state == HT_PROBE_EXCUSED)
            continue;
        ht_probe_log_set_state(&round->log, probe, state);
        if (state == HT_PROBE_LOST)
            ht_hop_due_reopen(&round->upcoming);
    }
}

static bool time_is_up(const struct ht_asked *asked, const struct ht_probe *probe, int64_t now_ns)
{
    return ht_time_add(probe->sent_ns, asked->timeout_ns) < now_ns;
}

bool ht_loss_unread(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    bool unread = false;
    if (end->destination_ttl != 0 || end->unreachable_ttl != 0 || log->awaited > 0)
        return false;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        bool silent = probe->state == HT_PROBE_LOST || probe->state == HT_PROBE_OPEN;
        if (probe->ttl > end->last_answer_ttl && silent)
            return false;
        unread |= probe->ttl > end->last_answer_ttl && probe->state == HT_PROBE_UNREAD;
    }
    return unread;
}

void ht_loss_expire(struct ht_round *round, int64_t now_ns)
{
    if (ht_turns_matter(round))
        recall_dropped(round, now_ns);
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state != HT_PROBE_AWAITED)
            continue;
        if (!time_is_up(&round->log.asked, probe, now_ns))
            break;
        give_up(round, probe, now_ns);
    }
    if (round->log.excused > 0)
        decide_excuses(round, now_ns, false);
    if (round->log.further != NULL)
        ht_second_look_review(round);
}

void ht_loss_cut_short(struct ht_round *round, int64_t now_ns)
{
    ht_loss_expire(round, now_ns);
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state != HT_PROBE_AWAITED)
            continue;
        ht_probe_log_set_state(&round->log, probe,
                               may_be_unread(&round->host, probe) ? HT_PROBE_UNREAD
                                                                  : HT_PROBE_OPEN);
    }
    decide_excuses(round, now_ns, true);
}
