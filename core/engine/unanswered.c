#include "engine/unanswered.h"

#include "engine/held.h"
#include "engine/hop_due.h"
#include "engine/limits.h"
#include "engine/listener.h"
#include "engine/probe_log.h"

/* So many probes of a hop are sent again because this host dropped answers, or because a router
 * gave none above its limit. */
#define REDONE_MAX 8

/* Probes of a hop that are sent again since answers could not be read: two, as a fault that lasts
 * must not keep the record from closing. */
#define REDONE_UNREAD_MAX 2

/* When a probe's silence is put down to its router's limit: not if it was sent again in vain too
 * often, unless what lies beyond shows that the path goes on, and others have no answers either. */
static int64_t dropped_ns(const struct ht_trace *trace, const struct ht_probe *probe)
{
    const struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    if (hop->redone >= REDONE_MAX && (trace->last_answer_ttl <= probe->ttl ||
                                      (hop->received == 0 && ht_limits_steady(trace, probe->ttl))))
        return HT_NEVER;
    return ht_limits_dropped_ns(trace, probe);
}

int64_t ht_unanswered_due_ns(const struct ht_trace *trace)
{
    int64_t first_ns = HT_NEVER;
    if (!ht_limits_matter(trace))
        return HT_NEVER;
    for (uint32_t i = trace->oldest_awaited; i < trace->probe_count; i++) {
        if (trace->probes[i].state == HT_PROBE_AWAITED)
            first_ns = ht_time_min(first_ns, dropped_ns(trace, &trace->probes[i]));
    }
    return first_ns;
}

/* A probe that says nothing, by our own doing: its hop forgets it. */
static void annul(struct ht_trace *trace, struct ht_probe *probe)
{
    ht_probe_log_settle(trace, probe, HT_PROBE_VOID);
    ht_trace_hop(trace, probe->ttl)->sent--;
}

/* Sends a probe of the hop again, unless that was tried too often or it has enough as it is. */
static void redo(struct ht_trace *trace, struct ht_hop_state *hop)
{
    if (hop->redone >= REDONE_MAX || hop->sent >= trace->asked.probes)
        return;
    hop->redone++;
    hop->passes--;
    ht_hop_due_reopen(trace);
}

static void annul_and_redo(struct ht_trace *trace, struct ht_probe *probe)
{
    annul(trace, probe);
    redo(trace, ht_trace_hop(trace, probe->ttl));
}

bool ht_unanswered_redo(struct ht_trace *trace, uint32_t index)
{
    struct ht_probe *probe = &trace->probes[index];
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LOST)
        return false;
    annul_and_redo(trace, probe);
    return true;
}

void ht_unanswered_ask_more(struct ht_trace *trace, uint8_t ttl, int64_t now_ns)
{
    struct ht_hop_state *hop = ht_trace_hop(trace, ttl);
    if (hop->redone >= REDONE_MAX || hop->passes == 0)
        return;
    hop->redone++;
    hop->passes--;
    hop->not_before_ns = now_ns;
    ht_hop_due_reopen(trace);
}

/* A router kept to its limit, or seems to: the longer that goes on, the longer the next probe of
 * the hop waits, until it is known what the limit is. */
static void drop_and_redo(struct ht_trace *trace, struct ht_probe *probe, int64_t now_ns)
{
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    ht_limits_dropped(trace, probe);
    hop->not_before_ns =
        ht_time_max(hop->not_before_ns, ht_time_add(now_ns, HT_PASS_SPACING_NS * hop->redone));
    annul_and_redo(trace, probe);
    probe->excused = true;
    trace->excused++;
}

static void recall_dropped(struct ht_trace *trace, int64_t now_ns)
{
    for (uint32_t i = trace->oldest_awaited; i < trace->probe_count; i++) {
        struct ht_probe *probe = &trace->probes[i];
        if (probe->state == HT_PROBE_AWAITED && dropped_ns(trace, probe) <= now_ns)
            drop_and_redo(trace, probe, now_ns);
    }
}

/* What this host could not read may have been the probe's answer. */
static bool may_be_unread(const struct ht_trace *trace, const struct ht_probe *probe)
{
    return trace->unread.when_ns >= probe->sent_ns;
}

static void annul_unread(struct ht_trace *trace, struct ht_probe *probe)
{
    annul(trace, probe);
    probe->unread = true;
    trace->local_errors++;
}

