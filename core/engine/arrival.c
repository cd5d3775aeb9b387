#include "engine/arrival.h"

#include <stddef.h>

/* True if the reply could be an answer to a probe of this run. Two destinations may share a tag;
 * and an IPv6 packet never answers an IPv4 probe. */
static bool may_answer(const struct ht_reply *reply, const struct ht_run *run)
{
    const struct ht_flow *flow = &run->trace.flow;
    if (reply->destination.version != HT_IP_NONE &&
        !ht_address_equal(&reply->destination, &flow->destination))
        return false;
    return reply->responder.version == flow->destination.version &&
           reply->protocol == flow->protocol;
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

void ht_arrival_read(const struct ht_incoming *packet, struct ht_identity identity,
                     const struct ht_flow_table *flows, struct ht_arrival *arrival)
{
    struct ht_reply *reply = &arrival->reply;
    arrival->possible = ht_reply_read(packet, reply) && reply->local_id == identity.local_id;
    if (!arrival->possible)
        return;
    if (reply->destination.version != HT_IP_NONE)
        arrival->flow_tag =
            ht_flow_tag(identity.secret, &reply->destination, reply->protocol, reply->port);
    else
        arrival->possible = ht_reply_flow_tag(reply, &arrival->flow_tag);
    if (arrival->possible)
        ht_flow_table_fetch_place(flows, arrival->flow_tag);
}

void ht_arrival_fetch_run(const struct ht_arrival *arrival, const struct ht_flow_table *flows)
{
    if (arrival->possible)
        ht_flow_table_fetch_run(flows, arrival->flow_tag);
}

void ht_arrival_fetch_trace(const struct ht_arrival *arrival, const struct ht_flow_table *flows)
{
    if (!arrival->possible)
        return;
    const struct ht_run *run = ht_flow_table_first(flows, arrival->flow_tag);
    if (run != NULL)
        ht_trace_fetch_answered(&run->trace, arrival->reply.keys[0]);
}

struct ht_found ht_arrival_find(const struct ht_arrival *arrival, const struct ht_flow_table *flows,
                                bool *forged)
{
    const struct ht_found nothing = {.run = NULL};
    const struct ht_reply *reply = &arrival->reply;
    struct ht_found found = nothing;
    *forged = false;
    for (uint8_t i = 0; arrival->possible && i < reply->key_count; i++) {
        struct ht_found next = find_by_key(flows, reply, arrival->flow_tag, reply->keys[i]);
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
