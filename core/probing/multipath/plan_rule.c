/* What the stopping rule lacks. */
#include "probing/multipath/plan.h"
#include "probing/multipath/stopping_rule.h"

/* Flows whose node before is known, and leads to what is lacking with at least this share of the
 * probability of any flow, are as good as new ones: the shares are estimates. */
#define SHARE_AS_GOOD 0.5

static bool is_dead_end(const struct ht_plan *plan, const struct ht_view_node *node)
{
    return node->kind == HT_NODE_END || node->silent_row >= plan->settings->gap_limit ||
           node->ttl >= plan->settings->ttl_max;
}

/* The same of a node by packet: a further flow passes one next node, of which each is to be shown.
 */
static uint32_t wanted_by_packet(const struct ht_plan *plan, const struct ht_view_node *node)
{
    const struct ht_path_view *view = plan->view;
    uint32_t flows = ht_stopping_point_blurred(node->successors, plan->node_failure);
    uint32_t least = HT_BLURRED_LEAST;
    for (uint32_t i = node->first_link; i != HT_NO_LINK; i = view->links[i].next)
        least = view->links[i].flows < least ? view->links[i].flows : least;
    uint32_t more = node->counted + HT_BLURRED_LEAST - least;
    return flows > more ? flows : more;
}

/* Flows through a node that are to be known at the next ttl. */
static uint32_t wanted(const struct ht_plan *plan, const struct ht_view_node *node)
{
    uint32_t branches = node->successors > 0 ? node->successors : 1;
    uint32_t flows = ht_stopping_point(branches, plan->node_failure);
    uint32_t packets = node->packet ? wanted_by_packet(plan, node) : 0;
    return packets > flows ? packets : flows;
}

/* Asks `lacking` flows through the node at the next ttl; returns how many are lacking still. */
static uint32_t ask_through(struct ht_plan *plan, uint16_t node, uint32_t lacking)
{
    const struct ht_path_view *view = plan->view;
    uint8_t ttl = view->nodes[node].ttl;
    bool sole = view->sole[ttl] == node;
    uint16_t end = sole ? plan->settings->flows_max : plan->view->flow_count;
    for (uint16_t flow = 0; flow < end && lacking > 0; flow++) {
        bool known = flow < plan->view->flow_count;
        if (known && (ht_path_view_place(view, flow, ttl) != node ||
                      ht_path_view_blurred_by(view, flow, ttl) != HT_UNKNOWN))
            continue;
        if ((!sole && ht_flow_map_cell(plan->map, flow, ttl).chosen) ||
            !ht_path_view_is_free(view, flow, (uint8_t)(ttl + 1)))
            continue;
        if (!ht_plan_ask(plan, flow, (uint8_t)(ttl + 1), false))
            break;
        lacking--;
    }
    return lacking;
}

/* Share of a node's flows, or of all (HT_UNKNOWN), that meet a node that lacks flows at this ttl.
 */
static double share_lacking(const struct ht_path_view *view, uint16_t before, uint8_t ttl)
{
    double all = 0;
    double lacking = 0;
    if (before != HT_UNKNOWN) {
        for (uint32_t i = view->nodes[before].first_link; i != HT_NO_LINK;
             i = view->links[i].next) {
            all += view->links[i].flows;
            lacking += view->nodes[view->links[i].to].lacking > 0 ? view->links[i].flows : 0;
        }
    } else {
        for (uint16_t node = 1; node < view->node_count; node++) {
            if (view->nodes[node].ttl != ttl)
                continue;
            all += view->nodes[node].steady;
            lacking += view->nodes[node].lacking > 0 ? view->nodes[node].steady : 0;
        }
    }
    return all > 0 ? lacking / all : 0;
}

/* The node whose blur is not over at this ttl; HT_UNKNOWN: there is none. */
static uint16_t blur_at(const struct ht_path_view *view, uint8_t ttl)
{
    for (uint32_t i = 0; i < view->blur_count; i++) {
        if (view->blurs[i].ttl == ttl && !view->blurs[i].over)
            return view->blurs[i].node;
    }
    return HT_UNKNOWN;
}

