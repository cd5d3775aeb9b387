#include "history/quoted.h"

#include <string.h>

static void add_tos(struct ht_quoted_hop *hop, uint8_t tos)
{
    for (uint8_t i = 0; i < hop->count; i++) {
        if (hop->tos[i] == tos)
            return;
    }
    if (hop->count < sizeof hop->tos)
        hop->tos[hop->count++] = tos;
}

static void add_node(struct ht_quoted_hop *hop, const struct ht_node_facts *facts)
{
    bool echo = !facts->by_tcp && !facts->quoted && facts->icmp_type == 0;
    if (echo && facts->address.version == HT_IPV4) {
        hop->mirrored = true;
        hop->mirror = facts->reply_tos;
    }
    if (!facts->quoted)
        return;
    add_tos(hop, facts->quoted_tos);
    hop->modified |= facts->rewritten;
    hop->same |= (uint8_t)(facts->quoted_fields & ~facts->rewritten);
}

bool ht_quoted_differs(const struct ht_report *report, uint8_t sent)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        for (size_t k = 0; k < hop->node_count; k++) {
            const struct ht_node_facts *facts = &hop->nodes[k].facts;
            if (facts->quoted && (facts->quoted_tos != sent || facts->rewritten != 0))
                return true;
        }
    }
    return false;
}

size_t ht_quoted_hops_of(const struct ht_report *report,
                         struct ht_quoted_hop hops[static UINT8_MAX])
{
    size_t last = 0;
    memset(hops, 0, UINT8_MAX * sizeof hops[0]);
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        last = hop->ttl;
        for (size_t k = 0; k < hop->node_count; k++)
            add_node(&hops[hop->ttl - 1], &hop->nodes[k].facts);
    }
    return last;
}
