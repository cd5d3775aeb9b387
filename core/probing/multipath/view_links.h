/* The links of a view, and what counts for the stopping rule: see path_view.h. */
#ifndef HT_PROBING_MULTIPATH_VIEW_LINKS_H
#define HT_PROBING_MULTIPATH_VIEW_LINKS_H

#include <stdbool.h>

#include "probing/multipath/path_view.h"

/* Adds a link that a flow has shown, unless it is there, and the flow to it. False: no memory. */
bool ht_view_links_show(struct ht_path_view *view, uint16_t from, uint16_t to);

/* Adds the links from the ttl before to this one. False: no memory. */
bool ht_view_links_add(struct ht_path_view *view, uint8_t ttl);

#endif
