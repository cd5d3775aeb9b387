/* Targets that look for all paths: when they are searched, and which flows other rounds measure. */
#ifndef HT_API_ALL_PATHS_H
#define HT_API_ALL_PATHS_H

#include <stdbool.h>

#include "hoptrace/report.h"
#include "probing/rounds/round_request.h"

struct ht_flow_sightings;
struct ht_route;
struct ht_scheduled_target;

/* Sets which flows the next round is to measure, of HT_FLOWS_ALL: flow 0 and a search where nothing
 * is remembered; else the flows that pass all links, and a search if the last one was an hour ago,
 * or something new was seen since. */
void ht_all_paths_begin(const struct ht_scheduled_target *scheduled, const struct ht_route *route,
                        struct ht_round_request *round);

/* Takes a record of HT_FLOWS_ALL of a target that is remembered: after a search, with what its
 * flows have seen, as the flows in use. `changed`: the path of one has changed. */
void ht_all_paths_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                       const struct ht_flow_sightings *seen, bool changed);

/* Changes of a target that is remembered: of all flows that ever were in use, since these come and
 * go with each search. */
void ht_all_paths_show_changes(const struct ht_scheduled_target *scheduled,
                               struct ht_report *report);

/* Fills in what the last search has proven, in the facts of a later record. */
void ht_all_paths_show(const struct ht_scheduled_target *scheduled, struct ht_multipath *multipath);

#endif
