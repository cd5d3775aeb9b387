#include "probing/round/window.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"

/* The look-ahead, in ttls, is at most LOOK_AHEAD_ALONE, and else
 *   cohort <= HT_VERY_MANY  LOOK_AHEAD_MANY + LOOK_AHEAD_SHARED / under_way
 *   larger cohorts          1 + cohort / SHARE / under_way + LOOK_AHEAD_SHARED / under_way
 * where SHARE is LAST_SHARE, or LAST_SHARE_DISTANCE with distance probes. More is faster, and hits
 * the destination more often: with 8 for each of very many rounds a fleet cost 1.30 times the
 * fewest probes, with 1 it costs 1.01 times. Only the last half (with distance probes the last
 * eighth) of a very large cohort looks further ahead, the fewer rounds are left the further: no
 * others wait for the pace then, and the last ones need not take one round trip for each hop. */
#define LOOK_AHEAD_ALONE    8
#define LOOK_AHEAD_MANY     2
#define LOOK_AHEAD_SHARED   16
#define LAST_SHARE          2
#define LAST_SHARE_DISTANCE 8

uint8_t ht_window_look_ahead(size_t under_way, size_t cohort, bool distance_probes)
{
    size_t among = under_way > 0 ? under_way : 1;
    size_t ahead = LOOK_AHEAD_MANY;
    if (cohort > HT_VERY_MANY)
        ahead = 1 + cohort / (distance_probes ? LAST_SHARE_DISTANCE : LAST_SHARE) / among;
    ahead += LOOK_AHEAD_SHARED / among;
    return ahead < LOOK_AHEAD_ALONE ? (uint8_t)ahead : LOOK_AHEAD_ALONE;
}

/* The last ttl that answered, or a higher one if all hops between are held back: a hop that waits
 * for its turn is not silent. */
static unsigned answered_ttl(const struct ht_probe_log *log, const struct ht_path_end *end)
{
    unsigned first_ttl = log->asked.first_ttl;
    unsigned ttl = end->last_answer_ttl >= first_ttl ? end->last_answer_ttl : first_ttl - 1U;
    while (ttl + 1 - first_ttl < end->window_hops && log->hops[ttl + 1 - first_ttl].held)
        ttl++;
    return ttl;
}

/* The highest settled ttl: up to it every hop is answered, overdue, given up or held back, or lies
 * before one that answered. *moves_ns is when the next hop gets overdue. */
static uint8_t settled_ttl(const struct ht_probe_log *log, const struct ht_path_end *end,
                           int64_t now_ns, int64_t *moves_ns)
{
    uint8_t first_ttl = log->asked.first_ttl;
    uint8_t ttl =
        end->last_answer_ttl >= first_ttl ? end->last_answer_ttl : (uint8_t)(first_ttl - 1);
    *moves_ns = HT_NEVER;
    while (ttl - first_ttl + 1 < end->window_hops) {
        const struct ht_hop_state *hop = &log->hops[ttl + 1 - first_ttl];
        bool given_up = ht_hop_given_up(hop) || hop->held;
        if (hop->first_sent_ns == HT_NEVER && !given_up)
            break;
        if (!given_up) {
            uint8_t next = (uint8_t)(ttl + 1);
            *moves_ns = ht_time_add(hop->first_sent_ns, ht_overdue_patience_ns(log, end, next));
            if (*moves_ns > now_ns)
                break;
            *moves_ns = HT_NEVER;
        }
        ttl++;
    }
    return ttl;
}

/* The last ttl inside the window so far. */
static unsigned last_window_ttl(const struct ht_asked *asked, const struct ht_path_end *end)
{
    return asked->first_ttl + end->window_hops - 1U;
}

/* The destination's probable ttl, by a distance probe's answer, or by the last round; 0: none. */
static unsigned expected_ttl(const struct ht_round_memory *recalled, const struct ht_path_end *end)
{
    return end->guessed_ttl != 0 ? end->guessed_ttl : recalled->destination_ttl;
}

/* The ttl that a distance probe may be sent with: only while it is unknown where the path ends, and
 * one at a time; 0: none may be sent. */
static uint8_t distance_ttl(const struct ht_round *round, unsigned last)
{
    uint8_t ttl = round->hints.distance_ttl;
    bool wanted = ttl > last && ttl <= round->log.asked.max_ttl &&
                  ttl > round->end.distance_sent_ttl && round->end.ends_ttl == 0 &&
                  round->end.unreachable_ttl == 0;
    return wanted && !ht_overdue_distance_is_out(&round->end) &&
                   ht_tcp_listener_spared(round, last_window_ttl(&round->log.asked, &round->end))
               ? ttl
               : 0;
}

/* The last ttl, up to `last`, that the window may go to beside a distance probe, which a listener
 * may be busy with. */
static unsigned beside_distance_probe(const struct ht_round *round, unsigned last, int64_t now_ns,
                                      int64_t *moves_ns)
{
    if (ht_tcp_listener_spared(round, last))
        return last;
    int64_t overdue_ns = ht_overdue_distance_ns(&round->log, &round->end);
    if (overdue_ns <= now_ns)
        return last;
    *moves_ns = ht_time_min(*moves_ns, overdue_ns);
    while (!ht_tcp_listener_spared(round, last))
        last--;
    return last;
}

bool ht_window_is_last(const struct ht_round *round)
{
    unsigned end = expected_ttl(round->recalled, &round->end) != 0
                       ? expected_ttl(round->recalled, &round->end)
                       : round->end.ends_ttl;
    if (round->end.destination_ttl != 0)
        end = round->end.destination_ttl;
    return end != 0 && round->upcoming.window_ttl >= end;
}

struct ht_window ht_window_of(const struct ht_round *round, int64_t now_ns)
{
    const struct ht_asked *asked = &round->log.asked;
    struct ht_window window = {.last_ttl = asked->max_ttl, .moves_ns = HT_NEVER};
    if (asked->partial) {
        window.last_ttl = (uint8_t)last_window_ttl(asked, &round->end);
        return window;
    }
    if (round->end.destination_ttl != 0) {
        window.last_ttl = round->end.destination_ttl;
        return window;
    }
    unsigned last = asked->max_ttl;
    if (round->end.unreachable_ttl != 0 && round->end.unreachable_ttl < last)
        last = round->end.unreachable_ttl;
    if (round->end.ends_ttl > last_window_ttl(&round->log.asked, &round->end) &&
        round->end.ends_ttl < last)
        last = round->end.ends_ttl;
    unsigned answered = answered_ttl(&round->log, &round->end);
    if (asked->gap_limit != 0 && answered + asked->gap_limit < last)
        last = answered + asked->gap_limit;
    int64_t moves_ns;
    unsigned settled = settled_ttl(&round->log, &round->end, now_ns, &moves_ns);
    unsigned ahead = settled + round->hints.look_ahead;
    if (ahead < round->hints.common_ttl)
        ahead = round->hints.common_ttl;
    if (ahead < round->end.reaches_ttl)
        ahead = round->end.reaches_ttl;
    bool expected = expected_ttl(round->recalled, &round->end) > settled;
    if (expected)
        ahead = expected_ttl(round->recalled, &round->end);
    if (ahead < last) {
        last = ahead;
        window.moves_ns = moves_ns;
    }
    last = beside_distance_probe(round, last, now_ns, &window.moves_ns);
    window.last_ttl = (uint8_t)last;
    window.distance_ttl = expected ? 0 : distance_ttl(round, last);
    return window;
}
