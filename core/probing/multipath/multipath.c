#include "probing/multipath/multipath.h"

#include "probing/multipath/by_packet.h"
#include "probing/multipath/plan.h"
#include "probing/multipath/stopping_rule.h"

static bool is_awaiting(const struct ht_flow_map *map)
{
    for (uint8_t ttl = 1; ttl <= map->row_count; ttl++) {
        for (uint16_t flow = 0; flow < map->rows[ttl - 1].count; flow++) {
            if (map->rows[ttl - 1].cells[flow].awaited)
                return true;
        }
    }
    return false;
}

static void fill(struct ht_plan *plan)
{
    uint8_t last = plan->view->last_ttl;
    plan->node_failure = ht_failure_of_node(plan->settings->failure, plan->view->seen);
    for (uint8_t ttl = 0; ttl <= last; ttl++) {
        if (ttl > 0)
            ht_plan_places(plan, ttl);
        ht_plan_rule(plan, ttl);
        ht_plan_blurs(plan, ttl);
    }
    ht_by_packet_judge(plan->view, plan->node_failure);
    ht_plan_repetitions(plan);
    if (plan->count == 0 && !is_awaiting(plan->map))
        ht_plan_more_repetitions(plan);
}

size_t ht_multipath_next(struct ht_flow_map *map, const struct ht_multipath_settings *settings,
                         struct ht_path_view *view, struct ht_multipath_probe *probes, size_t max,
                         struct ht_multipath_progress *progress)
{
    struct ht_plan plan = {
        .map = map, .view = view, .settings = settings, .probes = probes, .max = max};
    if (!map->failed && ht_path_view_build(view, map))
        fill(&plan);
    else
        plan.unproven |= HT_UNPROVEN_MEMORY;
    if (map->failed)
        plan.unproven |= HT_UNPROVEN_MEMORY;
    progress->finished = plan.count == 0 && !is_awaiting(map);
    progress->unproven = progress->finished ? plan.unproven : 0;
    progress->complete = progress->finished && plan.unproven == 0;
    return plan.count;
}

void ht_multipath_take(struct ht_flow_map *map, struct ht_multipath_probe probe,
                       enum ht_multipath_outcome outcome, const struct ht_address *address)
{
    switch (outcome) {
    case HT_MULTIPATH_ANSWERED:
    case HT_MULTIPATH_ENDED:
        ht_flow_map_answer(map, probe.flow, probe.ttl, address, outcome == HT_MULTIPATH_ENDED);
        break;
    case HT_MULTIPATH_SILENT:
        ht_flow_map_silence(map, probe.flow, probe.ttl);
        break;
    case HT_MULTIPATH_VOID:
        ht_flow_map_put_off(map, probe.flow, probe.ttl);
        break;
    }
}
