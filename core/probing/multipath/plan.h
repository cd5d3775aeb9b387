/* Probes that are being collected: see multipath.h. */
#ifndef HT_PROBING_MULTIPATH_PLAN_H
#define HT_PROBING_MULTIPATH_PLAN_H

#include "probing/multipath/multipath.h"

struct ht_plan {
    struct ht_flow_map *map;
    struct ht_path_view *view;
    const struct ht_multipath_settings *settings;
    struct ht_multipath_probe *probes; /* the caller's */
    size_t count;
    size_t max;
    double node_failure;
    unsigned unproven;
};

/* Enters a probe. False: there is no room, or a ceiling is reached. */
bool ht_plan_ask(struct ht_plan *plan, uint16_t flow, uint8_t ttl, bool chosen);

/* True if no further probe can be entered. */
bool ht_plan_is_full(const struct ht_plan *plan);

/* What the cells of a ttl need to be placed: tries again, and the ttl before of those that wait or
 * that are the only sign of a node. */
void ht_plan_places(struct ht_plan *plan, uint8_t ttl);

/* What the nodes of a ttl lack by the rule: the flows through them are asked at the next ttl, and
 * if these are too few, further flows at this one. */
void ht_plan_rule(struct ht_plan *plan, uint8_t ttl);

/* Flows that are asked at this ttl at once, for the node there whose lacking flows (`lacking`) take
 * most: few of them pass it, and these few should not take a batch each. */
uint32_t ht_plan_ahead(const struct ht_path_view *view, uint8_t ttl);

/* What the flows through nodes by packet lack at this ttl. */
void ht_plan_blurs(struct ht_plan *plan, uint8_t ttl);

/* Repetitions that tell early: of the first node of each ttl that has several next nodes, and where
 * nodes by packet are. ht_by_packet_judge was called. */
void ht_plan_repetitions(struct ht_plan *plan);

/* Repetitions that prove: all that are lacking at the highest ttl with a node that lacks some. */
void ht_plan_more_repetitions(struct ht_plan *plan);

#endif
