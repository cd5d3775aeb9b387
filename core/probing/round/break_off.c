#include "probing/round/break_off.h"

#include "probing/log/probe_log.h"
#include "probing/log/tcp_listener.h"
#include "probing/round/next_probe.h"

/* True if the next probe leaves now, and would meet what is held. Where the farthest SYN probably
 * expired before the destination, only one like it does: a reset before each other one would be
 * spent on all paths that are silent just before their end. */
static bool syn_follows(struct ht_round *round, const struct ht_tcp_held *held, int64_t now_ns)
{
    uint8_t ttl;
    int64_t moves_ns;
    return ht_next_probe_ns(round, now_ns, &moves_ns, &ttl) <= now_ns &&
           ht_tcp_listener_may_reach(round, ttl) &&
           (held->reaches || ttl == round->log.probes[held->farthest].ttl);
}

uint32_t ht_break_off_take(struct ht_round *round, int64_t now_ns, size_t *resets)
{
    struct ht_tcp_held held = ht_tcp_listener_held(round);
    bool by_time = held.by_ns <= now_ns;
    if (!by_time && (held.before_ns > now_ns || !syn_follows(round, &held, now_ns)))
        return HT_NO_PROBE;
    *resets = held.certain ? HT_TCP_RESETS : 1;
    ht_tcp_listener_broken_off(&round->tcp, round->log.probe_count, !by_time && !held.certain);
    return held.farthest;
}
