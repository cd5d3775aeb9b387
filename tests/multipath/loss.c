/* Whether the bad branch is named: the flows' losses are drawn, the graph is what they pass. */
#include <stdio.h>

#include "multipath.h"
#include "network.h"
#include "probing/multipath/lossy_branch.h"
#include "probing/multipath/multipath.h"
#include "random.h"

#define FULL_RUNS 1000
#define TTLS      12
#define NO_NODE   255

/* When the graph was seen: before the loss; with the bad router answering and all behind it silent;
 * with the bad router silent as well. */
enum when { BEFORE, BEHIND_SILENT, ALL_SILENT };

struct loss_case {
    const char *name;
    void (*build)(struct net *net);
    uint16_t flows;
    uint32_t sent; /* by each flow */
    uint8_t bad;   /* node whose flows lose; NO_NODE: none */
    double loss;   /* there */
    double common; /* of all flows */
    enum when when;
    uint8_t node; /* to be named; NO_NODE: none */
    uint8_t after;
};

/* This host, a router, `width` branches of two nodes each (2.., then as many), a router, the end.
 */
static void branches(struct net *net, uint8_t width)
{
    uint8_t first[NET_NEXT_MAX];
    uint8_t second[NET_NEXT_MAX];
    uint8_t host = 0;
    uint8_t router = net_add(net, &host, 1);
    net_widen(net, &router, 1, first, width);
    for (uint8_t i = 0; i < width; i++)
        second[i] = net_add(net, &first[i], 1);
    uint8_t last = net_add(net, second, width);
    net->nodes[net_add(net, &last, 1)].end = true;
}

static void four(struct net *net)
{
    branches(net, 4);
}

static void eight(struct net *net)
{
    branches(net, 8);
}

/* Two branches (2, 3) that part in two again (4, 5 and 6, 7). */
static void nested(struct net *net)
{
    uint8_t host = 0;
    uint8_t upper[2];
    uint8_t lower[4];
    uint8_t router = net_add(net, &host, 1);
    net_widen(net, &router, 1, upper, 2);
    net_widen(net, &upper[0], 1, lower, 2);
    net_widen(net, &upper[1], 1, lower + 2, 2);
    net->nodes[net_add(net, lower, 4)].end = true;
}

/* Five hops of 4: 1 to 4, 5 to 8, ... */
static void mesh(struct net *net)
{
    uint8_t rows[2][4];
    uint8_t host = 0;
    net_widen(net, &host, 1, rows[0], 4);
    for (int i = 1; i < 5; i++)
        net_widen(net, rows[(i + 1) % 2], 4, rows[i % 2], 4);
    net->nodes[net_add(net, rows[0], 4)].end = true;
}

static const struct loss_case cases[] = {
    {"1 of 4 dead, 32 flows, 3 probes", four, 32, 3, 3, 1, 0, BEFORE, 3, 1},
    {"the same, seen while dead", four, 32, 3, 3, 1, 0, BEHIND_SILENT, 3, 1},
    {"first router dead as well", four, 32, 3, 3, 1, 0, ALL_SILENT, NO_NODE, 1},
    {"1 of 4 dead, 32 flows, 20 x 3", four, 32, 60, 3, 1, 0.01, BEFORE, 3, 1},
    {"10 % in 1 of 8, 64 flows, 20 x 1", eight, 64, 20, 5, 0.1, 0, BEFORE, 5, 1},
    {"10 % in 1 of 8, 64 flows, 20 x 3", eight, 64, 60, 5, 0.1, 0, BEFORE, 5, 1},
    {"the same, 1 % everywhere", eight, 64, 60, 5, 0.1, 0.01, BEFORE, 5, 1},
    {"nested, a lower branch dead", nested, 32, 60, 6, 1, 0, BEFORE, 6, 3},
    {"nested, an upper branch 20 %", nested, 32, 60, 3, 0.2, 0, BEFORE, 3, 1},
    {"mesh, a node dead, 64 flows", mesh, 64, 60, 10, 1, 0, BEFORE, 10, 0},
    {"mesh, a node 20 %, 64 flows", mesh, 64, 60, 10, 0.2, 0.01, BEFORE, 10, 0},
    {"no loss, 8 branches", eight, 64, 60, NO_NODE, 0, 0, BEFORE, NO_NODE, NO_NODE},
    {"2 % everywhere, 8 branches", eight, 64, 60, NO_NODE, 0, 0.02, BEFORE, NO_NODE, NO_NODE},
    {"10 % everywhere, mesh", mesh, 64, 60, NO_NODE, 0, 0.1, BEFORE, NO_NODE, NO_NODE},
};

