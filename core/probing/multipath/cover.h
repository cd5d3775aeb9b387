/* As few flows as pass all links that are known: what later rounds measure. Pure. */
#ifndef HT_PROBING_MULTIPATH_COVER_H
#define HT_PROBING_MULTIPATH_COVER_H

#include <stddef.h>
#include <stdint.h>

#include "probing/multipath/path_view.h"

/* Sets flows[] (room for HT_FLOWS_SEARCHED) to flows that pass every proven link together; returns
 * how many. Greedy: flow 0, then the one with most links that none before it passes, the lowest
 * among equals: at most ln(links) + 1 times the fewest. Of a flow counts what it was seen to pass;
 * a link that only a repetition has shown, behind a node by packet, is left out. */
size_t ht_cover(struct ht_path_view *view, uint16_t *flows);

#endif
