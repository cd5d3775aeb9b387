/* What the flows of a target show together: links between nodes, balancers, different paths. */
#ifndef HT_PROBING_FLOW_LINKS_H
#define HT_PROBING_FLOW_LINKS_H

#include <stdint.h>

#include "hoptrace/report.h"

struct ht_flow_merge;
struct ht_path_view;
struct ht_round;

/* The hop of a ttl in a record; NULL: it is not listed. */
static inline const struct ht_hop *ht_flow_hop(const struct ht_report *report, unsigned ttl)
{
    if (report->listed_hops == 0 || ttl < report->hops[0].ttl)
        return NULL;
    unsigned index = ttl - report->hops[0].ttl;
    return index < report->listed_hops ? &report->hops[index] : NULL;
}

/* Fills links and `multipath` of a record whose hops are filled, from those of its flows, `count`
 * of them. `merge` has room for the links, and for their flows behind those of the nodes. `view`:
 * of the search that the flows are of, NULL: there was none. It knows behind which routers, those
 * that take turns, what a flow showed at two ttls is no link. */
void ht_flow_links_fill(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                        const struct ht_report *reports, uint16_t count,
                        const struct ht_path_view *view, struct ht_report *report);

#endif
