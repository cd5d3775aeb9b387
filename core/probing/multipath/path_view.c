#include "probing/multipath/path_view.h"

#include <stdlib.h>

#include "base/scratch.h"
#include "probing/multipath/blurs.h"
#include "probing/multipath/positions.h"
#include "probing/multipath/view_links.h"

void ht_path_view_fini(struct ht_path_view *view)
{
    free(view->nodes);
    free(view->links);
    free(view->blurs);
    free(view->losses);
    free(view->positions);
    free(view->blurred_by);
    free(view->sole);
    *view = (struct ht_path_view){0};
}

static void clear(struct ht_path_view *view, const struct ht_flow_map *map)
{
    view->map = map;
    view->flow_count = map->flow_count;
    view->node_count = 0;
    view->link_count = 0;
    view->blur_count = 0;
    view->mark = 0;
    view->seen = 1;
    view->last_ttl = 0;
}

/* Room for positions up to the last ttl; ttl 0 is filled in. */
static bool prepare(struct ht_path_view *view, uint8_t last_ttl)
{
    size_t rows = last_ttl + (size_t)1;
    size_t capacity = view->cell_capacity;
    if (!ht_scratch_reserve((void **)&view->positions, HT_FLOWS_SEARCHED * sizeof *view->positions,
                            &capacity, rows) ||
        !ht_scratch_reserve((void **)&view->blurred_by,
                            HT_FLOWS_SEARCHED * sizeof *view->blurred_by, &view->cell_capacity,
                            rows) ||
        !ht_scratch_reserve((void **)&view->sole, sizeof *view->sole, &view->sole_capacity, rows))
        return false;
    view->last_ttl = last_ttl;
    view->sole[0] = HT_HOST_NODE;
    for (uint16_t flow = 0; flow < view->flow_count; flow++)
        view->positions[flow] = HT_HOST_NODE;
    for (size_t ttl = 0; ttl < rows; ttl++) {
        for (uint16_t flow = 0; flow < view->flow_count; flow++)
            view->blurred_by[ttl * HT_FLOWS_SEARCHED + flow] = HT_UNKNOWN;
    }
    return true;
}

/* What a flow shows of the nodes it passes. */
static void count_flow(struct ht_path_view *view, uint16_t flow)
{
    bool answered = false;
    for (uint8_t ttl = view->last_ttl; ttl > 0; ttl--) {
        uint16_t position = ht_path_view_position(view, flow, ttl);
        if (!ht_is_node(position))
            continue;
        struct ht_view_node *node = &view->nodes[position];
        answered |= node->kind != HT_NODE_SILENT;
        node->answered_behind |= answered;
        node->flows++;
        if (ht_path_view_blurred_by(view, flow, ttl) == HT_UNKNOWN)
            node->steady++;
    }
}

static bool fill(struct ht_path_view *view, struct ht_flow_map *map)
{
    if (!prepare(view, map->row_count) || !ht_positions_add_nodes(view))
        return false;
    view->nodes[HT_HOST_NODE].flows = map->flow_count;
    view->nodes[HT_HOST_NODE].steady = map->flow_count;
    view->nodes[HT_HOST_NODE].answered_behind = true;
    for (uint8_t ttl = 1; ttl <= view->last_ttl; ttl++) {
        if (!ht_positions_place(view, map, ttl) || !ht_blurs_follow(view, ttl) ||
            !ht_view_links_add(view, ttl) || !ht_blurs_begin(view, ttl))
            return false;
    }
    for (uint16_t flow = 0; flow < view->flow_count; flow++)
        count_flow(view, flow);
    for (uint16_t i = 1; i < view->node_count; i++)
        view->nodes[i].flows = (uint16_t)(view->nodes[i].flows + view->nodes[i].varied);
    for (uint16_t i = 1; i < view->node_count; i++)
        view->seen += view->nodes[i].flows > 0 && view->nodes[i].kind != HT_NODE_END;
    return true;
}

bool ht_path_view_build(struct ht_path_view *view, struct ht_flow_map *map)
{
    clear(view, map);
    if (fill(view, map))
        return true;
    clear(view, map);
    return false;
}
