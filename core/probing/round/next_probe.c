#include "probing/round/next_probe.h"

#include "probing/hop_cache/hop_cache.h"
#include "probing/log/hop_due.h"
#include "probing/log/overdue.h"
#include "probing/log/path_end.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/ratelimit/turns.h"
#include "probing/round/held.h"
#include "probing/round/window.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* When the next probe of this hop, due at `due_ns`, may leave with regard to its router's rate
 * limit and to the hop cache. */
static int64_t hop_turn_ns(struct ht_round *round, uint8_t ttl, int64_t due_ns, int64_t now_ns)
{
    if (round->sites == NULL || due_ns > now_ns)
        return due_ns;
    struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    bool held = hop->held;
    int64_t turn_ns = now_ns;
    if (round->cache != NULL)
        turn_ns = ht_hop_cache_turn_ns(round, ttl, now_ns);
    if (turn_ns <= now_ns)
        turn_ns = ht_turns_turn_ns(round, ttl, now_ns);
    if ((!held && hop->held) || hop->shared)
        round->upcoming.held_more = true;
    return turn_ns > now_ns ? turn_ns : due_ns;
}

/* When the destination, if a further probe of this ttl gets there, can be expected to answer it. */
static int64_t listener_ready_ns(const struct ht_round *round, uint8_t ttl)
{
    if (!ht_transport_of(&round->flow)->one_at_a_time || ttl <= round->end.last_router_ttl)
        return 0;
    bool may_reach = round->tcp.one_by_one && ttl > round->recalled->last_router_ttl;
    return may_reach || ht_probe_log_hop(&round->log, ttl)->sent > 0
               ? ht_tcp_listener_ready_ns(round, ttl)
               : 0;
}

/* When no awaited probe has the length label of the next one any more. */
static int64_t label_free_ns(const struct ht_flow *flow, const struct ht_probe_ids *ids,
                             const struct ht_probe_log *log)
{
    uint32_t labels = ht_probe_length_labels(flow);
    if (ids->labelled_from == HT_NO_PROBE || log->probe_count < ids->labelled_from + labels)
        return 0;
    const struct ht_probe *probe = &log->probes[log->probe_count - labels];
    if (probe->state != HT_PROBE_AWAITED && probe->state != HT_PROBE_LEAVING)
        return 0;
    return ht_time_add(probe->sent_ns, log->asked.timeout_ns);
}

/* When a further probe of this ttl gets in the way of no other. */
static int64_t turn_ns(const struct ht_round *round, uint8_t ttl)
{
    return ht_time_max(listener_ready_ns(round, ttl),
                       label_free_ns(&round->flow, &round->ids, &round->log));
}

/* When the first probe inside the window is due, and its ttl, the lowest among equals; 0: none is
 * known. While none is due the time may be too early. */
static int64_t first_due(struct ht_round *round, uint8_t last_ttl, int64_t now_ns, uint8_t *due_ttl)
{
    ht_hop_due_refresh_idle(&round->log, &round->end, &round->upcoming, now_ns);
    round->upcoming.waits_its_turn = false;
    int64_t first_ns = round->upcoming.idle_until_ns;
    *due_ttl = 0;
    unsigned from_ttl = round->log.asked.first_ttl + (unsigned)round->upcoming.idle_count;
    for (unsigned ttl = from_ttl; ttl <= last_ttl; ttl++) {
        int64_t due_ns = ht_hop_due_ns(&round->log, &round->end, (uint8_t)ttl);
        ht_hop_due_note_idle(&round->log.asked, &round->upcoming, ttl, due_ns, now_ns);
        if (due_ns <= now_ns) {
            due_ns = ht_time_max(due_ns, turn_ns(round, (uint8_t)ttl));
            round->upcoming.waits_its_turn |= due_ns > now_ns;
        }
        due_ns = hop_turn_ns(round, (uint8_t)ttl, due_ns, now_ns);
        if (due_ns < first_ns) {
            first_ns = due_ns;
            *due_ttl = (uint8_t)ttl;
        }
        if (due_ns <= now_ns && ht_probe_log_hop(&round->log, (uint8_t)ttl)->passes == 0)
            break; /* none of the hops behind it has been due for longer */
    }
    return first_ns;
}

