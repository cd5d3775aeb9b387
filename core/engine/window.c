#include "engine/window.h"

#include "engine/listener.h"
#include "engine/overdue.h"

/* So many ttls are probed ahead of what is settled: by one trace alone; by each of many, which
 * besides share a few. Very many probe nothing in vain until only a half, or with far probes an
 * eighth, is left of those that began together, and then the more ahead the fewer they are: nobody
 * else is kept waiting by that, and the last ones have not to go through one round trip for each
 * hop. */
#define LOOK_AHEAD_ALONE  8
#define LOOK_AHEAD_MANY   2
#define LOOK_AHEAD_SHARED 16
#define LAST_SHARE        2
#define LAST_SHARE_FAR    8

uint8_t ht_window_look_ahead(size_t under_way, size_t together, bool far)
{
    size_t among = under_way > 0 ? under_way : 1;
    size_t ahead = LOOK_AHEAD_MANY;
    if (together > HT_VERY_MANY)
        ahead = 1 + together / (far ? LAST_SHARE_FAR : LAST_SHARE) / among;
    ahead += LOOK_AHEAD_SHARED / among;
    return ahead < LOOK_AHEAD_ALONE ? (uint8_t)ahead : LOOK_AHEAD_ALONE;
}

/* The last ttl that answered, or that did not only because it is held back: it is not silent. */
static unsigned answered_ttl(const struct ht_trace *trace)
{
    unsigned first_ttl = trace->asked.first_ttl;
    unsigned ttl = trace->last_answer_ttl >= first_ttl ? trace->last_answer_ttl : first_ttl - 1U;
    while (ttl + 1 - first_ttl < trace->hop_count && trace->hops[ttl + 1 - first_ttl].held)
        ttl++;
    return ttl;
}

/* The highest ttl below which nothing needs to be waited for before going on; *moves_ns is when
 * the next one gets overdue. */
static uint8_t settled_ttl(const struct ht_trace *trace, int64_t now_ns, int64_t *moves_ns)
{
    uint8_t first_ttl = trace->asked.first_ttl;
    uint8_t ttl =
        trace->last_answer_ttl >= first_ttl ? trace->last_answer_ttl : (uint8_t)(first_ttl - 1);
    *moves_ns = HT_NEVER;
    while (ttl - first_ttl + 1 < trace->hop_count) {
        const struct ht_hop_state *hop = &trace->hops[ttl + 1 - first_ttl];
        bool given_up = ht_hop_given_up(hop) || hop->held;
        if (hop->first_sent_ns == HT_NEVER && !given_up)
            break;
        if (!given_up) {
            uint8_t next = (uint8_t)(ttl + 1);
            *moves_ns = ht_time_add(hop->first_sent_ns, ht_overdue_patience_ns(trace, next));
            if (*moves_ns > now_ns)
                break;
            *moves_ns = HT_NEVER;
        }
        ttl++;
    }
    return ttl;
}

/* The last ttl that takes part so far. */
static unsigned row_ttl(const struct ht_trace *trace)
{
    return trace->asked.first_ttl + trace->hop_count - 1U;
}

/* Where the destination was last time it is probably now, or where a far probe's answer puts it. */
static unsigned expected_ttl(const struct ht_trace *trace)
{
    return trace->guessed_ttl != 0 ? trace->guessed_ttl : trace->previous->destination_ttl;
}

/* Nobody knows where the path ends: a far probe tells. One at a time. */
static uint8_t far_ttl(const struct ht_trace *trace, unsigned last)
{
    uint8_t ttl = trace->far_ttl;
    bool wanted = ttl > last && ttl <= trace->asked.max_ttl && ttl > trace->far_sent_ttl &&
                  trace->ends_ttl == 0 && trace->unreachable_ttl == 0;
    return wanted && !ht_overdue_far_is_out(trace) && ht_listener_spared(trace, row_ttl(trace))
               ? ttl
               : 0;
}

/* How far the row may go beside a far probe, which a listener may be busy with. */
static unsigned beside_far(const struct ht_trace *trace, unsigned last, int64_t now_ns,
                           int64_t *moves_ns)
{
    if (ht_listener_spared(trace, last))
        return last;
    int64_t overdue_ns = ht_overdue_far_ns(trace);
    if (overdue_ns <= now_ns)
        return last;
    *moves_ns = ht_time_min(*moves_ns, overdue_ns);
    while (!ht_listener_spared(trace, last))
        last--;
    return last;
}

bool ht_window_is_last(const struct ht_trace *trace)
{
    unsigned end = expected_ttl(trace) != 0 ? expected_ttl(trace) : trace->ends_ttl;
    if (trace->destination_ttl != 0)
        end = trace->destination_ttl;
    return end != 0 && trace->window_ttl >= end;
}

struct ht_window ht_window_of(const struct ht_trace *trace, int64_t now_ns)
{
    const struct ht_asked *asked = &trace->asked;
    struct ht_window window = {.last_ttl = asked->max_ttl, .moves_ns = HT_NEVER};
    if (trace->destination_ttl != 0) {
        window.last_ttl = trace->destination_ttl;
        return window;
    }
    unsigned last = asked->max_ttl;
    if (trace->unreachable_ttl != 0 && trace->unreachable_ttl < last)
        last = trace->unreachable_ttl;
    if (trace->ends_ttl > row_ttl(trace) && trace->ends_ttl < last)
        last = trace->ends_ttl;
    unsigned answered = answered_ttl(trace);
    if (asked->gap_limit != 0 && answered + asked->gap_limit < last)
        last = answered + asked->gap_limit;
    int64_t moves_ns;
    unsigned settled = settled_ttl(trace, now_ns, &moves_ns);
    unsigned ahead = settled + trace->look_ahead;
    if (ahead < trace->common_ttl)
        ahead = trace->common_ttl;
    if (ahead < trace->reaches_ttl)
        ahead = trace->reaches_ttl;
    bool expected = expected_ttl(trace) > settled;
    if (expected)
        ahead = expected_ttl(trace);
    if (ahead < last) {
        last = ahead;
        window.moves_ns = moves_ns;
    }
    last = beside_far(trace, last, now_ns, &window.moves_ns);
    window.last_ttl = (uint8_t)last;
    window.far_ttl = expected ? 0 : far_ttl(trace, last);
    return window;
}
