/* The targets of an engine: ids, and what adding and removing many of them takes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/scheduled_target.h"
#include "api/trigger.h"
#include "unit.h"

#define MANY 100000

/* Targets in one bucket, at most, while ids are given one after another. */
#define CHAIN_MAX 4

static size_t drops;

void __real_ht_prober_drop(struct ht_prober *prober, const struct ht_target *target);
void __wrap_ht_prober_drop(struct ht_prober *prober, const struct ht_target *target);

/* It looks at all rounds under way. */
void __wrap_ht_prober_drop(struct ht_prober *prober, const struct ht_target *target)
{
    drops++;
    __real_ht_prober_drop(prober, target);
}

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    (void)report;
}

static struct ht_engine *make_engine(void)
{
    struct ht_engine_options options = {.on_report = on_report};
    struct ht_engine *engine = NULL;
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    return engine;
}

static uint32_t add(struct ht_engine *engine, enum ht_protocol protocol)
{
    struct ht_target target = {.host = "192.0.2.1"};
    uint32_t id = 0;
    ht_settings_init(&target.settings);
    target.settings.protocol = protocol;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, &id, NULL), HT_OK);
    return id;
}

static size_t longest_chain(const struct ht_targets *targets)
{
    size_t longest = 0;
    for (size_t i = 0; i < targets->capacity; i++) {
        size_t length = 0;
        for (uint32_t link = targets->buckets[i]; link != 0;
             link = targets->list[link - 1]->next_by_id)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* The steps of finding a target are bounded, whatever was added and removed before. */
static void many_targets(void)
{
    struct ht_engine *engine = make_engine();
    uint32_t *ids = calloc(MANY, sizeof *ids);
    drops = 0;
    for (size_t i = 0; i < MANY; i++)
        ids[i] = add(engine, HT_ICMP);
    CU_ASSERT_EQUAL(engine->targets.count, MANY);
    CU_ASSERT_TRUE(longest_chain(&engine->targets) <= CHAIN_MAX);
    for (size_t i = 0; i < MANY; i += 2) {
        ht_engine_remove(engine, ids[i]);
        CU_ASSERT_PTR_NULL(ht_targets_find(&engine->targets, ids[i]));
        ids[i] = add(engine, HT_ICMP);
    }
    CU_ASSERT_EQUAL(engine->targets.count, MANY);
    CU_ASSERT_TRUE(longest_chain(&engine->targets) <= CHAIN_MAX);
    for (size_t i = 0; i < MANY; i++) {
        const struct ht_scheduled_target *found = ht_targets_find(&engine->targets, ids[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_EQUAL(found->id, ids[i]);
        CU_ASSERT_PTR_EQUAL(engine->targets.list[found->index], found);
    }
    for (size_t i = 0; i < MANY; i++)
        ht_engine_remove(engine, ids[i]);
    CU_ASSERT_EQUAL(engine->targets.count, 0);
    CU_ASSERT_EQUAL(longest_chain(&engine->targets), 0);
    CU_ASSERT_EQUAL(drops, 0);
    free(ids);
    ht_engine_free(engine);
}

static void unknown_ids(void)
{
    struct ht_engine *engine = make_engine();
    ht_engine_remove(engine, 0);
    ht_engine_remove(engine, 1);
    uint32_t id = add(engine, HT_ICMP);
    ht_engine_remove(engine, id + 16);
    CU_ASSERT_EQUAL(engine->targets.count, 1);
    ht_engine_remove(engine, id);
    ht_engine_remove(engine, id);
    CU_ASSERT_EQUAL(engine->targets.count, 0);
    CU_ASSERT_TRUE(ht_engine_idle(engine));
    ht_engine_free(engine);
}

/* After the last number ids begin again, and no two targets have the same one. */
static void ids_that_begin_again(void)
{
    struct ht_engine *engine = make_engine();
    uint32_t first = add(engine, HT_ICMP);
    CU_ASSERT_EQUAL(first, 1);
    engine->targets.last_id = UINT32_MAX - 1;
    CU_ASSERT_EQUAL(add(engine, HT_ICMP), UINT32_MAX);
    CU_ASSERT_EQUAL(add(engine, HT_ICMP), 2);
    CU_ASSERT_EQUAL(ht_targets_find(&engine->targets, 1)->id, 1);
    ht_engine_free(engine);
}

static void tcp_targets(void)
{
    struct ht_engine *engine = make_engine();
    uint32_t tcp = add(engine, HT_TCP);
    uint32_t udp = add(engine, HT_UDP);
    CU_ASSERT_EQUAL(engine->targets.tcp_count, 1);
    ht_engine_remove(engine, udp);
    CU_ASSERT_EQUAL(engine->targets.tcp_count, 1);
    ht_engine_remove(engine, tcp);
    CU_ASSERT_EQUAL(engine->targets.tcp_count, 0);
    ht_engine_free(engine);
}

/* Processor time of removing `count` targets, in seconds: the least of three. */
static double removal_s(size_t count)
{
    double least_s = 0;
    for (int i = 0; i < 3; i++) {
        struct ht_engine *engine = make_engine();
        for (size_t k = 0; k < count; k++)
            (void)add(engine, HT_ICMP);
        struct timespec begin, end;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        for (uint32_t id = 1; id <= count; id++)
            ht_engine_remove(engine, id);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        double taken_s =
            (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
        least_s = i == 0 || taken_s < least_s ? taken_s : least_s;
        ht_engine_free(engine);
    }
    return least_s;
}

/* Ten times the targets take ten times as long, or a hundred times if each removal looks at all of
 * them: 30 is the geometric middle. */
static void time_of_removal(void)
{
    CU_ASSERT_TRUE(removal_s(MANY) < 30 * removal_s(MANY / 10));
}

/* The loop is not run: what the queue of rounds says is what it would do. */
static void triggered_rounds(void)
{
    struct ht_engine_options options = {.on_report = on_report, .triggered = true, .rounds = 3};
    struct ht_engine *engine = NULL;
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    uint32_t id = add(engine, HT_ICMP);
    struct ht_scheduled_target *scheduled = ht_targets_find(&engine->targets, id);
    CU_ASSERT_FALSE(ht_engine_idle(engine));
    CU_ASSERT_EQUAL(scheduled->timer.key_ns, HT_NEVER);
    ht_engine_trigger(engine);
    int64_t due_ns = scheduled->timer.key_ns;
    CU_ASSERT_NOT_EQUAL(due_ns, HT_NEVER);
    ht_engine_trigger(engine);
    CU_ASSERT_EQUAL(scheduled->timer.key_ns, due_ns); /* it is due as it was */
    /* What is due by now is done, and nothing else. */
    add(engine, HT_ICMP);
    ht_engine_finish(engine);
    CU_ASSERT_EQUAL(engine->due.count, 1);
    CU_ASSERT_EQUAL(scheduled->schedule.rounds_left, 1);
    ht_engine_free(engine);
}

/* A round that was asked for leaves the grid of the clock where it is. */
static void grid_of_the_clock(void)
{
    struct ht_engine *engine = make_engine();
    struct ht_scheduled_target *scheduled = ht_targets_find(&engine->targets, add(engine, HT_ICMP));
    struct ht_schedule *schedule = &scheduled->schedule;
    ht_schedule_init(schedule, 100, 50, 4);
    ht_trigger_advance(scheduled, 103);
    CU_ASSERT_EQUAL(schedule->next_ns, 150);
    ht_trigger_advance(scheduled, 120);
    CU_ASSERT_EQUAL(schedule->next_ns, 150);
    ht_trigger_advance(scheduled, 160); /* began before 150, and lasted */
    CU_ASSERT_EQUAL(schedule->next_ns, 200);
    ht_trigger_advance(scheduled, 190);
    CU_ASSERT_EQUAL(schedule->next_ns, HT_NEVER);
    CU_ASSERT_EQUAL(schedule->rounds_left, 0);
    ht_engine_free(engine);
}

/* Of 100 targets the first rounds follow each other at equal distances, each but half an interval
 * from the point of the grid that it stands for; later ones keep to the grid, and so does a target
 * that comes. */
static void grid_of_many(void)
{
    enum { TARGETS = 100 };
    struct ht_engine *engine = make_engine();
    struct ht_target target = {.host = "192.0.2.1"};
    ht_settings_init(&target.settings);
    target.settings.interval_ns = 10 * HT_NS_PER_S;
    bool begun[TARGETS] = {false};
    for (int i = 0; i < TARGETS; i++)
        CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, NULL, NULL), HT_OK);
    ht_grid_begin(engine);
    engine->opened = true;
    int64_t start_ns = ht_heap_first(&engine->due)->key_ns;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, NULL, NULL), HT_OK);
    for (int i = 0; i <= TARGETS; i++) {
        struct ht_schedule *schedule = &engine->targets.list[i]->schedule;
        int64_t first_ns = schedule->next_ns;
        int64_t point_ns = schedule->point_ns;
        if (i < TARGETS) {
            CU_ASSERT_EQUAL((first_ns - start_ns) % (HT_NS_PER_S / 10), 0);
            begun[(first_ns - start_ns) / (HT_NS_PER_S / 10)] = true;
        }
        CU_ASSERT(point_ns >= first_ns - 5 * HT_NS_PER_S && point_ns < first_ns + 5 * HT_NS_PER_S);
        ht_trigger_advance(engine->targets.list[i], first_ns + 1);
        CU_ASSERT_EQUAL(schedule->next_ns, point_ns + 10 * HT_NS_PER_S);
    }
    for (int i = 0; i < TARGETS; i++)
        CU_ASSERT_TRUE(begun[i]);
    ht_engine_free(engine);
}

/* An engine's target of this name, protocol and last ttl, and the memory of its path. */
static uint32_t add_named(struct ht_engine *engine, const char *name, enum ht_protocol protocol,
                          uint8_t max_ttl)
{
    struct ht_target target = {.host = "192.0.2.1", .name = name};
    uint32_t id = 0;
    ht_settings_init(&target.settings);
    target.settings.interval_ns = HT_NS_PER_S;
    target.settings.protocol = protocol;
    target.settings.max_ttl = max_ttl;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, &id, NULL), HT_OK);
    return id;
}

