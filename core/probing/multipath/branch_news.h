/* What a later round tells of a graph that is known. Pure.
 *
 * A new node, or one that is gone, calls for a new search: flows that the round did not measure may
 * have changed as well. */
#ifndef HT_PROBING_MULTIPATH_BRANCH_NEWS_H
#define HT_PROBING_MULTIPATH_BRANCH_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/multipath/path_view.h"

/* An answer to a flow, in a round after the search. */
struct ht_flow_sighting {
    const struct ht_address *address; /* borrowed */
    uint16_t flow;
    uint8_t ttl;
    bool ends; /* the flow ends there */
};

enum ht_branch_news {
    HT_BRANCH_SAME, /* the flow's node; or a known one where nothing was known of the flow, or where
                       routers take turns packet by packet */
    HT_BRANCH_MOVED, /* another node that is known at this ttl: seen before */
    HT_BRANCH_NEW    /* no node that is known there */
};

/* The verdict on one answer; the map stays as it is (ht_flow_map_move). */
enum ht_branch_news ht_branch_news(const struct ht_path_view *view,
                                   const struct ht_flow_sighting *sighting);

/* Sets gone[] (room for `max`) to the nodes that a round does not show any more: flows that were
 * seen there answered from other nodes of this ttl, and none answered from it. Silence is no sign.
 * Returns how many. */
size_t ht_branches_gone(const struct ht_path_view *view, const struct ht_flow_sighting *sightings,
                        size_t count, uint16_t *gone, size_t max);

#endif
