#include "engine/probe_log.h"

#include "engine/room.h"

void ht_probe_log_settle(struct ht_trace *trace, struct ht_probe *probe, enum ht_probe_state state)
{
    if (probe->state == HT_PROBE_LEAVING || probe->state == HT_PROBE_AWAITED) {
        ht_trace_hop(trace, probe->ttl)->awaited--;
        trace->awaited--;
    }
    probe->state = (uint8_t)state;
}

bool ht_probe_log_make_hops(struct ht_trace *trace, size_t count, int64_t now_ns)
{
    size_t capacity = trace->hop_capacity;
    void *hops = trace->hops;
    if (!ht_room_grow(trace, &hops, sizeof *trace->hops, &capacity, count, UINT8_MAX))
        return false;
    trace->hops = hops;
    trace->hop_capacity = (uint16_t)capacity;
    while (trace->made_hops < count)
        trace->hops[trace->made_hops++] = (struct ht_hop_state){.not_before_ns = now_ns,
                                                                .first_sent_ns = HT_NEVER,
                                                                .last_sent_ns = HT_NEVER,
                                                                .first_node = HT_NO_NODE};
    return true;
}

_Static_assert(HT_NODES_MAX *UINT8_MAX < HT_NO_NODE, "the nodes of all ttls can be counted");

/* Adds a node behind the last one of its ttl, if that has any. HT_NO_NODE: no memory. */
static uint16_t add_node(struct ht_trace *trace, uint8_t ttl, uint16_t last,
                         const struct ht_address *address)
{
    size_t capacity = trace->node_capacity;
    void *nodes = trace->nodes;
    if (!ht_room_grow(trace, &nodes, sizeof *trace->nodes, &capacity, (size_t)trace->node_count + 1,
                      HT_NO_NODE - 1))
        return HT_NO_NODE;
    trace->nodes = nodes;
    trace->node_capacity = (uint16_t)capacity;
    trace->nodes[trace->node_count] =
        (struct ht_node_state){.address = *address, .next = HT_NO_NODE};
    if (last == HT_NO_NODE)
        ht_trace_hop(trace, ttl)->first_node = trace->node_count;
    else
        trace->nodes[last].next = trace->node_count;
    return trace->node_count++;
}

bool ht_probe_log_node_for(struct ht_trace *trace, uint8_t ttl, const struct ht_address *address,
                           uint16_t *node)
{
    uint16_t last = HT_NO_NODE;
    unsigned count = 0;
    for (uint16_t i = ht_trace_hop(trace, ttl)->first_node; i != HT_NO_NODE;
         i = trace->nodes[i].next, count++) {
        last = i;
        if (!ht_address_equal(&trace->nodes[i].address, address))
            continue;
        *node = i;
        return true;
    }
    *node = count < HT_NODES_MAX ? add_node(trace, ttl, last, address) : HT_NO_NODE;
    return count == HT_NODES_MAX || *node != HT_NO_NODE;
}

bool ht_probe_log_is_proven(const struct ht_trace *trace, uint8_t ttl,
                            const struct ht_address *address)
{
    for (uint16_t i = ht_trace_hop(trace, ttl)->first_node; i != HT_NO_NODE;
         i = trace->nodes[i].next) {
        if (trace->nodes[i].proven && ht_address_equal(&trace->nodes[i].address, address))
            return true;
    }
    return false;
}

void ht_probe_log_prove(struct ht_trace *trace, uint32_t index)
{
    if (trace->probes[index].node != HT_NO_NODE)
        trace->nodes[trace->probes[index].node].proven = true;
}
