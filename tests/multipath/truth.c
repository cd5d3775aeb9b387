#include "truth.h"

#include <string.h>

#include "probing/multipath/stopping_rule.h"

void truth_of(const struct net *net, struct truth *truth)
{
    memset(truth, 0, sizeof *truth);
    truth->nodes[0][0] = true;
    for (uint8_t ttl = 0; ttl + 1 < TRUTH_TTL_MAX; ttl++) {
        for (uint8_t node = 0; node < net->count; node++) {
            for (uint8_t i = 0; truth->nodes[ttl][node] && i < net->nodes[node].next_count; i++) {
                uint8_t next = net->nodes[node].next[i];
                truth->nodes[ttl + 1][next] = true;
                truth->links[ttl][node][next] = true;
                truth->last_ttl = (uint8_t)(ttl + 1);
            }
        }
    }
}

/* The network's node that a node of the view is; NET_LOST: a silent one. */
static uint8_t node_of(const struct ht_path_view *view, uint16_t index)
{
    if (index == HT_HOST_NODE)
        return 0;
    const struct ht_map_node *node = &view->map->nodes[index - 1];
    return node->kind == HT_NODE_SILENT ? NET_LOST : net_node_of(&node->address);
}

/* True if `node`, or a silent one for NET_LOST, may stand for `real`. */
static bool stands_for(const struct net *net, uint8_t node, uint8_t real)
{
    return node == NET_LOST ? net->nodes[real].silent : node == real;
}

static bool node_is_true(const struct net *net, const struct truth *truth, uint8_t ttl,
                         uint8_t node)
{
    for (uint8_t real = 0; real < net->count; real++) {
        if (truth->nodes[ttl][real] && stands_for(net, node, real))
            return true;
    }
    return false;
}

static bool link_is_true(const struct net *net, const struct truth *truth, uint8_t ttl,
                         uint8_t from, uint8_t to)
{
    for (uint8_t a = 0; a < net->count; a++) {
        for (uint8_t b = 0; b < net->count; b++) {
            if (truth->links[ttl][a][b] && stands_for(net, from, a) && stands_for(net, to, b))
                return true;
        }
    }
    return false;
}

void truth_see_node(const struct net *net, const struct truth *truth, uint8_t ttl, uint8_t node,
                    struct truth *seen, struct found *found)
{
    found->false_nodes += !node_is_true(net, truth, ttl, node);
    if (node != NET_LOST)
        seen->nodes[ttl][node] = true;
}

void truth_see_link(const struct net *net, const struct truth *truth, uint8_t ttl, uint8_t from,
                    uint8_t to, struct truth *seen, struct found *found)
{
    found->false_links += !link_is_true(net, truth, ttl, from, to);
    if (from != NET_LOST && to != NET_LOST)
        seen->links[ttl][from][to] = true;
}

static unsigned missed_links(const struct net *net, const struct truth *truth,
                             const struct truth *seen, uint8_t ttl)
{
    unsigned missed = 0;
    for (uint8_t a = 0; a < net->count; a++) {
        for (uint8_t b = 0; b < net->count && !net->nodes[a].silent; b++)
            missed += truth->links[ttl][a][b] && !net->nodes[b].silent && !seen->links[ttl][a][b];
    }
    return missed;
}

void truth_count_missed(const struct net *net, const struct truth *truth, uint8_t first_ttl,
                        const struct truth *seen, struct found *found)
{
    for (uint8_t ttl = 1; ttl <= truth->last_ttl; ttl++) {
        for (uint8_t node = 0; node < net->count; node++)
            found->missed_nodes +=
                truth->nodes[ttl][node] && !net->nodes[node].silent && !seen->nodes[ttl][node];
    }
    for (uint8_t ttl = first_ttl; ttl < truth->last_ttl; ttl++)
        found->missed_links += missed_links(net, truth, seen, ttl);
}

struct found truth_compare(const struct net *net, const struct truth *truth,
                           const struct ht_path_view *view)
{
    static struct truth seen;
    struct found found = {0};
    memset(&seen, 0, sizeof seen);
    for (uint16_t i = 1; i < view->node_count; i++) {
        if (view->nodes[i].flows > 0)
            truth_see_node(net, truth, view->nodes[i].ttl, node_of(view, i), &seen, &found);
    }
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct ht_path_link *link = &view->links[i];
        if (link->shown > 0)
            truth_see_link(net, truth, view->nodes[link->from].ttl, node_of(view, link->from),
                           node_of(view, link->to), &seen, &found);
    }
    truth_count_missed(net, truth, 0, &seen, &found);
    return found;
}

static unsigned nodes_at(const struct net *net, const struct truth *truth, uint8_t ttl)
{
    unsigned count = 0;
    for (uint8_t node = 0; node < net->count; node++)
        count += truth->nodes[ttl][node];
    return count;
}

/* Flows that it takes until each node has those that it needs. */
static unsigned flows_drawn(const struct net *net, const unsigned *needs, uint8_t ttl,
                            uint64_t seed)
{
    unsigned passed[NET_NODES_MAX] = {0};
    uint64_t chance = seed;
    for (uint16_t flow = 0;; flow++) {
        bool enough = true;
        for (uint8_t node = 0; node < net->count; node++)
            enough = enough && passed[node] >= needs[node];
        if (enough)
            return flow;
        passed[net_walk(net, seed, &chance, flow, ttl)]++;
    }
}

unsigned truth_seen(const struct net *net, const struct truth *truth)
{
    unsigned seen = 0;
    for (uint8_t ttl = 0; ttl <= truth->last_ttl; ttl++) {
        for (uint8_t node = 0; node < net->count; node++)
            seen += truth->nodes[ttl][node] && !net->nodes[node].end;
    }
    return seen;
}

unsigned truth_fewest(const struct net *net, const struct truth *truth, double failure,
                      uint64_t seed)
{
    unsigned all = 0;
    unsigned before = 0;
    unsigned seen = truth_seen(net, truth);
    for (uint8_t ttl = 0; ttl <= truth->last_ttl; ttl++) {
        unsigned needs[NET_NODES_MAX] = {0};
        unsigned sum = 0;
        for (uint8_t node = 0; node < net->count; node++) {
            if (truth->nodes[ttl][node] && net->nodes[node].next_count > 0)
                needs[node] = ht_stopping_point(net->nodes[node].next_count,
                                                ht_failure_of_node(failure, seen));
            sum += needs[node];
        }
        unsigned here = before;
        bool sole = nodes_at(net, truth, ttl) == 1;
        unsigned drawn = sole || seed == 0 ? sum : flows_drawn(net, needs, ttl, seed);
        if (!sole && drawn > here)
            here = drawn;
        all += here;
        before = sum;
    }
    return all;
}
