/* What a search found, beside what there is. */
#ifndef HT_TESTS_MULTIPATH_TRUTH_H
#define HT_TESTS_MULTIPATH_TRUTH_H

#include "network.h"
#include "probing/multipath/path_view.h"

#define TRUTH_TTL_MAX 33

/* Nodes that are met at each ttl, and links between them; silent ones too. */
struct truth {
    bool nodes[TRUTH_TTL_MAX][NET_NODES_MAX];
    bool links[TRUTH_TTL_MAX][NET_NODES_MAX][NET_NODES_MAX]; /* [ttl of the first] */
    uint8_t last_ttl;
};

struct found {
    unsigned missed_nodes; /* that answer */
    unsigned missed_links; /* between two that answer */
    unsigned false_nodes;
    unsigned false_links; /* a silent node stands for any that is silent there */
};

void truth_of(const struct net *net, struct truth *truth);

/* Notes a node, or a link, that a search has found, in `seen`; counts it in *found if it is false.
 */
void truth_see_node(const struct net *net, const struct truth *truth, uint8_t ttl, uint8_t node,
                    struct truth *seen, struct found *found);
void truth_see_link(const struct net *net, const struct truth *truth, uint8_t ttl, uint8_t from,
                    uint8_t to, struct truth *seen, struct found *found);

/* Counts in *found what was not seen; of links those from `first_ttl` on. */
void truth_count_missed(const struct net *net, const struct truth *truth, uint8_t first_ttl,
                        const struct truth *seen, struct found *found);

/* All that a view shows. */
struct found truth_compare(const struct net *net, const struct truth *truth,
                           const struct ht_path_view *view);

/* The fewest probes that the rule needs, over this network's nodes: at each ttl the flows through
 * the nodes before, or, if more, those that it takes until each node there is passed by the flows
 * it needs (where a ttl has one node: all flows pass it). seed 0    flows that pass as if they were
 * dealt out else      flows in their order, with that seed's hashes */
unsigned truth_fewest(const struct net *net, const struct truth *truth, double failure,
                      uint64_t seed);

/* Nodes that end no flow, this host among them: N. */
unsigned truth_seen(const struct net *net, const struct truth *truth);

#endif
