#include "engine/arrival.h"

#include <stddef.h>

/* True if the reply could be an answer to a probe of this run: a tag may be another flow's too, or
 * forged; and an IPv6 packet never answers an IPv4 probe. */
static bool may_answer(const struct ht_reply *reply, const struct ht_run *run)
{
    const struct ht_flow *flow = &run->trace.flow;
    if (reply->destination.version != HT_IP_NONE &&
        !ht_address_equal(&reply->destination, &flow->destination))
        return false;
    return reply->responder.version == flow->destination.version &&
           reply->protocol == flow->protocol && reply->port == flow->port;
}

/* The newest probe of the flow under this key, if the reply could be an answer to it. */
static struct ht_found find_by_key(const struct ht_flow_table *flows, const struct ht_reply *reply,
                                   uint32_t flow_tag, uint16_t key)
{
    struct ht_found newest = {.run = NULL};
    struct ht_run *run = ht_flow_table_first(flows, flow_tag);
    for (; run != NULL; run = ht_flow_table_next(run)) {
        uint32_t probe;
        if (!may_answer(reply, run) || !ht_trace_find(&run->trace, key, &probe))
            continue;
        if (newest.run == NULL ||
            run->trace.probes[probe].sent_ns > newest.run->trace.probes[newest.probe].sent_ns)
            newest = (struct ht_found){.run = run, .probe = probe};
    }
    return newest;
}

static uint32_t computed_tag(const struct ht_reply *reply, const uint64_t *secret)
{
    return ht_flow_tag(secret, &reply->destination, reply->protocol, reply->port);
}

/* The tag that the payload shows saves a hash. It may be cut off, padded over or forged: then
 * ht_arrival_find computes it. */
void ht_arrival_read(const struct ht_incoming *packet, struct ht_identity identity,
                     const struct ht_flow_table *flows, struct ht_arrival *arrival)
{
    struct ht_reply *reply = &arrival->reply;
    arrival->possible = ht_reply_read(packet, reply) && reply->local_id == identity.local_id;
    if (!arrival->possible)
        return;
    if (!ht_reply_flow_tag(reply, &arrival->flow_tag)) {
        arrival->possible = reply->destination.version != HT_IP_NONE;
        if (arrival->possible)
            arrival->flow_tag = computed_tag(reply, identity.secret);
    }
    if (arrival->possible)
        ht_flow_table_fetch_place(flows, arrival->flow_tag);
}

void ht_arrival_fetch_run(const struct ht_arrival *arrival, const struct ht_flow_table *flows)
{
    if (arrival->possible)
        ht_flow_table_fetch_run(flows, arrival->flow_tag);
}

/* Usually the flow is one run's. NULL: there is none. */
static const struct ht_trace *trace_of(const struct ht_arrival *arrival,
                                       const struct ht_flow_table *flows)
{
    const struct ht_run *run = NULL;
    if (arrival->possible)
        run = ht_flow_table_first(flows, arrival->flow_tag);
    return run != NULL ? &run->trace : NULL;
}

void ht_arrival_fetch_probe(const struct ht_arrival *arrival, const struct ht_flow_table *flows)
{
    const struct ht_trace *trace = trace_of(arrival, flows);
    if (trace != NULL)
        ht_trace_fetch_probe(trace, arrival->reply.keys[0]);
}

void ht_arrival_fetch_answered(const struct ht_arrival *arrival, const struct ht_flow_table *flows)
{
    const struct ht_trace *trace = trace_of(arrival, flows);
    if (trace != NULL)
        ht_trace_fetch_answered(trace, arrival->reply.keys[0]);
}

static struct ht_found find_under(const struct ht_reply *reply, uint32_t flow_tag,
                                  const struct ht_flow_table *flows, bool *forged)
{
    const struct ht_found nothing = {.run = NULL};
    struct ht_found found = nothing;
    for (uint8_t i = 0; i < reply->key_count; i++) {
        struct ht_found next = find_by_key(flows, reply, flow_tag, reply->keys[i]);
        if (next.run == NULL || (next.run == found.run && next.probe == found.probe))
            continue;
        const struct ht_trace *trace = &next.run->trace;
        if (!ht_reply_verify(reply, &trace->flow, ht_trace_probe_name(trace, next.probe)))
            *forged = true;
        else if (found.run != NULL)
            return nothing;
        else
            found = next;
    }
    return found;
}

struct ht_found ht_arrival_find(const struct ht_arrival *arrival, struct ht_identity identity,
                                const struct ht_flow_table *flows, bool *forged)
{
    struct ht_found found = {.run = NULL};
    const struct ht_reply *reply = &arrival->reply;
    *forged = false;
    if (!arrival->possible)
        return found;
    found = find_under(reply, arrival->flow_tag, flows, forged);
    if (found.run != NULL || reply->destination.version == HT_IP_NONE)
        return found;
    uint32_t flow_tag = computed_tag(reply, identity.secret);
    return flow_tag != arrival->flow_tag ? find_under(reply, flow_tag, flows, forged) : found;
}
