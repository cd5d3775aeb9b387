#include "api/branch_verdict.h"

#include "api/all_paths.h"
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
    for (size_t i = 0; i < report->flow_count; i++) {
        const struct ht_flow_result *flow = &report->flows[i];
        struct ht_path_memory *memory = ht_remembered_flow(remembered, flow->flow);
        if (memory != NULL)
            ht_flow_window_take(memory, seen[i].report, flow, scheduled->target.settings.window);
    }
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

static void name_branch(const struct ht_shown_branches *shown, const struct ht_lossy_branch *branch,
                        const struct ht_report *report, struct ht_multipath *multipath)
{
    multipath->lossy_flows = branch->flows;
    multipath->lossy_node = ht_branch_search_address(&shown->search, branch->node);
    multipath->lossy_after = ht_branch_search_address(&shown->search, branch->after);
    multipath->lossy_node_zone = zone_of(report, &multipath->lossy_node);
    multipath->lossy_after_zone = zone_of(report, &multipath->lossy_after);
}

void ht_branch_verdict_show(struct ht_scheduled_target *scheduled, struct ht_report *report)
{
    struct ht_shown_branches *shown = &scheduled->engine->branches;
    const struct ht_remembered *remembered = scheduled->remembered;
    struct ht_lossy_branch branch;
    if (report->multipath == NULL)
        return;
    shown->multipath = *report->multipath;
    ht_all_paths_show(scheduled, &shown->multipath);
    if (remembered->flows_in_use > 1 &&
        ht_flow_memories_lossy(&shown->search, remembered->memories, remembered->flows_in_use,
                               &branch) &&
        branch.flows > 0)
        name_branch(shown, &branch, report, &shown->multipath);
    report->multipath = &shown->multipath;
}

void ht_branch_verdict_fini(struct ht_shown_branches *shown)
{
    ht_branch_search_fini(&shown->search);
}
