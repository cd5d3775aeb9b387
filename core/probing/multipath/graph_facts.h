/* What is told of a graph as a whole. Pure. */
#ifndef HT_PROBING_MULTIPATH_GRAPH_FACTS_H
#define HT_PROBING_MULTIPATH_GRAPH_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/multipath/path_view.h"

/* Different nodes at a ttl, silent ones and ends among them. */
uint16_t ht_graph_width(const struct ht_path_view *view, uint8_t ttl);

/* The greatest width of all ttls. */
uint16_t ht_graph_widest(const struct ht_path_view *view);

/* True if some flow's position at this ttl is blurred: it is shared out packet by packet. */
bool ht_graph_is_by_packet(const struct ht_path_view *view, uint8_t ttl);

/* Ways from this host over proven links to a node that no link leads on from; at most UINT32_MAX.
 * Behind a node by packet the links that are hidden end a way. */
uint32_t ht_graph_paths(struct ht_path_view *view);

#endif
