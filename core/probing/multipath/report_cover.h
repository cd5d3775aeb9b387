/* Which flows later rounds measure, from the records of a search's flows. Pure. */
#ifndef HT_PROBING_MULTIPATH_REPORT_COVER_H
#define HT_PROBING_MULTIPATH_REPORT_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/flow_set.h"
#include "hoptrace/report.h"
#include "probing/multipath/flow_memories.h"
#include "probing/result/sightings.h"

/* Sets *cover to the flows that pass all links together (cover.h); flow 0 is
 * one. `report`: the target's; `seen`: of its flows. `search`: scratch space. False: no memory. */
bool ht_report_cover(struct ht_branch_search *search, const struct ht_report *report,
                     const struct ht_flow_sightings *seen, struct ht_flow_set *cover);

#endif
