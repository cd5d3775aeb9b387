#include "probing/round/window.h"

#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"

/* So many ttls are probed ahead of what is settled: by one round alone; by each of many, which
 * besides share a few. Very many probe nothing in vain until only a half, or with distance probes
 * an eighth, is left of those that began together, and then the more ahead the fewer they are:
 * nobody else is kept waiting by that, and the last ones have not to go through one round trip for
 * each hop. */
#define LOOK_AHEAD_ALONE  8
#define LOOK_AHEAD_MANY   2
#define LOOK_AHEAD_SHARED 16
#define LAST_SHARE        2
#define LAST_SHARE_FAR    8

uint8_t ht_window_look_ahead(size_t under_way, size_t cohort, bool far)
{
    size_t among = under_way > 0 ? under_way : 1;
    size_t ahead = LOOK_AHEAD_MANY;
    if (cohort > HT_VERY_MANY)
        ahead = 1 + cohort / (far ? LAST_SHARE_FAR : LAST_SHARE) / among;
    ahead += LOOK_AHEAD_SHARED / among;
    return ahead < LOOK_AHEAD_ALONE ? (uint8_t)ahead : LOOK_AHEAD_ALONE;
}

/* The last ttl that answered, or that did not only because it is held back: it is not silent. */
static unsigned answered_ttl(const struct ht_asked *asked, const struct ht_probe_log *log,
                             const struct ht_path_end *end)
{
    unsigned first_ttl = asked->first_ttl;
    unsigned ttl = end->last_answer_ttl >= first_ttl ? end->last_answer_ttl : first_ttl - 1U;
    while (ttl + 1 - first_ttl < end->window_hops && log->hops[ttl + 1 - first_ttl].held)
        ttl++;
    return ttl;
}

/* The highest ttl below which nothing needs to be waited for before going on; *moves_ns is when
 * the next one gets overdue. */
static uint8_t settled_ttl(const struct ht_round *round, int64_t now_ns, int64_t *moves_ns)
{
    uint8_t first_ttl = round->asked.first_ttl;
    uint8_t ttl = round->end.last_answer_ttl >= first_ttl ? round->end.last_answer_ttl
                                                          : (uint8_t)(first_ttl - 1);
    *moves_ns = HT_NEVER;
    while (ttl - first_ttl + 1 < round->end.window_hops) {
        const struct ht_hop_state *hop = &round->log.hops[ttl + 1 - first_ttl];
        bool given_up = ht_hop_given_up(hop) || hop->held;
        if (hop->first_sent_ns == HT_NEVER && !given_up)
            break;
        if (!given_up) {
            uint8_t next = (uint8_t)(ttl + 1);
            *moves_ns = ht_time_add(hop->first_sent_ns, ht_overdue_patience_ns(round, next));
            if (*moves_ns > now_ns)
                break;
            *moves_ns = HT_NEVER;
        }
        ttl++;
    }
    return ttl;
}

/* The last ttl that takes part so far. */
static unsigned last_window_ttl(const struct ht_asked *asked, const struct ht_path_end *end)
{
    return asked->first_ttl + end->window_hops - 1U;
}

/* Where the destination was last time it is probably now, or where a distance probe's answer puts
 * it. */
static unsigned expected_ttl(const struct ht_round_memory *recalled, const struct ht_path_end *end)
{
    return end->guessed_ttl != 0 ? end->guessed_ttl : recalled->destination_ttl;
}

/* Nobody knows where the path ends: a distance probe tells. One at a time. */
static uint8_t distance_ttl(const struct ht_round *round, unsigned last)
{
    uint8_t ttl = round->hints.distance_ttl;
    bool wanted = ttl > last && ttl <= round->asked.max_ttl && ttl > round->end.distance_sent_ttl &&
                  round->end.ends_ttl == 0 && round->end.unreachable_ttl == 0;
    return wanted && !ht_overdue_distance_is_out(&round->end) &&
                   ht_tcp_listener_spared(round, last_window_ttl(&round->asked, &round->end))
               ? ttl
               : 0;
}

/* How far the window may go beside a distance probe, which a listener may be busy with. */
static unsigned beside_distance_probe(const struct ht_round *round, unsigned last, int64_t now_ns,
                                      int64_t *moves_ns)
{
    if (ht_tcp_listener_spared(round, last))
        return last;
    int64_t overdue_ns = ht_overdue_distance_ns(round);
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
    const struct ht_asked *asked = &round->asked;
    struct ht_window window = {.last_ttl = asked->max_ttl, .moves_ns = HT_NEVER};
    if (round->end.destination_ttl != 0) {
        window.last_ttl = round->end.destination_ttl;
        return window;
    }
    unsigned last = asked->max_ttl;
    if (round->end.unreachable_ttl != 0 && round->end.unreachable_ttl < last)
        last = round->end.unreachable_ttl;
    if (round->end.ends_ttl > last_window_ttl(&round->asked, &round->end) &&
        round->end.ends_ttl < last)
        last = round->end.ends_ttl;
    unsigned answered = answered_ttl(&round->asked, &round->log, &round->end);
    if (asked->gap_limit != 0 && answered + asked->gap_limit < last)
        last = answered + asked->gap_limit;
    int64_t moves_ns;
    unsigned settled = settled_ttl(round, now_ns, &moves_ns);
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
