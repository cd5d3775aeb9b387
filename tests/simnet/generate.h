/* A generated network: a tree as in the real Internet, where near routers are shared
 * between many targets and far ones are not. The same plan gives the same network. */
#ifndef SIMNET_GENERATE_H
#define SIMNET_GENERATE_H

#include "topology.h"

struct plan {
    uint64_t seed;
    uint32_t targets; /* names; with both families each has two addresses */
    bool ipv4, ipv6;
    unsigned hops_low, hops_high; /* path length, the destination included: 2 to 64 */
    double silent_percent;        /* of the routers; the gateway always answers */
    double silent_destinations_percent;
    double mpls_percent; /* of the routers */
    double hop_rtt_low_ms, hop_rtt_high_ms;
    struct behaviour behaviour; /* of all: loss, jitter, rate limit */
};

#define PLAN_TARGETS_MAX 1000000u

/* Adds the network to an empty topology. False without memory. */
bool generate(struct topology *topology, const struct plan *plan);

#endif
