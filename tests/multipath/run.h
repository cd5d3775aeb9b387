/* One search through a network. */
#ifndef HT_TESTS_MULTIPATH_RUN_H
#define HT_TESTS_MULTIPATH_RUN_H

#include "network.h"
#include "probing/multipath/multipath.h"

struct run {
    const struct net *net;
    uint64_t seed; /* of the network's hashes, and of chance */
    struct ht_multipath_settings settings;
    struct ht_flow_map map;    /* owned */
    struct ht_path_view *view; /* borrowed */
    struct ht_multipath_progress progress;
    unsigned probes; /* all, those of the round of flow 0 too */
    unsigned batches;
};

/* eps, 512 flows, 5,000 probes, 32 ttls, a gap limit of 5. */
struct ht_multipath_settings run_settings(double failure);

/* Searches to the end: answers come in any order, some while others are under way. Each second seed
 * begins with what a round of flow 0 has shown. */
void run_search(struct run *run);

#endif