/* True if the flow may be asked at this ttl, and its node before leads to what is lacking with a
 * probability of more than `least`; one whose node before is unknown has the probability `any`. */
static bool is_candidate(const struct ht_path_view *view, uint16_t flow, uint8_t ttl, double any,
                         double least)
{
    if (!ht_path_view_is_free(view, flow, ttl))
        return false;
    if (flow >= view->flow_count)
        return any > least && blur_at(view, ttl) == HT_UNKNOWN;
    if (ht_path_view_position(view, flow, ttl) != HT_UNKNOWN ||
        ht_path_view_blurred_by(view, flow, ttl) != HT_UNKNOWN)
        return false;
    uint16_t before = ht_path_view_position(view, flow, (uint8_t)(ttl - 1));
    return (ht_is_node(before) ? share_lacking(view, before, ttl) : any) > least;
}

/* Asks `count` flows at this ttl; returns how many there were not. */
static uint32_t ask_flows(struct ht_plan *plan, uint8_t ttl, uint32_t count)
{
    const struct ht_path_view *view = plan->view;
    double any = share_lacking(view, HT_UNKNOWN, ttl);
    const double least[] = {any, any * SHARE_AS_GOOD};
    for (size_t i = 0; i < 2; i++) {
        for (uint16_t flow = 0; flow < plan->settings->flows_max && count > 0; flow++) {
            if (!is_candidate(plan->view, flow, ttl, any, least[i]))
                continue;
            if (!ht_plan_ask(plan, flow, ttl, false))
                return 0;
            count--;
        }
    }
    return count;
}

/* Flows under way at a ttl that will count. */
static uint32_t coming_at(const struct ht_plan *plan, uint8_t ttl)
{
    uint32_t coming = 0;
    for (uint16_t flow = 0; flow < plan->map->rows[ttl - 1].count; flow++)
        coming += !plan->map->rows[ttl - 1].cells[flow].chosen &&
                  ht_path_view_is_coming(plan->view, flow, ttl);
    return coming;
}

/* Asks up to `count` flows, where the node takes turns, whether they pass it: its blur hides those
 * that do not. False: there are no more flows. */
static bool ask_whether_blurred(struct ht_plan *plan, uint16_t node, uint32_t count)
{
    uint8_t ttl = plan->view->nodes[node].ttl;
    uint32_t coming = coming_at(plan, ttl);
    for (uint16_t flow = 0; flow < plan->settings->flows_max && coming < count; flow++) {
        if (!ht_path_view_is_free(plan->view, flow, ttl) ||
            ht_path_view_place(plan->view, flow, ttl) != HT_UNKNOWN)
            continue;
        if (!ht_plan_ask(plan, flow, ttl, false))
            return true;
        coming++;
    }
    return coming > 0;
}

/* Asks `count` flows at this ttl. */
static void ask_at(struct ht_plan *plan, uint8_t ttl, uint32_t count)
{
    uint16_t blur = blur_at(plan->view, ttl);
    uint32_t left = ask_flows(plan, ttl, count);
    if (left > 0 &&
        (blur == HT_UNKNOWN || blur == HT_HOST_NODE || !ask_whether_blurred(plan, blur, left)))
        plan->unproven |= HT_UNPROVEN_FLOWS;
}

/* Asks what a node lacks; returns what flows through it cannot give. */
static uint32_t plan_node(struct ht_plan *plan, uint16_t index)
{
    struct ht_view_node *node = &plan->view->nodes[index];
    node->lacking = 0;
    if (is_dead_end(plan, node)) {
        if (node->kind != HT_NODE_END)
            plan->unproven |= node->silent_row > 0 ? HT_UNPROVEN_SILENCE : HT_UNPROVEN_TTL;
        return 0;
    }
    uint32_t have = node->counted + (uint32_t)node->coming;
    uint32_t flows = wanted(plan, node);
    if (have >= flows)
        return 0;
    uint32_t lacking = ask_through(plan, index, flows - have);
    if (lacking == 0 || ht_plan_is_full(plan))
        return 0;
    if (!node->answered_behind) {
        plan->unproven |= HT_UNPROVEN_SILENCE;
        return 0;
    }
    node->lacking = (uint16_t)lacking;
    return lacking;
}

