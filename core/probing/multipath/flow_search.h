/* The search for all paths of one target: what its flows' rounds have shown, and what they are
 * asked next. Pure.
 *
 * The controller (multipath.h) says which (flow, ttl) is needed. Flows that the round began with
 * are measured as wholes, others at these ttls only (partial.h). What is found needs few flows to
 * be seen again: when nothing more is needed, the fewest that pass all links (cover.h) are
 * completed, so that each of them has an end, a loss and a record like any other. If they show
 * something new the search goes on. */
#ifndef HT_PROBING_MULTIPATH_FLOW_SEARCH_H
#define HT_PROBING_MULTIPATH_FLOW_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/multipath/flow_map.h"
#include "probing/multipath/multipath.h"
#include "probing/rounds/round_request.h"

struct ht_round;

/* Probes that are asked for in one batch, as the controller counts them. */
#define HT_SEARCH_BATCH_MAX 2048

struct ht_search_flow {
    struct ht_round *round; /* borrowed; NULL: it has not begun */
    uint32_t taken;         /* probes of its log that the map knows */
    bool asked;             /* since then more was asked of it */
    bool placed;            /* when the search is over: where it was seen to end, it ends */
};

struct ht_flow_search {
    struct ht_round_request request;    /* for the flows that are begun; without `flows` */
    const struct ht_path_memory *known; /* of flows that are completed (struct ht_flow_request) */
    struct ht_flow_map map;
    struct ht_multipath_progress progress;
    struct ht_search_flow *flows; /* owned, by number */
    size_t flow_capacity;
    uint32_t sent; /* probes of all flows */
    uint16_t batches;
    bool over; /* nothing more is asked */
};

/* request->failure is above 0. NULL: no memory. Freed by ht_flow_search_free, which takes NULL. */
struct ht_flow_search *ht_flow_search_new(const struct ht_round_request *request);
void ht_flow_search_free(struct ht_flow_search *search);

/* The round of a flow has begun. False: no memory, the search does not know it. */
bool ht_flow_search_enter(struct ht_flow_search *search, struct ht_round *round);

/* The round of a flow; NULL: it has not begun. */
struct ht_round *ht_flow_search_round(const struct ht_flow_search *search, uint16_t flow);

/* All rounds are finished: enters what they have shown since the last time, and sets probes[] (room
 * for HT_SEARCH_BATCH_MAX) to what is needed next, of the flows below `flows_max`. 0: nothing is,
 * and search->progress tells what is proven. `view`: scratch space; then of this search. */
size_t ht_flow_search_next(struct ht_flow_search *search, struct ht_path_view *view,
                           uint16_t flows_max, struct ht_multipath_probe *probes);

/* The round of this flow will be asked for probes that ht_flow_search_next gave, or completed. */
void ht_flow_search_note(struct ht_flow_search *search, uint16_t flow);

/* Sets flows[] (room for HT_FLOWS_SEARCHED) to the partial ones that are to be completed, after
 * ht_flow_search_next has returned 0 with this view; returns how many. 0: the search is over. */
size_t ht_flow_search_complete(struct ht_flow_search *search, struct ht_path_view *view,
                               uint16_t *flows);

/* Where a partial round's path probably ends, after ht_flow_search_next has returned 0 with this
 * view: the lowest ttl behind the round's last router at which some flow ended; 0: not known. */
uint8_t ht_flow_search_end_ttl(const struct ht_path_view *view, const struct ht_round *round);

/* The last ttl that answers of this partial round tell of: behind its end there is nothing, and
 * where the ttl before was not asked the end may be nearer. */
uint8_t ht_flow_search_last_ttl(const struct ht_flow_search *search, const struct ht_round *round);

/* Ends the search before its time: nothing is proven. */
void ht_flow_search_stop(struct ht_flow_search *search);

#endif
