/* Which flows are repeated: see by_packet.h. */
#include "probing/multipath/by_packet.h"
#include "probing/multipath/plan.h"

/* Unanswered repetitions of the flows through a node, at one ttl, after which there are no more. */
#define UNANSWERED_MAX 32

/* True if the flows through the node were repeated too often without an answer at this ttl. */
static bool is_given_up(struct ht_plan *plan, uint16_t node, uint8_t ttl)
{
    const struct ht_path_view *view = plan->view;
    unsigned unanswered = 0;
    for (uint16_t i = 0; i < plan->map->repetition_count; i++) {
        const struct ht_repetition *repetition = &plan->map->repetitions[i];
        if (repetition->ttl == ttl &&
            ht_path_view_place(view, repetition->flow, view->nodes[node].ttl) == node)
            unanswered += repetition->unanswered;
    }
    if (unanswered >= UNANSWERED_MAX)
        plan->unproven |= HT_UNPROVEN_LIMITS;
    return unanswered >= UNANSWERED_MAX;
}

/* What a repetition of the flow at this ttl is worth for the nodes on its way that are not proven.
 */
static double worth_of(struct ht_plan *plan, uint16_t flow, uint8_t ttl, bool enter)
{
    struct ht_path_view *view = plan->view;
    double sum = 0;
    for (uint8_t before = 0; before < ttl; before++) {
        uint16_t node = ht_path_view_place(view, flow, before);
        if (!ht_is_node(node) || ht_path_view_blurred_by(view, flow, before) != HT_UNKNOWN ||
            view->nodes[node].turns.expected >= view->nodes[node].turns.wanted)
            continue;
        double worth = ht_by_packet_worth(view, node, ttl);
        sum += worth;
        if (enter)
            view->nodes[node].turns.expected += (float)worth;
    }
    return sum;
}

/* Repeats the flow through the node that is worth most. False: there is none. */
static bool repeat_through(struct ht_plan *plan, uint16_t node)
{
    const struct ht_path_view *view = plan->view;
    uint8_t ttl = (uint8_t)(view->nodes[node].ttl + 1);
    uint16_t best = HT_FLOWS_SEARCHED;
    double most = 0;
    for (uint16_t flow = 0; flow < plan->view->flow_count; flow++) {
        struct ht_flow_cell cell = ht_flow_map_cell(plan->map, flow, ttl);
        uint8_t before = view->nodes[node].ttl;
        if (cell.result != HT_CELL_ANSWERED || cell.awaited ||
            ht_path_view_place(view, flow, before) != node ||
            ht_path_view_blurred_by(view, flow, before) != HT_UNKNOWN)
            continue;
        double worth = worth_of(plan, flow, ttl, false);
        if (worth > most) {
            most = worth;
            best = flow;
        }
    }
    if (best == HT_FLOWS_SEARCHED || is_given_up(plan, node, ttl) ||
        !ht_plan_ask(plan, best, ttl, false))
        return false;
    (void)worth_of(plan, best, ttl, true);
    return true;
}

/* The highest ttl with a node that is not proven to choose by flow; 255: there is none. */
static uint8_t highest_unproven(struct ht_plan *plan)
{
    uint8_t highest = UINT8_MAX;
    for (uint16_t node = 0; node < plan->view->node_count; node++) {
        const struct ht_view_node *seen = &plan->view->nodes[node];
        if (seen->turns.expected < seen->turns.wanted &&
            (highest == UINT8_MAX || seen->ttl > highest))
            highest = seen->ttl;
    }
    return highest;
}

/* Repeats flows through a node by packet at its own ttl. */
static void repeat_at(struct ht_plan *plan, uint16_t node)
{
    const struct ht_path_view *view = plan->view;
    uint8_t ttl = view->nodes[node].ttl;
    uint32_t lacking = ht_by_packet_lacking(view, node, plan->node_failure);
    if (lacking == 0 || is_given_up(plan, node, ttl))
        return;
    for (uint16_t flow = 0; flow < view->flow_count && lacking > 0; flow++) {
        struct ht_flow_cell cell = ht_flow_map_cell(plan->map, flow, ttl);
        if (cell.result != HT_CELL_ANSWERED || cell.awaited || cell.value + 1 != node)
            continue;
        if (!ht_plan_ask(plan, flow, ttl, false))
            return;
        lacking--;
    }
}

/* True if a node of this ttl was, or is being, repeated. */
static bool is_begun(const struct ht_path_view *view, uint8_t ttl)
{
    for (uint16_t node = 0; node < view->node_count; node++) {
        if (view->nodes[node].ttl == ttl && view->nodes[node].turns.expected > 0)
            return true;
    }
    return false;
}

void ht_plan_repetitions(struct ht_plan *plan)
{
    struct ht_path_view *view = plan->view;
    for (uint16_t node = view->node_count; node-- > 0;) {
        const struct ht_view_node *seen = &view->nodes[node];
        repeat_at(plan, node);
        if (!seen->packet && seen->successors > 1 && !is_begun(view, seen->ttl))
            (void)repeat_through(plan, node);
    }
}

void ht_plan_more_repetitions(struct ht_plan *plan)
{
    struct ht_path_view *view = plan->view;
    uint8_t highest = highest_unproven(plan);
    for (uint16_t node = 0; node < view->node_count; node++) {
        const struct ht_view_node *seen = &view->nodes[node];
        while (seen->ttl == highest && seen->turns.expected < seen->turns.wanted &&
               repeat_through(plan, node))
            continue;
    }
}