static struct ht_path_memory *memory_of(struct ht_engine *engine, uint32_t id)
{
    struct ht_route route = {.destination = {.version = HT_IPV4, .bytes = {192, 0, 2, 1}},
                             .source = {.version = HT_IPV4, .bytes = {192, 0, 2, 2}}};
    struct ht_scheduled_target *scheduled = ht_targets_find(&engine->targets, id);
    struct ht_flow_request flows[HT_FLOWS_SEARCHED] = {{.previous = NULL}};
    struct ht_round_request round = {.target = &scheduled->target, .flows = flows};
    ht_memory_begin(scheduled, &route, flows, &round);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scheduled->remembered);
    CU_ASSERT_PTR_NOT_NULL_FATAL(flows[0].known);
    return scheduled->remembered->memories[0];
}

/* A target that is added again before the next dispatch, with other settings, goes on with its
 * memory as far as that is of the same path; what no target has taken by then is forgotten. */
static void memory_of_changed_targets(void)
{
    struct ht_engine *engine = make_engine();
    uint32_t one = add_named(engine, "one", HT_ICMP, 30);
    uint32_t two = add_named(engine, "two", HT_ICMP, 30);
    struct ht_path_memory *memory = memory_of(engine, one);
    (void)memory_of(engine, two);
    CU_ASSERT_EQUAL(engine->history.count, 2);
    ht_engine_remove(engine, one);
    ht_engine_remove(engine, two);
    one = add_named(engine, "one", HT_ICMP, 20);
    CU_ASSERT_EQUAL(engine->history.count, 2);
    ht_memory_forget_left(engine);
    CU_ASSERT_EQUAL(engine->history.count, 1);
    CU_ASSERT_PTR_EQUAL(memory_of(engine, one), memory);
    /* It goes before it has had a round, and comes again by another protocol. */
    ht_engine_remove(engine, one);
    one = add_named(engine, "one", HT_ICMP, 10);
    ht_engine_remove(engine, one);
    one = add_named(engine, "one", HT_TCP, 10);
    ht_memory_forget_left(engine);
    CU_ASSERT_PTR_NOT_EQUAL(memory_of(engine, one), memory);
    ht_engine_remove(engine, one);
    one = add_named(engine, "one", HT_ICMP, 10);
    CU_ASSERT_PTR_EQUAL(memory_of(engine, one), memory);
    ht_engine_remove(engine, one);
    ht_memory_forget_left(engine);
    CU_ASSERT_EQUAL(engine->history.count, 0);
    /* Removed and added in a callback: the one that came has its own from the next round on. */
    one = add_named(engine, "one", HT_ICMP, 30);
    memory = memory_of(engine, one);
    engine->loop.busy = true;
    ht_engine_remove(engine, one);
    one = add_named(engine, "one", HT_ICMP, 20);
    engine->loop.busy = false;
    ht_targets_free_removed(engine);
    (void)memory_of(engine, one);
    ht_memory_forget_left(engine);
    CU_ASSERT_EQUAL(engine->history.count, 1);
    ht_engine_free(engine);
}

static const struct unit_case cases[] = {
    UNIT_CASE(many_targets),      UNIT_CASE(unknown_ids),     UNIT_CASE(ids_that_begin_again),
    UNIT_CASE(tcp_targets),       UNIT_CASE(time_of_removal), UNIT_CASE(triggered_rounds),
    UNIT_CASE(grid_of_the_clock), UNIT_CASE(grid_of_many),    UNIT_CASE(memory_of_changed_targets),
};

UNIT_MAIN("api targets", cases)
