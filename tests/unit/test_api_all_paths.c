/* When a target's paths are searched, and which flows other rounds measure: records as the prober
 * makes them, without a network, on a clock that is set. */
#include <math.h>

#include "api/all_paths.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/scheduled_target.h"
#include "probing/result/sightings.h"
#include "unit.h"

#define HOUR_NS (3600 * HT_NS_PER_S)
#define HOPS    3
#define WAYS    3 /* flows, each by a router of its own at ttl 2 */

static struct ht_engine *engine;
static struct ht_scheduled_target *scheduled;

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    (void)report;
}

static void begin(void)
{
    const struct ht_engine_options options = {.on_report = on_report};
    struct ht_target target = {.host = "192.0.2.1"};
    uint32_t id;
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    ht_settings_init(&target.settings);
    target.settings.interval_ns = 60 * HT_NS_PER_S;
    target.settings.flows = HT_FLOWS_ALL;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, &id, NULL), HT_OK);
    scheduled = ht_targets_find(&engine->targets, id);
}

static const struct ht_address target_address = {.version = HT_IPV4, .bytes = {192, 0, 2, 1}};
static const struct ht_route route = {.destination = {.version = HT_IPV4, .bytes = {192, 0, 2, 1}},
                                      .source = {.version = HT_IPV4, .bytes = {192, 0, 2, 254}}};

/* What the next round is to do. */
static struct ht_round_request next_round(void)
{
    struct ht_flow_request flows[HT_FLOWS_SEARCHED] = {{.known = NULL}};
    struct ht_round_request round = {.target = &scheduled->target, .flows = flows};
    ht_memory_begin(scheduled, &route, flows, &round);
    round.flows = NULL;
    return round;
}

/* True if the round begins with flows 0 to `count` - 1, and no other. */
static bool begins_with(const struct ht_round_request *round, uint16_t count)
{
    bool right = true;
    for (uint16_t flow = 0; flow < HT_FLOWS_SEARCHED; flow++)
        right &= ht_flow_set_has(&round->chosen, flow) == (flow < count);
    return right;
}

static bool searches(void)
{
    return next_round().failure > 0;
}

/* The record of flow k: by router k of ttl 2. */
struct flow_record {
    struct ht_node nodes[HOPS];
    struct ht_hop hops[HOPS];
    struct ht_sighting sightings[HOPS];
    struct ht_report report;
};

static void fill(struct flow_record *record, uint8_t flow)
{
    *record = (struct flow_record){.report = {.address = target_address,
                                              .status = HT_STATUS_REACHED,
                                              .stop_reason = HT_STOP_DESTINATION,
                                              .time_ns = engine->now.wall_ns,
                                              .hop_count = HOPS,
                                              .hops = record->hops,
                                              .listed_hops = HOPS}};
    for (uint8_t i = 0; i < HOPS; i++) {
        struct ht_address router = {.version = HT_IPV4, .bytes = {10, 0, i, i == 1 ? flow : 0}};
        record->nodes[i] = (struct ht_node){
            .facts = {.address = i + 1 < HOPS ? router : target_address, .received = 1}};
        record->hops[i] = (struct ht_hop){.ttl = (uint8_t)(i + 1),
                                          .sent = 1,
                                          .received = 1,
                                          .path_loss_percent = NAN,
                                          .nodes = &record->nodes[i],
                                          .node_count = 1};
        record->sightings[i] = (struct ht_sighting){.address = &record->nodes[i].facts.address,
                                                    .sent_ns = engine->now.mono_ns,
                                                    .ttl = (uint8_t)(i + 1)};
    }
}

/* A record of flows 0 to WAYS - 1; `searched`: of a round that looked for all paths. `changed`: the
 * path of a flow is news. */
static void take(bool searched, bool changed)
{
    struct flow_record records[WAYS];
    struct ht_flow_sightings seen[WAYS];
    struct ht_flow_result flows[WAYS];
    struct ht_multipath multipath = {.flows = WAYS, .has_proof = searched, .complete = searched};
    for (uint8_t flow = 0; flow < WAYS; flow++) {
        fill(&records[flow], flow);
        flows[flow] = (struct ht_flow_result){.flow = flow, .status = HT_STATUS_REACHED};
        seen[flow] = (struct ht_flow_sightings){
            &records[flow].report, true, {.list = records[flow].sightings, .count = HOPS}};
    }
    struct ht_report report = records[0].report;
    report.flows = flows;
    report.flow_count = WAYS;
    report.multipath = &multipath;
    ht_all_paths_take(scheduled, &report, seen, changed);
}

static void pass(int64_t time_ns)
{
    engine->now.mono_ns += time_ns;
    engine->now.wall_ns += time_ns;
}

/* The first round looks for all paths, those of the hour behind it do not. */
static void renewed_each_hour(void)
{
    begin();
    struct ht_round_request first = next_round();
    CU_ASSERT_TRUE(begins_with(&first, 1));
    CU_ASSERT_DOUBLE_EQUAL(first.failure, 0.05, 1e-9);
    take(true, false);
    struct ht_round_request later = next_round();
    CU_ASSERT_TRUE(begins_with(&later, WAYS));
    CU_ASSERT_EQUAL(later.failure, 0);
    pass(HOUR_NS - 1);
    CU_ASSERT_FALSE(searches());
    take(false, false);
    CU_ASSERT_FALSE(searches());
    pass(1);
    struct ht_round_request renewed = next_round();
    CU_ASSERT_TRUE(begins_with(&renewed, WAYS));
    CU_ASSERT_DOUBLE_EQUAL(renewed.failure, 0.05, 1e-9);
    take(true, false);
    CU_ASSERT_FALSE(searches());
    pass(HOUR_NS);
    CU_ASSERT_TRUE(searches());
    ht_engine_free(engine);
}

/* Something new in a round without a search calls for one. */
static void renewed_on_news(void)
{
    begin();
    (void)next_round();
    take(true, false);
    CU_ASSERT_FALSE(searches());
    take(false, true);
    CU_ASSERT_TRUE(searches());
    take(true, false);
    CU_ASSERT_FALSE(searches());
    ht_engine_free(engine);
}

/* A wall clock that was set back tells no age: the proof is renewed. */
static void renewed_when_the_clock_is_set_back(void)
{
    begin();
    (void)next_round();
    take(true, false);
    engine->now.wall_ns--;
    CU_ASSERT_TRUE(searches());
    ht_engine_free(engine);
}

/* The proof is of one path: a name that moves begins anew, with flow 0. */
static void of_one_address(void)
{
    begin();
    (void)next_round();
    take(true, false);
    struct ht_route other = route;
    other.destination.bytes[3] = 9;
    struct ht_flow_request flows[HT_FLOWS_SEARCHED] = {{.known = NULL}};
    struct ht_round_request round = {.target = &scheduled->target, .flows = flows};
    ht_memory_begin(scheduled, &other, flows, &round);
    CU_ASSERT_TRUE(begins_with(&round, 1));
    CU_ASSERT_TRUE(round.failure > 0);
    ht_engine_free(engine);
}

static const struct unit_case cases[] = {
    UNIT_CASE(renewed_each_hour),
    UNIT_CASE(renewed_on_news),
    UNIT_CASE(renewed_when_the_clock_is_set_back),
    UNIT_CASE(of_one_address),
};

UNIT_MAIN("api all paths", cases)
