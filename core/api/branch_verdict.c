#include "api/branch_verdict.h"

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "history/flow_windows.h"

void ht_branch_verdict_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                            const struct ht_flow_sightings *seen)
{
    const struct ht_remembered *remembered = scheduled->remembered;
    if (report->status != HT_STATUS_REACHED)
        return;
    for (size_t flow = 0; flow < report->flow_count && flow < remembered->flows_in_use; flow++)
        ht_flow_window_take(remembered->memories[flow], seen[flow].report, &report->flows[flow],
                            scheduled->target.settings.window);
}

/* The name of the device of a node that the record lists; NULL: it has none, or is not listed. */
static const char *zone_of(const struct ht_report *report, const struct ht_address *address)
{
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        for (size_t k = 0; k < hop->node_count; k++) {
            if (ht_address_equal(&hop->nodes[k].facts.address, address))
                return hop->nodes[k].zone;
        }
    }
    return NULL;
}

void ht_branch_verdict_show(struct ht_scheduled_target *scheduled, struct ht_report *report)
{
    struct ht_shown_branches *shown = &scheduled->engine->branches;
    const struct ht_remembered *remembered = scheduled->remembered;
    struct ht_lossy_branch branch;
    if (report->multipath == NULL || remembered->flows_in_use < 2 ||
        !ht_flow_memories_lossy(&shown->search, remembered->memories, remembered->flows_in_use,
                                &branch) ||
        branch.flows == 0)
        return;
    struct ht_multipath *multipath = &shown->multipath;
    *multipath = *report->multipath;
    multipath->lossy_flows = branch.flows;
    multipath->lossy_node = ht_branch_search_address(&shown->search, branch.node);
    multipath->lossy_after = ht_branch_search_address(&shown->search, branch.after);
    multipath->lossy_node_zone = zone_of(report, &multipath->lossy_node);
    multipath->lossy_after_zone = zone_of(report, &multipath->lossy_after);
    report->multipath = multipath;
}

void ht_branch_verdict_fini(struct ht_shown_branches *shown)
{
    ht_branch_search_fini(&shown->search);
}
