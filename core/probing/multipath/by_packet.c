#include "probing/multipath/by_packet.h"

#include <math.h>

#include "base/assert.h"

/* ln(10^5). */
#define PROOF_OF_LINKS 11.512925464970229

#define LN2 0.6931471805599453

/* The probability that two flows through the node meet the same one at this ttl, by what is known.
 */
static double same_share(struct ht_path_view *view, uint16_t node, uint8_t ttl)
{
    uint32_t flows = 0;
    uint32_t pairs = 0;
    uint8_t own = view->nodes[node].ttl;
    view->mark++;
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        uint16_t position = ht_path_view_position(view, flow, ttl);
        if (!ht_is_node(position) || ht_path_view_place(view, flow, own) != node)
            continue;
        struct ht_view_node *met = &view->nodes[position];
        met->tally = met->mark == view->mark ? (uint16_t)(met->tally + 1) : 1;
        met->mark = view->mark;
        flows++;
        pairs += 2U * met->tally - 1;
    }
    return flows > 0 ? pairs / ((double)flows * flows) : 1;
}

/* True if a flow through the node varied at this ttl, behind its next one. */
static bool varies_behind(const struct ht_path_view *view, uint16_t node, uint8_t ttl)
{
    uint8_t own = view->nodes[node].ttl;
    for (uint16_t i = 0; i < view->map->repetition_count && ttl > own + 1; i++) {
        const struct ht_repetition *repetition = &view->map->repetitions[i];
        if (repetition->varied && repetition->ttl == ttl &&
            ht_path_view_place(view, repetition->flow, own) == node)
            return true;
    }
    return false;
}

double ht_by_packet_worth(struct ht_path_view *view, uint16_t node, uint8_t ttl)
{
    struct ht_node_turns *turns = &view->nodes[node].turns;
    HT_ASSERT(ttl > view->nodes[node].ttl);
    if (view->nodes[node].successors < 2)
        return 0;
    if (turns->ttl == ttl)
        return turns->worth;
    if (turns->ttl == 0 || turns->ttl > ttl) {
        turns->ttl = view->nodes[node].ttl;
        turns->share = 0;
    }
    while (turns->ttl < ttl && turns->share < 1) {
        turns->ttl++;
        double same =
            varies_behind(view, node, turns->ttl) ? 1 : same_share(view, node, turns->ttl);
        turns->share = same > turns->share ? same : turns->share;
    }
    turns->ttl = ttl;
    turns->worth = turns->share < 1 ? -log(turns->share) : 0;
    return turns->worth;
}

/* Repetitions of a flow at a ttl that found the same node, or are under way. */
static void credit(struct ht_path_view *view, uint16_t flow, uint8_t ttl, unsigned found)
{
    for (uint8_t before = 0; before < ttl; before++) {
        uint16_t node = ht_path_view_place(view, flow, before);
        if (!ht_is_node(node) || ht_path_view_blurred_by(view, flow, before) != HT_UNKNOWN)
            continue;
        double worth = ht_by_packet_worth(view, node, ttl);
        view->nodes[node].turns.expected += (float)(worth * found);
    }
}

/* True if all flows through the node, of those that are known there, meet one node at the second
 * ttl behind it: whichever next node their packets take. */
static bool meet_again(struct ht_path_view *view, uint16_t node)
{
    uint8_t ttl = view->nodes[node].ttl;
    return ttl + 2 <= view->last_ttl && same_share(view, node, (uint8_t)(ttl + 2)) >= 1;
}

/* True if a next node of this one has a second next node, one of which another next node has. */
static bool is_meshed(struct ht_path_view *view, uint16_t node)
{
    bool several = false;
    bool shared = false;
    view->mark++;
    for (uint32_t i = view->nodes[node].first_link; i != HT_NO_LINK; i = view->links[i].next) {
        const struct ht_view_node *next = &view->nodes[view->links[i].to];
        several |= next->successors > 1;
        for (uint32_t j = next->first_link; j != HT_NO_LINK; j = view->links[j].next) {
            struct ht_view_node *behind = &view->nodes[view->links[j].to];
            shared |= behind->mark == view->mark;
            behind->mark = view->mark;
        }
    }
    return several && shared;
}

static float wanted(struct ht_path_view *view, uint16_t node, double node_failure)
{
    const struct ht_view_node *candidate = &view->nodes[node];
    if (candidate->successors < 2 || candidate->packet || candidate->steady == 0)
        return 0;
    bool by_links = is_meshed(view, node) && !meet_again(view, node);
    return (float)(by_links ? PROOF_OF_LINKS : -log(node_failure));
}

void ht_by_packet_judge(struct ht_path_view *view, double node_failure)
{
    const struct ht_flow_map *map = view->map;
    for (uint16_t node = 0; node < view->node_count; node++)
        view->nodes[node].turns.wanted = wanted(view, node, node_failure);
    for (uint16_t i = 0; i < map->repetition_count; i++) {
        const struct ht_repetition *repetition = &map->repetitions[i];
        if (!repetition->varied)
            credit(view, repetition->flow, repetition->ttl, repetition->same);
    }
    for (uint8_t ttl = 1; ttl <= view->last_ttl; ttl++) {
        for (uint16_t flow = 0; flow < map->rows[ttl - 1].count; flow++) {
            struct ht_flow_cell cell = map->rows[ttl - 1].cells[flow];
            if (cell.awaited && cell.result == HT_CELL_ANSWERED)
                credit(view, flow, ttl, 1);
        }
    }
}

uint32_t ht_by_packet_lacking(const struct ht_path_view *view, uint16_t node, double node_failure)
{
    const struct ht_view_node *packet = &view->nodes[node];
    double lacking = -log(node_failure) / LN2;
    if (!packet->packet || packet->ttl == 0 || packet->kind != HT_NODE_ROUTER)
        return 0;
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        if (ht_path_view_position(view, flow, packet->ttl) != node)
            continue;
        const struct ht_repetition *repetition =
            ht_flow_map_repetition(view->map, flow, packet->ttl);
        lacking -= repetition != NULL ? repetition->same : 0;
        lacking -= ht_flow_map_cell(view->map, flow, packet->ttl).awaited;
    }
    return lacking > 0 ? (uint32_t)lacking + 1 : 0;
}