/* What a flow shows at a ttl. */
static void show(const struct loss_case *test, const struct net *net, uint64_t seed,
                 struct ht_multipath_probe probe, bool bad_before, struct ht_flow_map *map)
{
    uint64_t chance = seed;
    uint8_t node = net_walk(net, seed, &chance, probe.flow, probe.ttl);
    struct ht_address address = net_address(node);
    bool silent =
        (test->when != BEFORE && bad_before) || (test->when == ALL_SILENT && node == test->bad);
    if (!silent) {
        ht_multipath_take(map, probe,
                          net->nodes[node].end ? HT_MULTIPATH_ENDED : HT_MULTIPATH_ANSWERED,
                          &address);
        return;
    }
    for (int i = 0; i < 5; i++)
        ht_multipath_take(map, probe, HT_MULTIPATH_SILENT, NULL);
}

/* Shows all of a flow; true if it passes the bad node. */
static bool show_flow(const struct loss_case *test, const struct net *net, uint64_t seed,
                      uint16_t flow, struct ht_flow_map *map)
{
    bool bad = false;
    for (uint8_t ttl = 1; ttl < TTLS; ttl++) {
        struct ht_multipath_probe probe = {.flow = flow, .ttl = ttl};
        uint64_t chance = seed;
        uint8_t node = net_walk(net, seed, &chance, flow, ttl);
        show(test, net, seed, probe, bad, map);
        bad |= node == test->bad;
        if (net->nodes[node].end)
            break;
    }
    return bad;
}

static uint8_t number_of(const struct ht_path_view *view, uint16_t node)
{
    if (node == HT_UNKNOWN)
        return NO_NODE;
    return node == HT_HOST_NODE ? 0 : net_node_of(&view->map->nodes[node - 1].address);
}

struct verdict {
    bool right;
    bool named; /* something */
};

static struct verdict play(const struct loss_case *test, const struct net *net, uint64_t seed,
                           struct ht_path_view *view)
{
    struct ht_counts counts[HT_FLOWS_SEARCHED];
    struct ht_flow_map map = {0};
    struct ht_lossy_branch branch;
    uint64_t chance = seed + 1;
    uint16_t bad = 0;
    for (uint16_t flow = 0; flow < test->flows; flow++) {
        bool passes = show_flow(test, net, seed, flow, &map);
        double loss = 1 - (1 - test->common) * (passes ? 1 - test->loss : 1);
        counts[flow] =
            (struct ht_counts){test->sent, test->sent - random_count(&chance, test->sent, loss)};
        bad = (uint16_t)(bad + passes);
    }
    (void)ht_path_view_build(view, &map);
    (void)ht_lossy_branch_find(view, counts, &branch);
    struct verdict verdict = {.right = number_of(view, branch.node) == test->node &&
                                       number_of(view, branch.after) == test->after &&
                                       branch.flows == bad,
                              .named = branch.flows > 0};
    ht_flow_map_fini(&map);
    return verdict;
}

static bool check(const struct loss_case *test, unsigned runs, struct ht_path_view *view)
{
    struct net net = {.count = 1};
    unsigned right = 0;
    unsigned wrong = 0;
    test->build(&net);
    for (unsigned i = 0; i < runs; i++) {
        uint64_t seed = i + 77;
        struct verdict verdict = play(test, &net, random_bits(&seed), view);
        right += verdict.right;
        wrong += verdict.named && !verdict.right;
    }
    (void)printf("%-34s %5u runs, right %.4f, wrong %.4f\n", test->name, runs, right / (double)runs,
                 wrong / (double)runs);
    bool good =
        must(right >= 0.99 * runs - 1, "%s: only %u of %u are right", test->name, right, runs);
    return must(wrong <= 0.01 * runs + 1, "%s: %u of %u are wrong", test->name, wrong, runs) &&
           good;
}

bool check_loss(double scale, const char *only)
{
    struct ht_path_view view = {0};
    bool good = true;
    (void)only;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        good &= check(&cases[i], (unsigned)(FULL_RUNS * scale) + 1, &view);
    ht_path_view_fini(&view);
    return good;
}
