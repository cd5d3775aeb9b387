/* Makes one record of the rounds of a target's flows: hops and nodes over all of them, what is
 * known end to end, each flow, the links between nodes, and what they show together. */
#ifndef HT_PROBING_FLOW_MERGE_H
#define HT_PROBING_FLOW_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/flow_set.h"
#include "hoptrace/report.h"
#include "probing/log/round_state.h"

struct ht_path_view;

/* An answer: when its probe left, how long it took, and whose it is. */
struct ht_flow_answer {
    int64_t sent_ns;
    int64_t rtt_ns;
    const struct ht_node_facts *node; /* borrowed, of the flow's log; NULL: beyond HT_NODES_MAX */
    uint16_t flow;                    /* index among the rounds */
};

/* A node while its hop is put together. `flows`: indices of rounds. */
struct ht_merged_node {
    struct ht_flow_set flows;
    int64_t first_ns; /* when its first answer, and its last one, arrived */
    int64_t last_ns;
};

/* Scratch space, and what a merged record points to; {0} is empty. */
struct ht_flow_merge {
    struct ht_flow_answer *answers;
    int64_t *times_ns;
    size_t answer_capacity; /* of both */
    struct ht_hop *hops;
    size_t hop_capacity;
    struct ht_node *nodes;
    struct ht_merged_node *states; /* of the nodes of one hop */
    size_t node_capacity;          /* of both */
    struct ht_node_link *links;
    struct ht_flow_set *link_flows; /* by link, as in struct ht_merged_node */
    size_t link_capacity;           /* of both */
    uint16_t *flow_numbers;
    size_t number_capacity;
    size_t numbers; /* in `flow_numbers` */
    struct ht_flow_result flows[HT_FLOWS_SEARCHED];
    struct ht_balancer balancers[UINT8_MAX];
    struct ht_multipath multipath;
};

void ht_flow_merge_fini(struct ht_flow_merge *merge);

/* Fills *report from `count` rounds, flow by flow in the order of their numbers, and the record of
 * each. `view`: see flow_links.h. The report points into `merge` (until the next call), the rounds
 * and what their records point to. Without memory the report has status `error` and no hops. */
void ht_flow_merge_report(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                          const struct ht_report *reports, uint16_t count,
                          const struct ht_path_view *view, struct ht_report *report);

#endif
