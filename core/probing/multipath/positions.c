#include "probing/multipath/positions.h"

#include "base/inline_array.h"

/* Tries: see path_view.h. With 10 % loss 5 of them fail in 0.001 %. */
#define TRIES_MIXED 5
#define TRIES_FIRST 3
#define FLOWS_TRIED 2

bool ht_positions_add_nodes(struct ht_path_view *view)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_view_node), .least = 64, .limit = HT_MAP_NODES_MAX + 1};
    size_t wanted = view->map->node_count + (size_t)1;
    void *nodes = view->nodes;
    if (!ht_inline_array_grow(&growth, &nodes, &view->node_capacity, wanted))
        return false;
    view->nodes = nodes;
    while (view->node_count < wanted) {
        struct ht_view_node node = {.first_link = HT_NO_LINK};
        if (view->node_count > HT_HOST_NODE) {
            const struct ht_map_node *known = &view->map->nodes[view->node_count - 1];
            node.ttl = known->ttl;
            node.kind = known->kind;
        }
        view->nodes[view->node_count++] = node;
    }
    return true;
}

/* Tries after which a cell counts as silent, behind this node. */
static uint16_t tries(const struct ht_path_view *view, uint16_t before)
{
    if (view->nodes[before].answered_next)
        return TRIES_MIXED;
    return view->nodes[before].tried >= FLOWS_TRIED ? 1 : TRIES_FIRST;
}

/* True if the flow has ended at or before this place. */
static bool is_over(const struct ht_path_view *view, uint16_t place)
{
    return place == HT_BEYOND || (ht_is_node(place) && view->nodes[place].kind == HT_NODE_END);
}

/* Position of a cell that is not silent, whose flow was at `before`. */
static uint16_t position_of(const struct ht_path_view *view, struct ht_flow_cell cell,
                            uint16_t before)
{
    if (cell.result == HT_CELL_ANSWERED)
        return (uint16_t)(cell.value + 1);
    if (is_over(view, before))
        return HT_BEYOND;
    if (cell.result == HT_CELL_OPEN && cell.value < HT_PUT_OFF_MAX)
        return HT_UNKNOWN;
    if (!ht_is_node(before))
        return HT_WAITS;
    return cell.result == HT_CELL_ENDED ? (uint16_t)(cell.value + 1) : HT_UNKNOWN;
}

static void place_answered(struct ht_path_view *view, uint8_t ttl)
{
    uint16_t *positions = &view->positions[ttl * (size_t)HT_FLOWS_SEARCHED];
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        struct ht_flow_cell cell = ht_flow_map_cell(view->map, flow, ttl);
        uint16_t before = ht_path_view_place(view, flow, (uint8_t)(ttl - 1));
        positions[flow] = position_of(view, cell, before);
        if (!ht_is_node(before))
            continue;
        if (ht_is_node(positions[flow]))
            view->nodes[before].answered_next = true;
        else if (cell.result == HT_CELL_SILENT && cell.value >= TRIES_FIRST)
            view->nodes[before].tried++;
    }
}

/* HT_UNKNOWN: no memory. */
static uint16_t silent_node(struct ht_path_view *view, struct ht_flow_map *map, uint8_t ttl,
                            uint16_t before)
{
    uint16_t index = ht_flow_map_silent_node(
        map, ttl, before == HT_HOST_NODE ? HT_NO_NODE : (uint16_t)(before - 1));
    if (index == HT_NO_NODE || !ht_positions_add_nodes(view))
        return HT_UNKNOWN;
    view->nodes[index + 1].silent_row = (uint8_t)(view->nodes[before].silent_row + 1);
    return (uint16_t)(index + 1);
}

static bool place_silent(struct ht_path_view *view, struct ht_flow_map *map, uint8_t ttl)
{
    uint16_t *positions = &view->positions[ttl * (size_t)HT_FLOWS_SEARCHED];
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        struct ht_flow_cell cell = ht_flow_map_cell(map, flow, ttl);
        uint16_t before = ht_path_view_place(view, flow, (uint8_t)(ttl - 1));
        if (!ht_is_node(before) || is_over(view, before))
            continue;
        bool given_up = ht_path_view_is_given_up(view, flow, ttl);
        if (given_up ? view->nodes[before].answered_next
                     : cell.result != HT_CELL_SILENT || cell.value < tries(view, before))
            continue;
        positions[flow] = silent_node(view, map, ttl, before);
        if (positions[flow] == HT_UNKNOWN)
            return false;
    }
    return true;
}

static void find_sole(struct ht_path_view *view, uint8_t ttl)
{
    const uint16_t *positions = &view->positions[ttl * (size_t)HT_FLOWS_SEARCHED];
    uint16_t only = HT_UNKNOWN;
    view->sole[ttl] = HT_UNKNOWN;
    if (view->sole[ttl - 1] == HT_UNKNOWN)
        return;
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        if (!ht_is_node(positions[flow]))
            continue;
        if (only != HT_UNKNOWN && positions[flow] != only)
            return;
        only = positions[flow];
    }
    if (only != HT_UNKNOWN && view->nodes[only].kind != HT_NODE_END)
        view->sole[ttl] = only;
}

bool ht_positions_place(struct ht_path_view *view, struct ht_flow_map *map, uint8_t ttl)
{
    place_answered(view, ttl);
    if (!place_silent(view, map, ttl))
        return false;
    find_sole(view, ttl);
    return true;
}