static void give_up(struct ht_trace *trace, struct ht_probe *probe, int64_t now_ns)
{
    ht_limits_review(trace, probe->ttl, now_ns);
    struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    if (may_be_unread(trace, probe)) {
        annul_unread(trace, probe);
        if (hop->redone < REDONE_UNREAD_MAX)
            redo(trace, hop);
    } else if (ht_listener_swallowed(trace, probe) || trace->overflowed_ns >= probe->sent_ns) {
        annul_and_redo(trace, probe);
    } else if (ht_held_has(trace, (uint32_t)(probe - trace->probes))) {
        annul(trace, probe); /* somebody answered, whom nothing proves right */
    } else if (ht_limits_matter(trace) && dropped_ns(trace, probe) != HT_NEVER) {
        drop_and_redo(trace, probe, now_ns);
    } else {
        ht_probe_log_settle(trace, probe, HT_PROBE_LOST);
    }
}

/* True if a probe that was taken for dropped because of a limit still is: not if there is no such
 * limit, nor if its hop was asked until the end within the limit, and never answered. */
static bool excuse_holds(const struct ht_trace *trace, const struct ht_probe *probe)
{
    const struct ht_hop_state *hop = ht_trace_hop(trace, probe->ttl);
    if (ht_limits_cleared(trace, probe))
        return false;
    return hop->received != 0 || hop->sent == 0 || !ht_hop_due_complete(trace, probe->ttl);
}

static void withdraw_excuses(struct ht_trace *trace)
{
    for (uint32_t i = 0; i < trace->probe_count && trace->excused > 0; i++) {
        struct ht_probe *probe = &trace->probes[i];
        if (!probe->excused || excuse_holds(trace, probe))
            continue;
        probe->excused = false;
        trace->excused--;
        probe->state = HT_PROBE_LOST;
        ht_trace_hop(trace, probe->ttl)->sent++;
        ht_hop_due_reopen(trace);
    }
}

static bool time_is_up(const struct ht_trace *trace, const struct ht_probe *probe, int64_t now_ns)
{
    return ht_time_add(probe->sent_ns, trace->asked.timeout_ns) < now_ns;
}

bool ht_unanswered_unread(const struct ht_trace *trace)
{
    bool unread = false;
    if (trace->destination_ttl != 0 || trace->unreachable_ttl != 0 || trace->awaited > 0)
        return false;
    for (uint32_t i = 0; i < trace->probe_count; i++) {
        const struct ht_probe *probe = &trace->probes[i];
        bool silent = probe->state == HT_PROBE_LOST || probe->state == HT_PROBE_OPEN;
        if (probe->ttl > trace->last_answer_ttl && silent)
            return false;
        unread |= probe->ttl > trace->last_answer_ttl && probe->unread;
    }
    return unread;
}

void ht_unanswered_expire(struct ht_trace *trace, int64_t now_ns)
{
    if (ht_limits_matter(trace))
        recall_dropped(trace, now_ns);
    for (uint32_t i = trace->oldest_awaited; i < trace->probe_count; i++) {
        struct ht_probe *probe = &trace->probes[i];
        if (probe->state != HT_PROBE_AWAITED)
            continue;
        if (!time_is_up(trace, probe, now_ns))
            break;
        give_up(trace, probe, now_ns);
    }
    if (trace->excused > 0)
        withdraw_excuses(trace);
}

void ht_unanswered_cut_short(struct ht_trace *trace, int64_t now_ns)
{
    ht_unanswered_expire(trace, now_ns);
    for (uint32_t i = trace->oldest_awaited; i < trace->probe_count; i++) {
        struct ht_probe *probe = &trace->probes[i];
        if (probe->state != HT_PROBE_AWAITED)
            continue;
        if (may_be_unread(trace, probe)) {
            annul_unread(trace, probe);
        } else {
            annul(trace, probe);
            probe->state = HT_PROBE_OPEN;
        }
    }
}

uint32_t ht_unanswered_open(const struct ht_trace *trace, uint8_t ttl)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < trace->probe_count; i++) {
        const struct ht_probe *probe = &trace->probes[i];
        count += probe->state == HT_PROBE_OPEN && (ttl == 0 || probe->ttl == ttl);
    }
    return count;
}
