#include "probing/log/tcp_listener.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "wire/transport.h"

/* Hops by which a path is taken to be shorter at most than the shortest measured one. A larger
 * number lets fewer probes leave while a listener may be busy with a distance probe. */
#define SHORTER_MAX 2

/* A listener sends its SYN-ACK again RESEND_NS after the SYN (RFC 6298 section 2). BREAK_NS: 0.1 s
 * before that, so that a reset which takes that much longer than the SYN is in time. */
#define RESEND_NS (1000 * HT_NS_PER_MS)
#define BREAK_NS  (900 * HT_NS_PER_MS)

bool ht_tcp_listener_spared(const struct ht_round *round, unsigned ttl)
{
    return !ht_transport_of(&round->flow)->one_at_a_time || ttl <= round->end.last_router_ttl ||
           ttl <= round->end.reaches_ttl || ttl + SHORTER_MAX < round->hints.shortest_ttl ||
           ttl < round->log.asked.first_ttl;
}

bool ht_tcp_listener_may_reach(const struct ht_round *round, unsigned ttl)
{
    return round->end.destination_ttl != 0 ? ttl > round->end.last_router_ttl
                                           : !ht_tcp_listener_spared(round, ttl);
}

/* When the last SYN that may have reached the destination and was not answered is late; 0: there is
 * none. However far the destination is: were there a maximum, a further SYN would leave while this
 * one is under way, and if this one is lost the listener would seem to have swallowed it. */
static int64_t last_late_ns(const struct ht_round *round)
{
    int64_t ready_ns = 0;
    int64_t wait_ns = ht_tcp_listener_late_ns(round);
    for (uint32_t i = round->log.probe_count; i-- > 0;) {
        const struct ht_probe *probe = &round->log.probes[i];
        if (probe->state == HT_PROBE_UNSENT)
            continue;
        /* Probes are in sending order: all before this one are older still. */
        int64_t until_ns = ht_time_add(probe->sent_ns, wait_ns);
        if (until_ns <= ready_ns ||
            until_ns < round->log.probes[round->log.probe_count - 1].sent_ns)
            break;
        if (probe->ttl > round->end.last_router_ttl && probe->state != HT_PROBE_ANSWERED)
            ready_ns = ht_time_max(ready_ns, until_ns);
    }
    return ready_ns;
}

/* When the first SYN that may have reached the destination gets overdue: then the destination is
 * silent, and no listener to be confused; 0: no SYN may have reached it. */
static int64_t first_overdue_ns(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    int64_t first_ns = HT_NEVER;
    uint8_t first_ttl = log->asked.first_ttl;
    for (uint16_t i = 0; i < end->window_hops; i++) {
        if (first_ttl + i > end->last_router_ttl)
            first_ns = ht_time_min(first_ns, log->hops[i].first_sent_ns);
    }
    return first_ns == HT_NEVER ? 0 : ht_time_add(first_ns, ht_overdue_ns(log, end, UINT8_MAX));
}

int64_t ht_tcp_listener_late_ns(const struct ht_round *round)
{
    if (!round->tcp.one_by_one)
        return ht_overdue_late_ns(&round->log);
    int64_t longest_ns = ht_time_max(round->log.max_rtt_ns, round->recalled->max_rtt_ns);
    if (longest_ns == 0)
        return ht_overdue_ns(&round->log, &round->end, UINT8_MAX);
    return ht_overdue_late_for_ns(&round->log.asked, longest_ns);
}

/* How long a SYN whose answer may come from beyond the last hop that answered is waited for. */
static int64_t patience_ns(const struct ht_round *round)
{
    return ht_overdue_patience_ns(&round->log, &round->end, UINT8_MAX);
}

int64_t ht_tcp_listener_ready_ns(const struct ht_round *round, uint8_t ttl)
{
    if (round->end.destination_ttl != 0 || round->tcp.one_by_one)
        return last_late_ns(round);
    int64_t overdue_ns = first_overdue_ns(&round->log, &round->end);
    const struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    if (hop->awaited == 0 || round->tcp.unsure_breaks >= HT_TCP_UNSURE_BREAKS)
        return overdue_ns;
    return ht_time_max(overdue_ns, ht_time_add(hop->last_sent_ns, patience_ns(round)));
}

/* True if the round ended before this SYN was answered or late. What lies beyond the destination is
 * not waited for: its answers name their SYN, unless SYNs leave one by one. */
static bool was_left(const struct ht_round *round, const struct ht_probe *probe)
{
    if (probe->ttl <= round->end.last_router_ttl)
        return false;
    if (probe->state == HT_PROBE_UNNEEDED)
        return round->tcp.one_by_one;
    return probe->state == HT_PROBE_LEAVING || probe->state == HT_PROBE_AWAITED ||
           probe->state == HT_PROBE_OPEN || probe->state == HT_PROBE_UNREAD;
}

