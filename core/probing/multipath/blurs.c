#include "probing/multipath/blurs.h"

#include "base/inline_array.h"
#include "probing/multipath/view_links.h"

/* Flows that must meet one node before a blur is over. */
#define FLOWS_MEET 2

/* Adds what the flows through `node` show at this ttl. NULL: no memory. */
static struct ht_blur *add(struct ht_path_view *view, uint16_t node, uint8_t ttl)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_blur), .least = 16, .limit = UINT32_MAX};
    void *blurs = view->blurs;
    if (!ht_inline_array_grow(&growth, &blurs, &view->blur_capacity, view->blur_count + (size_t)1))
        return NULL;
    view->blurs = blurs;
    struct ht_blur *blur = &view->blurs[view->blur_count++];
    *blur = (struct ht_blur){.node = node, .ttl = ttl};
    view->mark++;
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        if (ht_path_view_place(view, flow, view->nodes[node].ttl) != node)
            continue;
        uint16_t position = ht_path_view_position(view, flow, ttl);
        if (ht_path_view_is_coming(view, flow, ttl))
            blur->coming++;
        if (!ht_is_node(position))
            continue;
        blur->known++;
        if (view->nodes[position].mark != view->mark)
            blur->nodes++;
        view->nodes[position].mark = view->mark;
    }
    return blur;
}

/* Flows through the node, and those that may pass it. */
static void blur_flows(struct ht_path_view *view, uint16_t node, uint8_t ttl)
{
    uint16_t *blurred_by = &view->blurred_by[ttl * (size_t)HT_FLOWS_SEARCHED];
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        uint16_t place = ht_path_view_place(view, flow, view->nodes[node].ttl);
        if (blurred_by[flow] == HT_UNKNOWN && (place == node || place == HT_UNKNOWN))
            blurred_by[flow] = node;
    }
}

/* Marks the nodes before this ttl, at which the blur is over, that too few flows showed; of
 * `before`, the flows known there, as many as are known here count. */
static void hide(struct ht_path_view *view, const struct ht_blur *blur, uint16_t before)
{
    uint8_t ttl = (uint8_t)(blur->ttl - 1);
    for (uint16_t node = 1; node < view->node_count; node++) {
        uint32_t flows = view->nodes[node].varied;
        if (view->nodes[node].ttl != ttl)
            continue;
        for (uint16_t flow = 0; flow < view->flow_count; flow++)
            flows += ht_path_view_position(view, flow, ttl) == node &&
                     ht_path_view_blurred_by(view, flow, ttl) == blur->node &&
                     ht_path_view_place(view, flow, view->nodes[blur->node].ttl) == blur->node;
        view->nodes[node].hidden |=
            flows > 0 && flows * blur->known < HT_BLURRED_LEAST * (uint32_t)before;
    }
}

bool ht_blurs_follow(struct ht_path_view *view, uint8_t ttl)
{
    uint32_t count = view->blur_count;
    for (uint32_t i = 0; i < count; i++) {
        if (view->blurs[i].ttl != ttl - 1 || view->blurs[i].over)
            continue;
        uint16_t node = view->blurs[i].node;
        uint16_t before = view->blurs[i].known;
        struct ht_blur *blur = add(view, node, ttl);
        if (blur == NULL)
            return false;
        blur->over = blur->nodes == 1 && blur->known >= FLOWS_MEET;
        if (blur->over)
            hide(view, blur, before);
        else
            blur_flows(view, node, ttl);
    }
    return true;
}

bool ht_blurs_begin(struct ht_path_view *view, uint8_t ttl)
{
    for (uint16_t i = 0; i < view->map->repetition_count; i++) {
        const struct ht_repetition *repetition = &view->map->repetitions[i];
        if (repetition->ttl != ttl || !repetition->varied)
            continue;
        uint8_t before = (uint8_t)(ttl - 1);
        uint16_t node = ht_path_view_place(view, repetition->flow, before);
        if (!ht_is_node(node) ||
            ht_path_view_blurred_by(view, repetition->flow, before) != HT_UNKNOWN)
            continue;
        uint16_t other = (uint16_t)(repetition->other + 1);
        if (!ht_view_links_show(view, node, other))
            return false;
        view->nodes[other].varied++;
        if (view->nodes[node].packet)
            continue;
        view->nodes[node].packet = true;
        if (add(view, node, ttl) == NULL)
            return false;
        blur_flows(view, node, ttl);
    }
    return true;
}
