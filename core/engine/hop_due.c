#include "engine/hop_due.h"

#include "engine/overdue.h"

int64_t ht_hop_due_ns(const struct ht_trace *trace, uint8_t ttl)
{
    const struct ht_asked *asked = &trace->asked;
    const struct ht_hop_state *hop = ht_trace_hop(trace, ttl);
    if (ht_hop_given_up(hop) || hop->forgone || hop->shared)
        return HT_NEVER;
    if (hop->passes < asked->probes)
        return hop->not_before_ns;
    if (hop->received != 0 || hop->retries >= asked->retries || hop->sent == 0)
        return HT_NEVER;
    return ht_time_max(hop->not_before_ns,
                       ht_time_add(hop->last_sent_ns, ht_overdue_ns(trace, ttl)));
}

bool ht_hop_due_complete(const struct ht_trace *trace, uint8_t ttl)
{
    if (ttl - trace->asked.first_ttl >= trace->hop_count)
        return false;
    return ht_trace_hop(trace, ttl)->awaited == 0 && ht_hop_due_ns(trace, ttl) == HT_NEVER;
}

/* True if the hop gets no further probe, unless one comes back unsent. */
static bool hop_closed(const struct ht_trace *trace, const struct ht_hop_state *hop)
{
    const struct ht_asked *asked = &trace->asked;
    return hop->passes >= asked->probes && (hop->received != 0 || hop->retries >= asked->retries);
}

void ht_hop_due_reopen(struct ht_trace *trace)
{
    trace->first_open = 0;
    trace->quiet_count = 0;
}

void ht_hop_due_sent(struct ht_trace *trace, uint8_t ttl)
{
    trace->quiet_ns = ht_time_min(trace->quiet_ns, ht_hop_due_ns(trace, ttl));
}

void ht_hop_due_hasten(struct ht_trace *trace)
{
    trace->quiet_count = 0;
    trace->stirred = true;
}

void ht_hop_due_refresh_quiet(struct ht_trace *trace, int64_t now_ns)
{
    while (trace->first_open < trace->hop_count &&
           hop_closed(trace, &trace->hops[trace->first_open]))
        trace->first_open++;
    if (trace->quiet_count > trace->first_open && trace->quiet_ns > now_ns && trace->awaited > 0)
        return;
    trace->quiet_count = trace->first_open;
    trace->quiet_ns = HT_NEVER;
}

void ht_hop_due_note_quiet(struct ht_trace *trace, unsigned ttl, int64_t due_ns, int64_t now_ns)
{
    if (due_ns <= now_ns || ttl != trace->asked.first_ttl + (unsigned)trace->quiet_count)
        return;
    trace->quiet_count++;
    trace->quiet_ns = ht_time_min(trace->quiet_ns, due_ns);
}
