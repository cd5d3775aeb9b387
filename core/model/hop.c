#include "model/hop.h"

#include "base/address.h"

const struct ht_node *ht_hop_main_node(const struct ht_hop *hop)
{
    const struct ht_node *best = NULL;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_node *node = &hop->nodes[i];
        if (best == NULL || node->received > best->received ||
            (node->received == best->received &&
             ht_address_compare(&node->address, &best->address) < 0))
            best = node;
    }
    return best;
}
