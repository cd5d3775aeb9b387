#include "topologies.h"

/* A node behind one other. */
static uint8_t hop(struct net *net, uint8_t from)
{
    return net_add(net, &from, 1);
}

static void end(struct net *net, const uint8_t *from, uint8_t count)
{
    net->nodes[net_add(net, from, count)].end = true;
}

/* This host, a router, `width` lanes, a router, the destination. */
static void lanes(struct net *net, uint8_t width)
{
    uint8_t to[NET_NEXT_MAX];
    uint8_t first = hop(net, 0);
    net_widen(net, &first, 1, to, width);
    uint8_t last = net_add(net, to, width);
    end(net, &last, 1);
}

static void plain(struct net *net)
{
    uint8_t at = 0;
    for (int i = 0; i < 14; i++)
        at = hop(net, at);
    end(net, &at, 1);
}

static void two_lanes(struct net *net)
{
    lanes(net, 2);
}

static void diamond(struct net *net)
{
    lanes(net, 4);
}

static void wide(struct net *net)
{
    lanes(net, 16);
}

static void weighted(struct net *net)
{
    lanes(net, 2);
    net->nodes[1].weights[0] = 9;
}

/* A balancer behind each branch of a balancer. */
static void nested(struct net *net)
{
    uint8_t upper[2];
    uint8_t lower[4];
    uint8_t first = hop(net, 0);
    net_widen(net, &first, 1, upper, 2);
    net_widen(net, &upper[0], 1, lower, 2);
    net_widen(net, &upper[1], 1, lower + 2, 2);
    uint8_t last = net_add(net, lower, 4);
    end(net, &last, 1);
}

static void mesh_of(struct net *net, uint8_t hops, uint8_t width)
{
    uint8_t rows[2][NET_NEXT_MAX];
    uint8_t host = 0;
    net_widen(net, &host, 1, rows[0], width);
    for (uint8_t i = 1; i < hops; i++)
        net_widen(net, rows[(i + 1) % 2], width, rows[i % 2], width);
    end(net, rows[(hops + 1) % 2], width);
}

static void mesh(struct net *net)
{
    mesh_of(net, 9, 4);
}

static void small_mesh(struct net *net)
{
    mesh_of(net, 2, 2);
}

/* Branches of one, two and three nodes. */
static void unequal(struct net *net)
{
    uint8_t branches[3];
    uint8_t first = hop(net, 0);
    net_widen(net, &first, 1, branches, 3);
    branches[1] = hop(net, branches[1]);
    branches[2] = hop(net, hop(net, branches[2]));
    uint8_t last = net_add(net, branches, 3);
    end(net, &last, 1);
}

static void by_packet(struct net *net)
{
    lanes(net, 4);
    net->nodes[1].packet = true;
}

/* By packet, and branches that do not meet at once; then a diamond by flow. */
static void by_packet_long(struct net *net)
{
    uint8_t branches[2];
    uint8_t to[4];
    uint8_t first = hop(net, 0);
    net_widen(net, &first, 1, branches, 2);
    branches[0] = hop(net, branches[0]);
    branches[1] = hop(net, branches[1]);
    uint8_t meet = net_add(net, branches, 2);
    net_widen(net, &meet, 1, to, 4);
    uint8_t last = net_add(net, to, 4);
    end(net, &last, 1);
    net->nodes[first].packet = true;
}

static void two_diamonds(struct net *net)
{
    uint8_t to[4];
    uint8_t at = hop(net, 0);
    for (int i = 0; i < 2; i++) {
        net_widen(net, &at, 1, to, 4);
        at = net_add(net, to, 4);
    }
    end(net, &at, 1);
}

/* A diamond whose second branch has a silent router between two that answer. */
static void silent_branch(struct net *net)
{
    uint8_t branches[3];
    uint8_t first = hop(net, 0);
    net_widen(net, &first, 1, branches, 3);
    for (int i = 0; i < 3; i++) {
        branches[i] = hop(net, branches[i]);
        net->nodes[branches[i]].silent = i == 1;
        branches[i] = hop(net, branches[i]);
    }
    uint8_t last = net_add(net, branches, 3);
    end(net, &last, 1);
}

/* Loss, a router that limits its answers, and four last hops. */
static void troubled(struct net *net)
{
    uint8_t to[4];
    uint8_t at = hop(net, hop(net, 0));
    net->nodes[at].limited = true;
    net_widen(net, &at, 1, to, 4);
    net->nodes[to[2]].limited = true;
    end(net, to, 4);
    net->loss = 0.02;
}

/* Nothing answers behind the third router. */
static void silent_end(struct net *net)
{
    uint8_t at = 0;
    for (int i = 0; i < 12; i++) {
        at = hop(net, at);
        net->nodes[at].silent = i > 2;
    }
}

/* Repetitions are not among the fewest probes; nor what silence, a limit and packets by turns take.
 */
const struct topology topologies[] = {
    {.name = "plain, 14 routers", .build = plain},
    {.name = "2 lanes", .build = two_lanes, .lanes = 2, .weight = 1},
    {.name = "simple diamond, 4", .build = diamond, .lanes = 4, .weight = 1, .crowd = true},
    {.name = "wide, 16", .build = wide},
    {.name = "9:1", .build = weighted, .lanes = 2, .weight = 9, .uneven = true},
    {.name = "nested, 2 x 2", .build = nested},
    {.name = "small mesh, 2 of 2", .build = small_mesh, .most = 1.25},
    {.name = "mesh, 9 of 4", .build = mesh},
    {.name = "unequal lengths", .build = unequal},
    {.name = "by packet, 4", .build = by_packet, .most = 1.5},
    {.name = "by packet, longer", .build = by_packet_long, .most = 1.6, .blurred = true},
    {.name = "two diamonds", .build = two_diamonds},
    {.name = "silent in a branch", .build = silent_branch},
    {.name = "loss and limits", .build = troubled, .most = 1.5},
    {.name = "silent end", .build = silent_end, .most = 1.4, .silent_ends = true},
};

const size_t topology_count = sizeof topologies / sizeof topologies[0];

struct net topology_net(const struct topology *topology)
{
    struct net net = {.count = 1};
    topology->build(&net);
    return net;
}
