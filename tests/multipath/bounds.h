/* How many searches through a topology may miss a branch. */
#ifndef HT_TESTS_MULTIPATH_BOUNDS_H
#define HT_TESTS_MULTIPATH_BOUNDS_H

#include <stdbool.h>

#include "topologies.h"
#include "truth.h"

/* Of one topology and confidence. */
struct bounds {
    double exact; /* probability that a run misses one; negative: not known */
    double most;  /* at most as many runs miss one: the sum of the exact probabilities of all nodes,
                     if each had no more flows than the rule asks for, in the graph without the node
                     that is missed */
};

struct bounds bounds_of(const struct topology *topology, const struct net *net,
                        const struct truth *truth, double failure);

/* Judges the share of `runs` that missed one. */
bool bounds_hold(const struct bounds *bounds, const struct topology *topology, double failure,
                 double share, unsigned runs);

#endif
