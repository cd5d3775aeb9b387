/* Where the flows are at one ttl: see path_view.h. */
#ifndef HT_PROBING_MULTIPATH_POSITIONS_H
#define HT_PROBING_MULTIPATH_POSITIONS_H

#include <stdbool.h>

#include "probing/multipath/path_view.h"

/* Sets the positions at this ttl, and its sole node; those of the ttl before are there. False: no
 * memory for a silent node. */
bool ht_positions_place(struct ht_path_view *view, struct ht_flow_map *map, uint8_t ttl);

/* Makes room for nodes that the map got since; the new ones are empty. False: no memory. */
bool ht_positions_add_nodes(struct ht_path_view *view);

#endif
