#include "model/hop.h"

bool ht_node_goes_before(uint32_t received, const struct ht_address *address,
                         uint32_t other_received, const struct ht_address *other)
{
    if (received != other_received)
        return received > other_received;
    return ht_address_compare(address, other) < 0;
}

const struct ht_interface *ht_node_interface(const struct ht_node_facts *facts)
{
    for (size_t i = 0; i < facts->interface_count; i++) {
        if (facts->interfaces[i].role == HT_INTERFACE_INCOMING)
            return &facts->interfaces[i];
    }
    return facts->interface_count > 0 ? &facts->interfaces[0] : NULL;
}

uint8_t ht_hops_back(uint8_t reply_ttl)
{
    static const uint8_t initial_ttls[] = {64, 128, 255};
    size_t i = 0;
    while (i + 1 < sizeof initial_ttls / sizeof initial_ttls[0] && initial_ttls[i] < reply_ttl)
        i++;
    return reply_ttl > 0 ? (uint8_t)(initial_ttls[i] - reply_ttl + 1) : 0;
}

const struct ht_node *ht_hop_main_node(const struct ht_hop *hop)
{
    const struct ht_node *best = NULL;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_node *node = &hop->nodes[i];
        if (best == NULL || ht_node_goes_before(node->facts.received, &node->facts.address,
                                                best->facts.received, &best->facts.address))
            best = node;
    }
    return best;
}
