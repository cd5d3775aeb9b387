#include "probing/multipath/branch_news.h"

/* The node that answered; HT_UNKNOWN: none that is known there. */
static uint16_t node_of(const struct ht_path_view *view, const struct ht_flow_sighting *sighting)
{
    uint16_t index = ht_flow_map_find(view->map, sighting->ttl, sighting->address, sighting->ends);
    return index == HT_NO_NODE ? HT_UNKNOWN : (uint16_t)(index + 1);
}

enum ht_branch_news ht_branch_news(const struct ht_path_view *view,
                                   const struct ht_flow_sighting *sighting)
{
    uint16_t node = node_of(view, sighting);
    uint16_t known = ht_path_view_place(view, sighting->flow, sighting->ttl);
    if (node == HT_UNKNOWN)
        return HT_BRANCH_NEW;
    if (node == known || !ht_is_node(known) || view->nodes[known].kind == HT_NODE_SILENT ||
        ht_path_view_blurred_by(view, sighting->flow, sighting->ttl) != HT_UNKNOWN)
        return HT_BRANCH_SAME;
    return HT_BRANCH_MOVED;
}

static bool is_gone(const struct ht_path_view *view, uint16_t node,
                    const struct ht_flow_sighting *sightings, size_t count)
{
    bool left = false;
    for (size_t i = 0; i < count; i++) {
        if (sightings[i].ttl != view->nodes[node].ttl)
            continue;
        if (node_of(view, &sightings[i]) == node)
            return false;
        left |= ht_path_view_position(view, sightings[i].flow, sightings[i].ttl) == node;
    }
    return left;
}

size_t ht_branches_gone(const struct ht_path_view *view, const struct ht_flow_sighting *sightings,
                        size_t count, uint16_t *gone, size_t max)
{
    size_t found = 0;
    for (uint16_t node = 1; node < view->node_count && found < max; node++) {
        if (view->nodes[node].kind != HT_NODE_SILENT && is_gone(view, node, sightings, count))
            gone[found++] = node;
    }
    return found;
}