void ht_plan_rule(struct ht_plan *plan, uint8_t ttl)
{
    const struct ht_path_view *view = plan->view;
    uint32_t lacking = 0;
    uint16_t sole = view->sole[ttl];
    for (uint16_t node = 0; node < view->node_count; node++) {
        if (view->nodes[node].ttl == ttl && (node == HT_HOST_NODE || view->nodes[node].steady > 0))
            lacking += plan_node(plan, node);
    }
    if (lacking == 0)
        return;
    if (sole != HT_UNKNOWN) {
        plan->unproven |= HT_UNPROVEN_FLOWS;
        return;
    }
    uint32_t ahead = ht_plan_ahead(view, ttl);
    uint32_t flows = ahead > lacking ? ahead : lacking;
    uint32_t coming = coming_at(plan, ttl);
    if (flows > coming)
        ask_at(plan, ttl, flows - coming);
}

/* True if the flow, at a ttl where it is blurred by this node, may go on to the next one. */
static bool goes_on(const struct ht_path_view *view, uint16_t flow, const struct ht_blur *blur)
{
    uint16_t position = ht_path_view_position(view, flow, blur->ttl);
    return ht_path_view_place(view, flow, view->nodes[blur->node].ttl) == blur->node &&
           position != HT_BEYOND &&
           !(ht_is_node(position) && view->nodes[position].kind == HT_NODE_END);
}

/* True if a node at this ttl is hidden. */
static bool hides(const struct ht_path_view *view, uint8_t ttl)
{
    for (uint16_t node = 1; node < view->node_count; node++) {
        if (view->nodes[node].ttl == ttl && view->nodes[node].hidden)
            return true;
    }
    return false;
}

/* Packets through the node that are to be known at the ttl after the one of `blur`: where all meet,
 * those that were known before. */
static uint32_t wanted_blurred(struct ht_plan *plan, const struct ht_blur *blur,
                               const struct ht_blur *next)
{
    uint32_t nodes = next != NULL && next->nodes > 0 ? next->nodes : 1;
    uint32_t branches = blur->nodes > 0 ? blur->nodes : 1;
    bool meet = next != NULL && next->over;
    if ((nodes > 1 && branches > 1) || (meet && hides(plan->view, blur->ttl)))
        plan->unproven |= HT_UNPROVEN_PACKETS;
    if (nodes > 1)
        return ht_stopping_point(nodes, plan->node_failure);
    uint32_t flows = ht_stopping_point_blurred(branches, plan->node_failure);
    return meet && blur->known > flows ? blur->known : flows;
}

/* Asks the flows through a node by packet at the ttl after the one of `blur`; `next`: what is known
 * there, or NULL. */
static void plan_blur(struct ht_plan *plan, const struct ht_blur *blur, const struct ht_blur *next)
{
    const struct ht_path_view *view = plan->view;
    uint8_t ttl = (uint8_t)(blur->ttl + 1);
    uint32_t flows = wanted_blurred(plan, blur, next);
    uint32_t have = next != NULL ? next->known + (uint32_t)next->coming : 0;
    for (uint16_t flow = 0; flow < view->flow_count && have < flows; flow++) {
        if (!goes_on(view, flow, blur) || !ht_path_view_is_free(view, flow, ttl))
            continue;
        if (!ht_plan_ask(plan, flow, ttl, false))
            return;
        have++;
    }
}

/* The same node's blur at the next ttl, or NULL. */
static const struct ht_blur *next_of(const struct ht_path_view *view, const struct ht_blur *blur)
{
    for (uint32_t i = 0; i < view->blur_count; i++) {
        if (view->blurs[i].node == blur->node && view->blurs[i].ttl == blur->ttl + 1)
            return &view->blurs[i];
    }
    return NULL;
}

void ht_plan_blurs(struct ht_plan *plan, uint8_t ttl)
{
    const struct ht_path_view *view = plan->view;
    for (uint32_t i = 0; i < view->blur_count; i++) {
        const struct ht_blur *blur = &view->blurs[i];
        if (blur->ttl == ttl && !blur->over && ttl < plan->settings->ttl_max)
            plan_blur(plan, blur, next_of(view, blur));
    }
}
