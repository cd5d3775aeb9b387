/* Positions behind nodes that take turns packet by packet: see path_view.h. */
#ifndef HT_PROBING_MULTIPATH_BLURS_H
#define HT_PROBING_MULTIPATH_BLURS_H

#include <stdbool.h>

#include "probing/multipath/path_view.h"

/* Follows the blurs of the ttl before to this one: they go on, or are over. False: no memory. */
bool ht_blurs_follow(struct ht_path_view *view, uint8_t ttl);

/* Begins those whose node is at the ttl before: a flow through it, whose position there is steady,
 * varied at this ttl. False: no memory. */
bool ht_blurs_begin(struct ht_path_view *view, uint8_t ttl);

#endif