bool ht_next_probe_before(const struct ht_round *round, int64_t now_ns, int64_t than_ns)
{
    struct ht_window window = ht_window_of(round, now_ns);
    return window.last_ttl > round->upcoming.window_ttl || window.distance_ttl != 0 ||
           window.moves_ns < than_ns;
}

/* True if a further hop is held back or was taken over since the last call. */
static bool held_more(struct ht_round *round)
{
    if (!round->upcoming.held_more)
        return false;
    round->upcoming.held_more = false;
    return true;
}

/* A distance probe leaves before the window moves on: its answer tells how far the window goes. */
static bool distance_is_due(struct ht_probe_log *log, struct ht_host_faults *host,
                            uint8_t distance_ttl, int64_t now_ns)
{
    if (distance_ttl == 0 || host->cut_off || host->out_of_memory)
        return false;
    if (!ht_path_end_prepare(log, distance_ttl, now_ns)) {
        host->out_of_memory = true;
        return false;
    }
    const struct ht_hop_state *hop = ht_probe_log_hop(log, distance_ttl);
    return !ht_hop_given_up(hop) && hop->not_before_ns <= now_ns;
}

/* Takes the hops that the window has reached into it; with what a distance probe found there it may
 * reach further at once. */
static struct ht_window widen(struct ht_round *round, int64_t now_ns)
{
    struct ht_window window;
    uint16_t hop_count;
    do {
        hop_count = round->end.window_hops;
        window = ht_window_of(round, now_ns);
        round->upcoming.window_ttl = window.last_ttl;
        if (distance_is_due(&round->log, &round->host, window.distance_ttl, now_ns))
            return window;
        if (!ht_path_end_widen(round, window.last_ttl, now_ns))
            round->host.out_of_memory = true;
    } while (round->end.window_hops != hop_count && round->end.distance_sent_ttl != 0);
    window.distance_ttl = 0;
    return window;
}

/* How long a probe that is alone is waited for: as long as an answer counts, lest that is taken for
 * one to the next probe. That cannot be with TCP, where the next one ends the connection before it:
 * there the further probes of a silent hop are not worth it. */
static int64_t alone_wait_ns(const struct ht_round *round, uint8_t ttl)
{
    const struct ht_hop_state *hop = ht_probe_log_hop(&round->log, ttl);
    bool ends = ht_transport_of(&round->flow)->one_at_a_time;
    if (!ends || hop->received > 0 || hop->asked <= 1)
        return round->log.asked.timeout_ns;
    return ht_overdue_ns(&round->log, &round->end, ttl);
}

/* Where one probe is on its way at a time, from when on the next one may leave; 0: at once. */
static int64_t alone_until_ns(const struct ht_round *round)
{
    if (!round->ids.alone || round->log.probe_count == 0)
        return 0;
    uint32_t last = round->log.probe_count - 1;
    const struct ht_probe *probe = &round->log.probes[last];
    if (probe->state == HT_PROBE_LEAVING)
        return HT_NEVER;
    if (probe->state != HT_PROBE_AWAITED || ht_held_has(&round->doubted, last))
        return 0;
    return ht_time_add(probe->sent_ns, alone_wait_ns(round, probe->ttl));
}

/* Hops that are held back let the window reach further, to hops whose probes may be due: searched
 * again while there are more of them. */
int64_t ht_next_probe_ns(struct ht_round *round, int64_t now_ns, int64_t *moves_ns, uint8_t *ttl)
{
    int64_t due_ns;
    int64_t rests_until_ns = ht_time_max(round->tcp.rests_until_ns, alone_until_ns(round));
    if (rests_until_ns > now_ns) {
        *ttl = 0;
        return *moves_ns = rests_until_ns;
    }
    do {
        struct ht_window window = widen(round, now_ns);
        *moves_ns = window.moves_ns;
        if (window.distance_ttl != 0) {
            *ttl = window.distance_ttl;
            return now_ns;
        }
        if (round->host.out_of_memory || round->host.cut_off) {
            *ttl = 0;
            return *moves_ns = HT_NEVER;
        }
        due_ns = first_due(round, window.last_ttl, now_ns, ttl);
    } while (held_more(round));
    return due_ns;
}
