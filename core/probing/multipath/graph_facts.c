#include "probing/multipath/graph_facts.h"

uint16_t ht_graph_width(const struct ht_path_view *view, uint8_t ttl)
{
    uint16_t width = 0;
    for (uint16_t node = 0; node < view->node_count; node++) {
        if (view->nodes[node].ttl == ttl && view->nodes[node].flows > 0)
            width++;
    }
    return width;
}

uint16_t ht_graph_widest(const struct ht_path_view *view)
{
    uint16_t widest = 0;
    for (uint8_t ttl = 1; ttl <= view->last_ttl; ttl++) {
        uint16_t width = ht_graph_width(view, ttl);
        widest = width > widest ? width : widest;
    }
    return widest;
}

bool ht_graph_is_by_packet(const struct ht_path_view *view, uint8_t ttl)
{
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        if (ht_path_view_blurred_by(view, flow, ttl) != HT_UNKNOWN)
            return true;
    }
    return false;
}

/* Ways from a node on, of the sums of its next nodes. */
static uint32_t ways_from(const struct ht_path_view *view, const struct ht_view_node *node)
{
    uint64_t ways = 0;
    for (uint32_t i = node->first_link; i != HT_NO_LINK; i = view->links[i].next) {
        if (view->links[i].shown > 0)
            ways += view->nodes[view->links[i].to].paths;
    }
    if (ways == 0)
        return 1;
    return ways < UINT32_MAX ? (uint32_t)ways : UINT32_MAX;
}

uint32_t ht_graph_paths(struct ht_path_view *view)
{
    for (unsigned ttl = view->last_ttl + 1U; ttl-- > 0;) {
        for (uint16_t node = 0; node < view->node_count; node++) {
            if (view->nodes[node].ttl == ttl)
                view->nodes[node].paths = ways_from(view, &view->nodes[node]);
        }
    }
    return view->flow_count > 0 ? view->nodes[HT_HOST_NODE].paths : 0;
}