int64_t ht_tcp_listener_answers_until_ns(const struct ht_round *round)
{
    if (!ht_transport_of(&round->flow)->one_at_a_time)
        return 0;
    for (uint32_t i = round->log.probe_count; i-- > 0;) {
        const struct ht_probe *probe = &round->log.probes[i];
        int64_t latest_ns = ht_time_min(HT_TCP_LATEST_RESET_NS, round->log.asked.timeout_ns);
        /* Probes are in sending order: all before this one are older still. */
        if (was_left(round, probe))
            return ht_time_add(probe->sent_ns,
                               ht_time_max(latest_ns, ht_tcp_listener_late_ns(round)));
    }
    return 0;
}

/* Where something else than a listener ends the path nothing is held. */
static bool may_listen(const struct ht_round *round)
{
    return ht_transport_of(&round->flow)->write_reset != NULL &&
           (round->tcp.listening ||
            (round->end.destination_ttl == 0 && round->end.unreachable_ttl == 0));
}

/* When the SYNs that may be held left; INT64_MIN: there is none. */
struct held_times {
    int64_t oldest_ns;
    int64_t newest_ns;
    int64_t awaited_ns; /* the newest one that is awaited */
    int64_t there_ns;   /* the newest one that is awaited and reaches the destination */
};

/* Whether a SYN of this ttl reaches the destination, if any does: one of a lower ttl does so only
 * if the destination's ttl was taken for too high. */
static bool reaches(const struct ht_path_end *end, unsigned ttl)
{
    return ttl >= (end->destination_ttl != 0 ? end->destination_ttl : end->guessed_ttl);
}

static void note_held(const struct ht_path_end *end, const struct ht_probe *probe,
                      struct held_times *times)
{
    times->oldest_ns = probe->sent_ns;
    times->newest_ns = ht_time_max(times->newest_ns, probe->sent_ns);
    if (probe->state != HT_PROBE_AWAITED)
        return;
    times->awaited_ns = ht_time_max(times->awaited_ns, probe->sent_ns);
    if (reaches(end, probe->ttl))
        times->there_ns = ht_time_max(times->there_ns, probe->sent_ns);
}

static void set_due(const struct ht_round *round, const struct held_times *times,
                    struct ht_tcp_held *held)
{
    int64_t resend_ns = ht_time_add(times->oldest_ns, RESEND_NS);
    if (held->certain || round->tcp.unsure_breaks < HT_TCP_UNSURE_BREAKS)
        held->before_ns = round->tcp.listening
                              ? ht_time_add(times->newest_ns, ht_overdue_late_ns(&round->log))
                              : ht_time_add(times->oldest_ns, patience_ns(round));
    if (times->awaited_ns == INT64_MIN)
        return;
    if (round->tcp.listening ||
        resend_ns < ht_time_add(times->awaited_ns, round->log.asked.timeout_ns))
        held->by_ns = ht_time_add(times->oldest_ns, BREAK_NS);
    if (round->tcp.listening && times->there_ns != INT64_MIN)
        held->by_ns = ht_time_min(held->by_ns, held->before_ns);
}

struct ht_tcp_held ht_tcp_listener_held(const struct ht_round *round)
{
    const struct ht_probe_log *log = &round->log;
    struct ht_tcp_held held = {HT_NO_PROBE, false, false, HT_NEVER, HT_NEVER};
    struct held_times times = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    if (!may_listen(round))
        return held;
    for (uint32_t i = log->probe_count; i-- > round->tcp.broken_off;) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->state == HT_PROBE_UNSENT || probe->state == HT_PROBE_LEAVING ||
            !ht_tcp_listener_may_reach(round, probe->ttl))
            continue;
        if (probe->state == HT_PROBE_ANSWERED && probe->arrived)
            break;
        if (probe->state == HT_PROBE_ANSWERED)
            continue;
        if (held.farthest == HT_NO_PROBE || probe->ttl > log->probes[held.farthest].ttl)
            held.farthest = i;
        note_held(&round->end, probe, &times);
    }
    if (held.farthest == HT_NO_PROBE)
        return held;
    held.reaches = reaches(&round->end, log->probes[held.farthest].ttl);
    held.certain = held.reaches && round->tcp.listening;
    set_due(round, &times, &held);
    return held;
}

void ht_tcp_listener_broken_off(struct ht_tcp_state *tcp, uint32_t probe_count, bool unsure)
{
    tcp->broken_off = probe_count;
    if (unsure && tcp->unsure_breaks < HT_TCP_UNSURE_BREAKS)
        tcp->unsure_breaks++;
}

bool ht_tcp_listener_swallowed(const struct ht_flow *flow, const struct ht_probe_log *log,
                               const struct ht_path_end *end, const struct ht_probe *probe)
{
    if (!ht_transport_of(flow)->one_at_a_time || end->destination_ttl == 0 ||
        probe->ttl < end->destination_ttl)
        return false;
    for (const struct ht_probe *after = probe; after > log->probes && !after->after_break;
         after--) {
        const struct ht_probe *other = after - 1;
        if (other->ttl >= end->destination_ttl && other->accepted &&
            probe->sent_ns - other->sent_ns < other->rtt_ns)
            return true;
    }
    return false;
}
