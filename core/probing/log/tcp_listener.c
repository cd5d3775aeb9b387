#include "probing/log/tcp_listener.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "wire/transport.h"

/* Hops by which a path is taken to be shorter at most than the shortest measured one. A larger
 * number lets fewer probes leave while a listener may be busy with a distance probe. */
#define SHORTER_MAX 2

bool ht_tcp_listener_spared(const struct ht_round *round, unsigned ttl)
{
    return !ht_transport_of(&round->flow)->one_at_a_time || ttl <= round->end.last_router_ttl ||
           ttl <= round->end.reaches_ttl || ttl + SHORTER_MAX < round->hints.shortest_ttl ||
           ttl < round->log.asked.first_ttl;
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

int64_t ht_tcp_listener_ready_ns(const struct ht_round *round)
{
    bool alone = round->end.destination_ttl != 0 || round->tcp.one_by_one;
    return alone ? last_late_ns(round) : first_overdue_ns(&round->log, &round->end);
}

int64_t ht_tcp_listener_last_late_ns(const struct ht_round *round)
{
    return ht_transport_of(&round->flow)->one_at_a_time ? last_late_ns(round) : 0;
}

/* A distance probe whose SYN-ACK may have been lost. */
static size_t held_by_distance_probe(const struct ht_probe_log *log, const struct ht_path_end *end,
                                     const struct ht_tcp_state *tcp, int64_t now_ns,
                                     uint32_t probes[])
{
    int64_t overdue_ns = ht_overdue_distance_ns(log, end);
    if (overdue_ns == 0 || overdue_ns > now_ns || tcp->broken_off > 0)
        return 0;
    for (uint32_t i = log->probe_count; i-- > 0;) {
        if (log->probes[i].ttl != end->distance_sent_ttl)
            continue;
        probes[0] = i;
        return log->probes[i].state == HT_PROBE_UNSENT ? 0 : 1;
    }
    return 0;
}

size_t ht_tcp_listener_held(const struct ht_probe_log *log, const struct ht_path_end *end,
                            const struct ht_tcp_state *tcp, int64_t now_ns,
                            uint32_t probes[HT_TCP_LISTENER_HELD_MAX])
{
    size_t count = 0;
    if (!tcp->listening)
        return held_by_distance_probe(log, end, tcp, now_ns, probes);
    for (uint32_t i = log->probe_count; i-- > 0 && count < HT_TCP_LISTENER_HELD_MAX;) {
        const struct ht_probe *probe = &log->probes[i];
        if (probe->state == HT_PROBE_UNSENT || probe->ttl < end->destination_ttl)
            continue;
        if (probe->state == HT_PROBE_ANSWERED)
            break;
        if (count == 0 &&
            (i < tcp->broken_off || ht_time_add(probe->sent_ns, ht_overdue_late_ns(log)) > now_ns))
            return 0;
        probes[count++] = i;
    }
    return count;
}

bool ht_tcp_listener_swallowed(const struct ht_flow *flow, const struct ht_probe_log *log,
                               const struct ht_path_end *end, const struct ht_probe *probe)
{
    if (!ht_transport_of(flow)->one_at_a_time || end->destination_ttl == 0 ||
        probe->ttl < end->destination_ttl)
        return false;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *other = &log->probes[i];
        int64_t apart_ns = other->sent_ns - probe->sent_ns;
        if (other != probe && other->ttl >= end->destination_ttl && other->accepted &&
            apart_ns <= log->max_rtt_ns && -apart_ns <= log->max_rtt_ns)
            return true;
    }
    return false;
}
