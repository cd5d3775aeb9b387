#include "generate.h"

#include "bytes.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>

/* What a decision is about; mixed with seed and router, so that each has its own luck. */
enum purpose { LUCK_SILENT = 1, LUCK_RTT, LUCK_LENGTH, LUCK_MPLS, LUCK_DESTINATION };

#define DEPTHS 64

/* The tree while it is built. Level d has width[d] places and place p of it stands
 * below place p / branches of level d - 1. Hops of a family are made on first use. */
struct tree {
    const struct plan *plan;
    struct topology *topology;
    uint64_t family; /* 4 or 6 */
    uint32_t width[DEPTHS];
    uint32_t *hop[DEPTHS]; /* per place: index into the hops, or NO_INDEX */
    uint32_t routers;      /* made so far, for their addresses */
    uint32_t plain, silent, mpls, destination, mute;
    uint32_t endpoint;
};

static double luck(const struct tree *tree, enum purpose purpose, unsigned depth, uint32_t place)
{
    uint64_t who =
        mix64((uint64_t)place << 16 | (uint64_t)depth << 8 | tree->family << 4 | purpose);

    return unit_interval(mix64(tree->plan->seed ^ who));
}

static uint64_t power(uint64_t base, unsigned exponent, uint64_t limit)
{
    uint64_t result = 1;

    while (exponent-- && result < limit)
        result *= base;
    return result;
}

/* Widths 1, 1, b, b^2, ... with b such that one level before the shortest path ends
 * each target has routers of its own. */
static void set_widths(struct tree *tree)
{
    uint32_t targets = tree->plan->targets;
    unsigned levels = tree->plan->hops_low > 4 ? tree->plan->hops_low - 3 : 1;
    uint64_t branches = 2, width = 1;

    while (power(branches, levels, targets) < targets)
        branches++;
    tree->width[0] = tree->width[1] = 1;
    for (unsigned depth = 2; depth < DEPTHS; depth++) {
        if (width < targets)
            width *= branches;
        tree->width[depth] = (uint32_t)width;
    }
}

/* Place of a target at a depth. The number of leaf places is a power of the branching
 * factor, so dividing by whole factors keeps brothers together: it stays a tree. */
static uint32_t place_of(const struct tree *tree, unsigned depth, uint32_t target)
{
    return target / (tree->width[DEPTHS - 1] / tree->width[depth]);
}

static struct address router_address(const struct tree *tree, uint32_t number)
{
    struct address address;
    uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff};

    if (tree->family == 4) {
        if (number == 0 && address_parse(&address, GATEWAY_IPV4))
            return address;
        return address_ipv4(0x0a800000u + number); /* 10.128.0.0/9 */
    }
    if (number == 0 && address_parse(&address, GATEWAY_IPV6))
        return address;
    put32(bytes + 6, number);
    bytes[15] = 1;
    return address_from_ipv6(bytes);
}

static struct address target_address(const struct tree *tree, uint32_t number)
{
    uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01};

    if (tree->family == 4) /* 100.64.0.0/10, without .0 and .255 */
        return address_ipv4(0x64400000u + number / 254 * 256 + number % 254 + 1);
    put32(bytes + 6, number);
    bytes[15] = 1;
    return address_from_ipv6(bytes);
}

static int64_t step_ns(const struct tree *tree, unsigned depth, uint32_t place)
{
    double low = tree->plan->hop_rtt_low_ms, high = tree->plan->hop_rtt_high_ms;

    return (int64_t)((low + (high - low) * luck(tree, LUCK_RTT, depth, place)) *
                     NANOSECONDS_PER_MS);
}

static uint32_t router_behaviour(const struct tree *tree, unsigned depth, uint32_t place)
{
    if (depth > 1 && luck(tree, LUCK_SILENT, depth, place) * 100 < tree->plan->silent_percent)
        return tree->silent;
    if (depth > 1 && luck(tree, LUCK_MPLS, depth, place) * 100 < tree->plan->mpls_percent)
        return tree->mpls;
    return tree->plain;
}

