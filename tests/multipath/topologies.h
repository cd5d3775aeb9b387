/* The networks that the search is tried on. */
#ifndef HT_TESTS_MULTIPATH_TOPOLOGIES_H
#define HT_TESTS_MULTIPATH_TOPOLOGIES_H

#include <stddef.h>

#include "network.h"

struct topology {
    const char *name;
    void (*build)(struct net *net); /* the network has this host only */
    double most;                    /* probes, of the fewest that the rule needs; 0: 1.2 */
    uint8_t lanes;                  /* one balancer with as many branches of one node each, of which
                                       the exact probability is known; 0: another network */
    uint8_t weight;                 /* of the first lane, the others' is 1 */
    bool uneven;                    /* branches of unequal share: the bound does not hold */
    bool blurred;                   /* links are hidden: only nodes are compared */
    bool silent_ends;               /* the search cannot be complete */
    bool crowd;                     /* played by many targets at once, too */
};

extern const struct topology topologies[];
extern const size_t topology_count;

/* A network of this topology. */
struct net topology_net(const struct topology *topology);

#endif
