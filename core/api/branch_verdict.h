/* Which branch of a target with several flows loses, as its records say it. */
#ifndef HT_API_BRANCH_VERDICT_H
#define HT_API_BRANCH_VERDICT_H

#include "hoptrace/report.h"
#include "probing/multipath/flow_memories.h"
#include "probing/result/sightings.h"

struct ht_scheduled_target;

/* What the record that is shown points to, and storage that all targets share. {0}: empty. */
struct ht_shown_branches {
    struct ht_multipath multipath;
    struct ht_branch_search search;
};

/* Enters a record of several flows, and what each of them has seen, in the windows of these flows,
 * which are remembered and know already whether their path has changed. */
void ht_branch_verdict_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                            const struct ht_flow_sightings *seen);

/* Fills in which branch loses, in a record of several flows of a target that is remembered. What
 * `multipath` then points to is gone with the next call. */
void ht_branch_verdict_show(struct ht_scheduled_target *scheduled, struct ht_report *report);

void ht_branch_verdict_fini(struct ht_shown_branches *shown);

#endif