static uint32_t add_hop(struct tree *tree, const struct address *address, uint32_t behaviour,
                        int64_t rtt_ns, uint32_t *router)
{
    struct topology *topology = tree->topology;
    struct hop hop = {.first = topology->hop_routers.count,
                      .count = 1,
                      .behaviour = (uint16_t)behaviour,
                      .rtt_ns = rtt_ns};

    *router = topology_router(topology, address);
    if (*router == NO_INDEX || !topology_hop_router(topology, *router))
        return NO_INDEX;
    return topology_hop(topology, &hop);
}

static int64_t hop_rtt(const struct tree *tree, uint32_t hop)
{
    return hop == NO_INDEX ? 0 : topology_get_hop(tree->topology, hop)->rtt_ns;
}

static uint32_t router_at(struct tree *tree, unsigned depth, uint32_t place, uint32_t above)
{
    uint32_t *hop = &tree->hop[depth][place];
    uint32_t router;

    if (*hop == NO_INDEX) {
        struct address address = router_address(tree, tree->routers++);

        *hop = add_hop(tree, &address, router_behaviour(tree, depth, place),
                       hop_rtt(tree, above) + step_ns(tree, depth, place), &router);
    }
    return *hop;
}

static bool add_target(struct tree *tree, uint32_t number)
{
    const struct plan *plan = tree->plan;
    struct topology *topology = tree->topology;
    double spread = plan->hops_high - plan->hops_low + 1;
    unsigned length = plan->hops_low + (unsigned)(spread * luck(tree, LUCK_LENGTH, 0, number));
    bool mute = luck(tree, LUCK_DESTINATION, 0, number) * 100 < plan->silent_destinations_percent;
    struct address address = target_address(tree, number);
    struct target target = {.name = NO_INDEX,
                            .path = topology->path_hops.count,
                            .endpoint = (uint16_t)tree->endpoint,
                            .hop_count = (uint8_t)length};
    uint32_t hop = NO_INDEX;

    for (unsigned depth = 1; depth < length; depth++) {
        hop = router_at(tree, depth, place_of(tree, depth, number), hop);
        if (hop == NO_INDEX || !topology_path_hop(topology, hop))
            return false;
    }
    hop = add_hop(tree, &address, mute ? tree->mute : tree->destination,
                  hop_rtt(tree, hop) + step_ns(tree, 0, number), &target.router);
    return hop != NO_INDEX && topology_path_hop(topology, hop) &&
           topology_target(topology, &target) != NO_INDEX;
}

static bool add_kinds(struct tree *tree)
{
    struct behaviour kind = tree->plan->behaviour;
    struct endpoint endpoint = endpoint_default();

    kind.reply_ttl = 64;
    tree->destination = topology_behaviour(tree->topology, &kind);
    kind.silent = true;
    tree->mute = topology_behaviour(tree->topology, &kind);
    kind.reply_ttl = 255;
    tree->silent = topology_behaviour(tree->topology, &kind);
    kind.silent = false;
    tree->plain = topology_behaviour(tree->topology, &kind);
    kind.mpls_count = 2;
    kind.mpls[0] = 16001u << 12 | 1;
    kind.mpls[1] = 24017u << 12 | 1u << 8 | 1;
    tree->mpls = topology_behaviour(tree->topology, &kind);
    tree->endpoint = topology_endpoint(tree->topology, &endpoint);
    return tree->mpls != NO_INDEX && tree->endpoint != NO_INDEX;
}

static bool generate_family(struct topology *topology, const struct plan *plan, uint64_t family)
{
    struct tree tree = {.plan = plan, .topology = topology, .family = family};
    bool good = add_kinds(&tree);

    set_widths(&tree);
    for (unsigned depth = 1; good && depth < plan->hops_high; depth++) {
        tree.hop[depth] = malloc(tree.width[depth] * sizeof **tree.hop);
        good = tree.hop[depth] != NULL;
        if (good)
            memset(tree.hop[depth], 0xff, tree.width[depth] * sizeof **tree.hop);
    }
    for (uint32_t i = 0; good && i < plan->targets; i++)
        good = add_target(&tree, i);
    for (unsigned depth = 0; depth < DEPTHS; depth++)
        free(tree.hop[depth]);
    return good;
}

bool generate(struct topology *topology, const struct plan *plan)
{
    bool good = true;

    topology->generated = true;
    topology->generated_names = plan->targets;
    if (plan->ipv4)
        good = generate_family(topology, plan, 4);
    if (good && plan->ipv6)
        good = generate_family(topology, plan, 6);
    return good;
}
