#include "api/all_paths.h"

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "hoptrace/time.h"
#include "net/route.h"
#include "probing/multipath/report_cover.h"

/* A proof is renewed. */
#define RENEWED_NS (INT64_C(3600) * HT_NS_PER_S)

static bool is_wanted(const struct ht_scheduled_target *scheduled)
{
    return scheduled->target.settings.flows == HT_FLOWS_ALL;
}

/* True if the last search was of the path that this route takes. */
static bool is_known(const struct ht_remembered *remembered, const struct ht_route *route)
{
    if (remembered->proof.searched_ns == 0 || remembered->flows_in_use == 0)
        return false;
    const struct ht_path_key *key = &remembered->memories[0]->key;
    return ht_address_equal(&key->address, &route->destination) &&
           ht_address_equal(&key->source, &route->source);
}

void ht_all_paths_begin(const struct ht_scheduled_target *scheduled, const struct ht_route *route,
                        struct ht_round_request *round)
{
    const struct ht_remembered *remembered = scheduled->remembered;
    double failure = 1 - scheduled->target.settings.confidence / 100;
    if (!is_wanted(scheduled))
        return;
    ht_flow_set_add(&round->chosen, 0);
    round->failure = failure;
    if (remembered == NULL || !is_known(remembered, route))
        return;
    const struct ht_path_proof *proof = &remembered->proof;
    int64_t age_ns = scheduled->engine->now.wall_ns - proof->searched_ns;
    round->chosen = proof->cover;
    if (!proof->renew && age_ns >= 0 && age_ns < RENEWED_NS)
        round->failure = 0;
}

/* The memories of the flows of a cover are in use from now on. False: no memory. */
static bool use(struct ht_remembered *remembered, const struct ht_report *report,
                const struct ht_flow_set *cover)
{
    struct ht_path_key keys[HT_FLOWS_SEARCHED];
    uint16_t count = 0;
    for (size_t i = 0; i < report->flow_count; i++) {
        const struct ht_flow_result *flow = &report->flows[i];
        if (!ht_flow_set_has(cover, flow->flow))
            continue;
        keys[count] = remembered->memories[0]->key;
        keys[count].flow = flow->flow;
        if (flow->source_port != 0)
            keys[count].local_id = flow->source_port;
        count++;
    }
    return ht_remembered_paths(remembered, keys, count);
}

/* Enters what flows have seen that were not in use (`before`: those that were). */
static void take_new(const struct ht_remembered *remembered, const struct ht_report *report,
                     const struct ht_flow_sightings *seen, const struct ht_flow_set *before)
{
    for (size_t i = 0; i < report->flow_count; i++) {
        uint16_t flow = report->flows[i].flow;
        struct ht_path_memory *memory = ht_remembered_flow(remembered, flow);
        struct ht_path_change change;
        if (memory != NULL && !ht_flow_set_has(before, flow))
            (void)ht_path_memory_take(memory, seen[i].report, &seen[i].sightings, &change);
    }
}

void ht_all_paths_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                       const struct ht_flow_sightings *seen, bool changed)
{
    struct ht_remembered *remembered = scheduled->remembered;
    struct ht_path_proof *proof = &remembered->proof;
    struct ht_flow_set before = {{0}};
    struct ht_flow_set cover;
    if (!is_wanted(scheduled) || report->multipath == NULL)
        return;
    if (changed)
        proof->changed_ns = scheduled->news->path.time_ns;
    if (!report->multipath->has_proof) {
        proof->renew |= changed;
        return;
    }
    for (uint16_t i = 0; i < remembered->flows_in_use; i++)
        ht_flow_set_add(&before, remembered->memories[i]->key.flow);
    if (!ht_report_cover(&scheduled->engine->branches.search, report, seen, &cover) ||
        !use(remembered, report, &cover))
        return;
    take_new(remembered, report, seen, &before);
    *proof = (struct ht_path_proof){.changed_ns = proof->changed_ns,
                                    .cover = cover,
                                    .searched_ns = report->time_ns,
                                    .complete = report->multipath->complete};
}

void ht_all_paths_show_changes(const struct ht_scheduled_target *scheduled,
                               struct ht_report *report)
{
    const struct ht_remembered *remembered = scheduled->remembered;
    if (!is_wanted(scheduled))
        return;
    report->path_changes = remembered->event_counts[HT_EVENT_PATH_CHANGED];
    report->path_since_ns =
        ht_time_max(remembered->memories[0]->since_ns, remembered->proof.changed_ns);
}

void ht_all_paths_show(const struct ht_scheduled_target *scheduled, struct ht_multipath *multipath)
{
    const struct ht_path_proof *proof = &scheduled->remembered->proof;
    if (!is_wanted(scheduled) || multipath->has_proof || proof->searched_ns == 0)
        return;
    multipath->has_proof = true;
    multipath->complete = proof->complete && !proof->renew;
    multipath->confidence = scheduled->target.settings.confidence;
}
