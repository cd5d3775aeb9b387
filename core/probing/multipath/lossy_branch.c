#include "probing/multipath/lossy_branch.h"

#include <math.h>

#include "base/exact_test.h"
#include "base/scratch.h"

#define LEVEL     0.01
#define LEAST     4
#define STEPS_MAX 32

/* Of the flows that are not explained yet. */
struct search {
    struct ht_path_view *view;
    const struct ht_counts *counts;
    bool explained[HT_FLOWS_SEARCHED];
    struct ht_node_loss all;
    uint32_t sets; /* different sets of flows that nodes have */
};

static double log_likelihood(double lost, double sent)
{
    if (lost <= 0 || lost >= sent)
        return 0;
    return lost * log(lost / sent) + (sent - lost) * log(1 - lost / sent);
}

/* Different bits for each flow: the sum over a set tells it from others. */
static uint64_t mixed(uint16_t flow)
{
    uint64_t z = (flow + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 31);
}

static void enter(struct ht_node_loss *loss, const struct ht_counts *counts, uint16_t flow)
{
    loss->sent += counts->sent;
    loss->lost += counts->sent - counts->received;
    loss->set += mixed(flow);
}

/* Sums over the flows through each node. */
static void sum_up(struct search *search)
{
    struct ht_path_view *view = search->view;
    search->all = (struct ht_node_loss){0};
    for (uint32_t i = 0; i < view->node_count; i++) {
        bool lossy = view->losses[i].lossy;
        view->losses[i] = (struct ht_node_loss){.lossy = lossy};
    }
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        const struct ht_counts *counts = &search->counts[flow];
        if (search->explained[flow] || counts->sent == 0)
            continue;
        enter(&search->all, counts, flow);
        for (uint8_t ttl = 1; ttl <= view->last_ttl; ttl++) {
            uint16_t position = ht_path_view_position(view, flow, ttl);
            if (ht_is_node(position) && ht_path_view_blurred_by(view, flow, ttl) == HT_UNKNOWN)
                enter(&view->losses[position], counts, flow);
        }
    }
}

/* Different sets of flows that some nodes have, other than none and all. */
static uint32_t count_sets(const struct search *search)
{
    const struct ht_path_view *view = search->view;
    uint32_t sets = 0;
    for (uint32_t i = 1; i < view->node_count; i++) {
        uint64_t set = view->losses[i].set;
        bool is_first = set != 0 && set != search->all.set;
        for (uint32_t j = 1; j < i && is_first; j++)
            is_first = view->losses[j].set != set;
        sets += is_first;
    }
    return sets;
}

/* How much better two rates explain what is lost than one, as a logarithm; 0: not significantly. */
static double gain_of(const struct search *search, const struct ht_node_loss *loss)
{
    const struct ht_node_loss *all = &search->all;
    if (loss->lost < LEAST || loss->sent == all->sent ||
        !ht_loses_significantly(loss->lost, loss->sent, all->lost - loss->lost,
                                all->sent - loss->sent, LEVEL / search->sets))
        return 0;
    return log_likelihood(loss->lost, loss->sent) +
           log_likelihood(all->lost - loss->lost, all->sent - loss->sent) -
           log_likelihood(all->lost, all->sent);
}

/* The node that explains most, HT_UNKNOWN: none does. */
static uint16_t best_of(const struct search *search)
{
    const struct ht_path_view *view = search->view;
    uint16_t best = HT_UNKNOWN;
    double most = 0;
    for (uint16_t node = 1; node < view->node_count; node++) {
        double gain = gain_of(search, &view->losses[node]);
        if (gain > most) {
            most = gain;
            best = node;
        }
    }
    return best;
}

/* Marks the nodes that the same flows pass as lossy, and explains these flows; returns how many. */
static uint16_t explain(struct search *search, uint16_t node)
{
    struct ht_path_view *view = search->view;
    uint8_t ttl = view->nodes[node].ttl;
    uint64_t set = view->losses[node].set;
    uint16_t flows = 0;
    for (uint32_t i = 1; i < view->node_count; i++)
        view->losses[i].lossy |= view->losses[i].set == set;
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        if (search->explained[flow] || search->counts[flow].sent == 0 ||
            ht_path_view_position(view, flow, ttl) != node)
            continue;
        search->explained[flow] = true;
        flows++;
    }
    return flows;
}

/* The lossy node of the lowest ttl; `answers`: of those that do. HT_UNKNOWN: none. */
static uint16_t lowest(const struct ht_path_view *view, bool answers)
{
    uint16_t best = HT_UNKNOWN;
    for (uint16_t node = 1; node < view->node_count; node++) {
        if (view->losses[node].lossy && !(answers && view->nodes[node].kind == HT_NODE_SILENT) &&
            (best == HT_UNKNOWN || view->nodes[node].ttl < view->nodes[best].ttl))
            best = node;
    }
    return best;
}

/* The last node that answers, below this ttl, that all explained flows pass; or this host. */
static uint16_t last_common(const struct search *search, uint8_t below)
{
    const struct ht_path_view *view = search->view;
    for (uint8_t ttl = (uint8_t)(below - 1); ttl > 0; ttl--) {
        uint16_t common = HT_UNKNOWN;
        bool same = true;
        for (uint16_t flow = 0; flow < view->flow_count && same; flow++) {
            uint16_t place = ht_path_view_place(view, flow, ttl);
            if (!search->explained[flow])
                continue;
            same = ht_is_node(place) && (common == HT_UNKNOWN || place == common);
            common = place;
        }
        if (same && ht_is_node(common) && view->nodes[common].kind != HT_NODE_SILENT)
            return common;
    }
    return HT_HOST_NODE;
}

bool ht_lossy_branch_find(struct ht_path_view *view, const struct ht_counts *counts,
                          struct ht_lossy_branch *branch)
{
    struct search search = {.view = view, .counts = counts};
    *branch = (struct ht_lossy_branch){.node = HT_UNKNOWN, .after = HT_UNKNOWN};
    if (!ht_scratch_reserve((void **)&view->losses, sizeof *view->losses, &view->loss_capacity,
                            view->node_count))
        return false;
    for (uint32_t i = 0; i < view->node_count; i++)
        view->losses[i] = (struct ht_node_loss){0};
    sum_up(&search);
    search.sets = count_sets(&search);
    for (int i = 0; i < STEPS_MAX && search.sets > 0; i++) {
        uint16_t node = best_of(&search);
        if (node == HT_UNKNOWN)
            break;
        branch->flows = (uint16_t)(branch->flows + explain(&search, node));
        sum_up(&search);
    }
    uint16_t first = lowest(view, false);
    if (first != HT_UNKNOWN) {
        branch->node = lowest(view, true);
        branch->after = last_common(&search, view->nodes[first].ttl);
    }
    return true;
}
