#include "probing/log/hop_due.h"

#include "hoptrace/time.h"
#include "probing/log/overdue.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_log.h"

static bool is_further_due(const struct ht_probe_log *log, unsigned ttl)
{
    return log->further != NULL && log->further[ttl].due > 0;
}

int64_t ht_hop_due_ns(const struct ht_probe_log *log, const struct ht_path_end *end, uint8_t ttl)
{
    const struct ht_asked *asked = &log->asked;
    const struct ht_hop_state *hop = ht_probe_log_hop(log, ttl);
    if (ht_hop_given_up(hop) || hop->line_too_long || hop->shared)
        return HT_NEVER;
    if (hop->passes < ht_asked_probes(asked, ttl) || is_further_due(log, ttl))
        return hop->not_before_ns;
    if (hop->received != 0 || hop->retries >= asked->retries || hop->sent == 0)
        return HT_NEVER;
    return ht_time_max(hop->not_before_ns,
                       ht_time_add(hop->last_sent_ns, ht_overdue_ns(log, end, ttl)));
}

bool ht_hop_due_complete(const struct ht_probe_log *log, const struct ht_path_end *end, uint8_t ttl)
{
    if (ttl - log->asked.first_ttl >= end->window_hops)
        return false;
    return ht_probe_log_hop(log, ttl)->awaited == 0 && ht_hop_due_ns(log, end, ttl) == HT_NEVER;
}

/* True if the hop gets no further probe, unless one comes back unsent. */
static bool hop_closed(const struct ht_probe_log *log, uint16_t index)
{
    const struct ht_asked *asked = &log->asked;
    const struct ht_hop_state *hop = &log->hops[index];
    unsigned ttl = asked->first_ttl + (unsigned)index;
    return hop->passes >= ht_asked_probes(asked, ttl) &&
           (hop->received != 0 || hop->retries >= asked->retries) && !is_further_due(log, ttl);
}

void ht_hop_due_reopen(struct ht_upcoming *upcoming)
{
    upcoming->first_open = 0;
    upcoming->idle_count = 0;
}

void ht_hop_due_sent(struct ht_probe_log *log, struct ht_path_end *end,
                     struct ht_upcoming *upcoming, uint8_t ttl)
{
    upcoming->idle_until_ns = ht_time_min(upcoming->idle_until_ns, ht_hop_due_ns(log, end, ttl));
}

void ht_hop_due_hasten(struct ht_upcoming *upcoming)
{
    upcoming->idle_count = 0;
    upcoming->recheck = true;
}

void ht_hop_due_refresh_idle(struct ht_probe_log *log, const struct ht_path_end *end,
                             struct ht_upcoming *upcoming, int64_t now_ns)
{
    while (upcoming->first_open < end->window_hops && hop_closed(log, upcoming->first_open))
        upcoming->first_open++;
    if (upcoming->idle_count > upcoming->first_open && upcoming->idle_until_ns > now_ns &&
        log->awaited > 0)
        return;
    upcoming->idle_count = upcoming->first_open;
    upcoming->idle_until_ns = HT_NEVER;
}

void ht_hop_due_note_idle(const struct ht_asked *asked, struct ht_upcoming *upcoming, unsigned ttl,
                          int64_t due_ns, int64_t now_ns)
{
    if (due_ns <= now_ns || ttl != asked->first_ttl + (unsigned)upcoming->idle_count)
        return;
    upcoming->idle_count++;
    upcoming->idle_until_ns = ht_time_min(upcoming->idle_until_ns, due_ns);
}
