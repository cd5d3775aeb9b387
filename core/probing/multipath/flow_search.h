/* The search for all paths of one target, by whole flows: what the flows' rounds have shown, and
 * which flows are begun next. Pure.
 *
 * The controller (multipath.h) says which (flow, ttl) is needed. A flow is measured as a whole, as
 * a target's only one is, so that its loss and its end are known: the controller's choice of ttls
 * sets the flows. What it wants again of a flow (after silence, or to tell routers that take turns)
 * is one more probe for each hop of it.
 *
 * So a path that is wide at one ttl only takes more probes than the rule needs: the greatest number
 * of flows of any ttl, at all of them. */
#ifndef HT_PROBING_MULTIPATH_FLOW_SEARCH_H
#define HT_PROBING_MULTIPATH_FLOW_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/multipath/flow_map.h"
#include "probing/multipath/multipath.h"
#include "probing/rounds/round_request.h"

struct ht_round;

struct ht_flow_search {
    struct ht_round_request request;            /* for the flows that are begun */
    struct ht_flow_request flows[HT_FLOWS_MAX]; /* what `request` borrows */
    struct ht_flow_map map;
    struct ht_multipath_progress progress;
    uint32_t taken[HT_FLOWS_MAX]; /* by flow: probes of its log that the map knows */
    uint32_t sent;                /* probes of all flows */
    uint16_t batches;
    bool over; /* no further flow is begun */
};

/* Flow k is bit k. */
struct ht_flow_batch {
    uint64_t begun; /* that are to be begun */
    uint64_t again; /* of which each hop is to get one more probe */
};

/* request->failure is above 0. NULL: no memory. Freed by ht_flow_search_free, which takes NULL. */
struct ht_flow_search *ht_flow_search_new(const struct ht_round_request *request);
void ht_flow_search_free(struct ht_flow_search *search);

/* Enters what the round of a flow has shown since the last time; it is finished. */
void ht_flow_search_take(struct ht_flow_search *search, const struct ht_round *round);

/* Sets *batch to what is needed next, of the flows below `flows_max`. False: nothing is, the search
 * is over, and search->progress tells what it proves. `view`: scratch space. */
bool ht_flow_search_next(struct ht_flow_search *search, struct ht_path_view *view,
                         uint8_t flows_max, struct ht_flow_batch *batch);

/* Ends the search before its time: nothing is proven. */
void ht_flow_search_stop(struct ht_flow_search *search);

#endif
