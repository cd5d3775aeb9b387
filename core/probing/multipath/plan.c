#include "probing/multipath/plan.h"

bool ht_plan_is_full(const struct ht_plan *plan)
{
    return plan->count == plan->max || plan->map->failed ||
           plan->map->asked >= plan->settings->probes_max;
}

bool ht_plan_ask(struct ht_plan *plan, uint16_t flow, uint8_t ttl, bool chosen)
{
    if (plan->map->asked >= plan->settings->probes_max) {
        plan->unproven |= HT_UNPROVEN_PROBES;
        return false;
    }
    if (plan->count == plan->max || !ht_flow_map_ask(plan->map, flow, ttl, chosen))
        return false;
    plan->probes[plan->count++] = (struct ht_multipath_probe){.flow = flow, .ttl = ttl};
    return true;
}

/* Asks again what is not settled, and what a waiting cell waits for. */
static void plan_cell(struct ht_plan *plan, uint16_t flow, uint8_t ttl)
{
    const struct ht_path_view *view = plan->view;
    struct ht_flow_cell cell = ht_flow_map_cell(plan->map, flow, ttl);
    uint16_t position = ht_path_view_position(view, flow, ttl);
    uint8_t before = (uint8_t)(ttl - 1);
    if (ht_is_node(position) && ht_path_view_is_given_up(view, flow, ttl))
        plan->unproven |= HT_UNPROVEN_LIMITS;
    if (position == HT_WAITS && ht_path_view_is_free(view, flow, before))
        (void)ht_plan_ask(plan, flow, before, true);
    else if (!cell.awaited && ht_path_view_is_coming(view, flow, ttl))
        (void)ht_plan_ask(plan, flow, ttl, cell.chosen);
}

/* Asks a flow that shows this node for the ttl before, unless one is under way there. */
static void plan_link_to(struct ht_plan *plan, uint16_t node)
{
    const struct ht_path_view *view = plan->view;
    uint8_t ttl = view->nodes[node].ttl;
    uint8_t before = (uint8_t)(ttl - 1);
    uint16_t candidate = HT_FLOWS_SEARCHED;
    for (uint16_t flow = 0; flow < plan->view->flow_count; flow++) {
        if (ht_path_view_position(view, flow, ttl) != node)
            continue;
        if (ht_path_view_blurred_by(view, flow, before) != HT_UNKNOWN)
            continue;
        if (ht_path_view_is_coming(view, flow, before))
            return;
        if (candidate == HT_FLOWS_SEARCHED && ht_path_view_is_free(view, flow, before))
            candidate = flow;
    }
    if (candidate < HT_FLOWS_SEARCHED)
        (void)ht_plan_ask(plan, candidate, before, true);
}

void ht_plan_places(struct ht_plan *plan, uint8_t ttl)
{
    for (uint16_t flow = 0; flow < plan->map->rows[ttl - 1].count; flow++)
        plan_cell(plan, flow, ttl);
    for (uint16_t node = 1; node < plan->view->node_count; node++) {
        const struct ht_view_node *seen = &plan->view->nodes[node];
        if (seen->ttl == ttl && ttl > 1 && seen->flows > 0 && seen->links_to == 0)
            plan_link_to(plan, node);
    }
}
