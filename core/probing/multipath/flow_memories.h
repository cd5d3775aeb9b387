/* The graph that the memories of a target's flows show together. Pure. */
#ifndef HT_PROBING_MULTIPATH_FLOW_MEMORIES_H
#define HT_PROBING_MULTIPATH_FLOW_MEMORIES_H

#include <stdbool.h>
#include <stdint.h>

#include "history/path_memory.h"
#include "probing/multipath/flow_map.h"
#include "probing/multipath/lossy_branch.h"

/* Enters into an empty map where `count` flows go: flow k is memories[k]. At a ttl a flow passes
 * the known address with most answers. Further ones, where each answered at least 1 / 8 as often,
 * take turns packet by packet. A ttl without a known address is silent, up to the farthest one that
 * some flow knows. What there is no memory for is not in the map, which has failed then. */
void ht_flow_memories_map(struct ht_path_memory *const *memories, uint16_t count,
                          struct ht_flow_map *map);

/* Storage that any number of targets share; {0} before the first use. */
struct ht_branch_search {
    struct ht_flow_map map;
    struct ht_path_view view;
};

void ht_branch_search_fini(struct ht_branch_search *search);

/* Which branch loses, by the flows' windows (history/flow_windows.h). The nodes that *branch names
 * are those of search->view. False: no memory. */
bool ht_flow_memories_lossy(struct ht_branch_search *search, struct ht_path_memory *const *memories,
                            uint16_t count, struct ht_lossy_branch *branch);

/* The address of a node that *branch names; HT_IP_NONE: none, this host, or a silent one. */
struct ht_address ht_branch_search_address(const struct ht_branch_search *search, uint16_t node);

#endif
