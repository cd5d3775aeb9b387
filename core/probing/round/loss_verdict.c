#include "probing/round/loss_verdict.h"

#include "probing/log/hop_due.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/held.h"

/* Probes of a hop that are sent in place of void ones (answers that this host dropped, or a
 * router's rate limit), or to confirm held answers: the more, the longer the record may stay open,
 * and the fewer hops are left with too few probes. */
#define REDONE_MAX 8

/* The same where answers could not be read: a fault that lasts must not keep the record from
 * closing. */
#define REDONE_UNREAD_MAX 2

/* When a probe's silence is ascribed to its router's rate limit. HT_NEVER: it is not; nor any more
 * after REDONE_MAX probes were sent again, unless the path is known to go on behind the hop, and
 * either the hop has answered before or other rounds miss answers at its ttl too. */
static int64_t dropped_ns(const struct ht_round *round, const struct ht_probe *probe)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    if (hop->redone >= REDONE_MAX &&
        (round->end.last_answer_ttl <= probe->ttl ||
         (hop->received == 0 && ht_turns_steady(round->sites, probe->ttl))))
        return HT_NEVER;
    return ht_turns_dropped_ns(round, probe);
}

int64_t ht_loss_due_ns(const struct ht_round *round)
{
    int64_t first_ns = HT_NEVER;
    if (!ht_turns_matter(round))
        return HT_NEVER;
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        if (round->log.probes[i].state == HT_PROBE_AWAITED)
            first_ns = ht_time_min(first_ns, dropped_ns(round, &round->log.probes[i]));
    }
    return first_ns;
}

/* Makes one more regular probe of the hop due, at most REDONE_MAX times and only while it has fewer
 * than were asked for. */
static void redo(const struct ht_asked *asked, struct ht_upcoming *upcoming,
                 struct ht_hop_state *hop)
{
    if (hop->redone >= REDONE_MAX || hop->sent >= asked->probes)
        return;
    hop->redone++;
    hop->passes--;
    ht_hop_due_reopen(upcoming);
}

/* The probe's silence tells nothing of the path, by our own doing or (HT_PROBE_EXCUSED) its
 * router's: it is void, and its hop is probed again. */
static void annul_and_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming,
                           struct ht_probe *probe, enum ht_probe_state state)
{
    ht_probe_log_set_state(log, probe, state);
    redo(&log->asked, upcoming, ht_probe_log_hop(log, probe->ttl));
}

bool ht_loss_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming, uint32_t index)
{
    struct ht_probe *probe = &log->probes[index];
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LOST)
        return false;
    annul_and_redo(log, upcoming, probe, HT_PROBE_VOID);
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

/* A router keeps to its rate limit, or seems to. Until the limit is known, the hop's next probe
 * waits for HT_PASS_SPACING_NS times the probes that were sent again so far. */
static void drop_and_redo(struct ht_probe_log *log, struct ht_upcoming *upcoming,
                          struct ht_sites *sites, struct ht_probe *probe, int64_t now_ns)
{
    struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    ht_turns_dropped(log, sites, probe);
    hop->not_before_ns =
        ht_time_max(hop->not_before_ns, ht_time_add(now_ns, HT_PASS_SPACING_NS * hop->redone));
    annul_and_redo(log, upcoming, probe, HT_PROBE_EXCUSED);
}

static void recall_dropped(struct ht_round *round, int64_t now_ns)
{
    for (uint32_t i = round->log.oldest_awaited; i < round->log.probe_count; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state == HT_PROBE_AWAITED && dropped_ns(round, probe) <= now_ns)
            drop_and_redo(&round->log, &round->upcoming, round->sites, probe, now_ns);
    }
}

/* True if the packets that this host could not read may include the probe's answer. */
static bool may_be_unread(const struct ht_host_faults *host, const struct ht_probe *probe)
{
    return host->unread.when_ns >= probe->sent_ns;
}

static void give_up(struct ht_round *round, struct ht_probe *probe, int64_t now_ns)
{
    ht_turns_review(round->sites, probe->ttl, now_ns);
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, probe->ttl);
    if (may_be_unread(&round->host, probe)) {
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_UNREAD);
        if (hop->redone < REDONE_UNREAD_MAX)
            redo(&round->log.asked, &round->upcoming, hop);
    } else if (ht_tcp_listener_swallowed(&round->flow, &round->log, &round->end, probe) ||
               round->host.overflowed_ns >= probe->sent_ns) {
        annul_and_redo(&round->log, &round->upcoming, probe, HT_PROBE_VOID);
    } else if (ht_held_has(&round->doubted, (uint32_t)(probe - round->log.probes))) {
        /* There is an answer, but no proof of it. */
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_VOID);
    } else if (ht_turns_matter(round) && dropped_ns(round, probe) != HT_NEVER) {
        drop_and_redo(&round->log, &round->upcoming, round->sites, probe, now_ns);
    } else {
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_LOST);
    }
}

/* True if an excused probe stays excused: not if the router turned out to have no such rate limit,
 * nor if its hop has had all its probes, kept to the limit, and never answered. */
static bool excuse_holds(const struct ht_probe_log *log, const struct ht_path_end *end,
                         const struct ht_sites *sites, const struct ht_probe *probe)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    if (ht_turns_cleared(sites, probe))
        return false;
    return hop->received != 0 || hop->sent == 0 || !ht_hop_due_complete(log, end, probe->ttl);
}

static void withdraw_excuses(struct ht_round *round)
{
    for (uint32_t i = 0; i < round->log.probe_count && round->log.excused > 0; i++) {
        struct ht_probe *probe = &round->log.probes[i];
        if (probe->state != HT_PROBE_EXCUSED ||
            excuse_holds(&round->log, &round->end, round->sites, probe))
            continue;
        ht_probe_log_set_state(&round->log, probe, HT_PROBE_LOST);
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
        withdraw_excuses(round);
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
}
