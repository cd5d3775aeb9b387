/* An engine's own health on a clock of the test's own. */
#include <math.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "net/clock.h"
#include "unit.h"

#define INTERVAL_NS (10 * HT_NS_PER_S)
#define WALL_NS     INT64_C(1700000000000000000)

static int64_t clock_ns = 1000 * HT_NS_PER_S;

struct ht_now __wrap_ht_clock_now(void);
int64_t __wrap_ht_clock_mono_ns(void);

struct ht_now __wrap_ht_clock_now(void)
{
    return (struct ht_now){.mono_ns = clock_ns, .wall_ns = WALL_NS + clock_ns};
}

int64_t __wrap_ht_clock_mono_ns(void)
{
    return clock_ns;
}

/* What was told. */
struct told {
    unsigned times;
    struct ht_health health;
    struct ht_health_counts counts;
    struct ht_health_counts totals;
};

static void on_report(void *user, const struct ht_report *report)
{
    (void)user;
    (void)report;
}

static void on_health(void *user, const struct ht_health *health)
{
    struct told *told = user;
    told->times++;
    told->health = *health;
    told->counts = *health->counts;
    told->totals = *health->totals;
}

static struct ht_engine *make(struct told *told, int64_t interval_ns)
{
    struct ht_engine_options options = {.on_report = on_report,
                                        .on_health = told != NULL ? on_health : NULL,
                                        .health_interval_ns = interval_ns,
                                        .user = told};
    struct ht_engine *engine = NULL;
    CU_ASSERT_EQUAL_FATAL(ht_engine_new(&options, &engine, NULL), HT_OK);
    return engine;
}

/* A wake-up so much behind its time. */
static void wake(struct ht_engine *engine, int64_t late_ns)
{
    clock_ns += HT_NS_PER_MS;
    engine->watch.timer_ns = clock_ns - late_ns;
    ht_health_note_wakeup(engine);
    engine->now = ht_clock_now();
    ht_health_tell(engine);
}

static struct ht_scheduled_target *add(struct ht_engine *engine)
{
    struct ht_target target = {.host = "192.0.2.1"};
    uint32_t id = 0;
    ht_settings_init(&target.settings);
    target.settings.interval_ns = INTERVAL_NS;
    CU_ASSERT_EQUAL_FATAL(ht_engine_add(engine, &target, &id, NULL), HT_OK);
    return ht_targets_find(&engine->targets, id);
}

static void late_wakeups(void)
{
    struct told told = {.times = 0};
    struct ht_engine *engine = make(&told, HT_NS_PER_S);
    wake(engine, 0); /* the first dispatch: it begins to count */
    for (int i = 0; i < 198; i++)
        wake(engine, 100 * HT_NS_PER_US);
    wake(engine, -HT_NS_PER_MS); /* an answer, before the time */
    wake(engine, 40 * HT_NS_PER_MS);
    wake(engine, 50 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(told.times, 0);
    clock_ns += HT_NS_PER_S;
    engine->now = ht_clock_now();
    ht_health_tell(engine);
    CU_ASSERT_EQUAL_FATAL(told.times, 1);
    CU_ASSERT_EQUAL(told.counts.wakeups, 200);
    CU_ASSERT(told.health.wakeup_late_ms_p99 >= 0.1 && told.health.wakeup_late_ms_p99 <= 0.1125);
    CU_ASSERT_EQUAL(told.health.duration_ns, HT_NS_PER_S + 201 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(told.health.time_ns, WALL_NS + clock_ns);
    /* The next one is of what came since; the one that was missed is not made up for. */
    wake(engine, 40 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(told.times, 1);
    clock_ns += 2 * HT_NS_PER_S;
    engine->now = ht_clock_now();
    ht_health_tell(engine);
    ht_health_tell(engine);
    CU_ASSERT_EQUAL(told.times, 2);
    CU_ASSERT(told.health.wakeup_late_ms_p99 >= 40 && told.health.wakeup_late_ms_p99 <= 45);
    CU_ASSERT_EQUAL(told.counts.wakeups, 1);
    CU_ASSERT_EQUAL(told.totals.wakeups, 201);
    clock_ns += HT_NS_PER_S;
    engine->now = ht_clock_now();
    ht_health_tell(engine);
    CU_ASSERT_EQUAL(told.times, 3);
    CU_ASSERT_TRUE(isnan(told.health.wakeup_late_ms_p99));
    ht_engine_free(engine);
}

static void rounds(void)
{
    static const int64_t late_ns[] = {0, INTERVAL_NS / 10, INTERVAL_NS / 10 + 1, INTERVAL_NS};
    struct told told = {.times = 0};
    struct ht_engine *engine = make(&told, 0);
    struct ht_scheduled_target *scheduled = add(engine);
    struct ht_report report = {.local_errors = 3};
    wake(engine, 0);
    for (size_t i = 0; i < 4; i++)
        ht_health_note_begin(scheduled, engine->now.mono_ns - late_ns[i]);
    /* One in time, one during which two others should have begun, one that was asked for. */
    int64_t point_ns = scheduled->schedule.point_ns;
    ht_schedule_advance(&scheduled->schedule, point_ns + 1);
    ht_health_note_record(scheduled, &report, point_ns);
    point_ns = scheduled->schedule.point_ns;
    ht_schedule_advance(&scheduled->schedule, point_ns + 2 * INTERVAL_NS + 1);
    ht_health_note_record(scheduled, &report, point_ns);
    ht_health_note_record(scheduled, &report, scheduled->schedule.point_ns);
    ht_health_note_overflows(engine, 7);
    CU_ASSERT_EQUAL(ht_health_next_ns(engine), HT_NEVER);
    ht_health_finish(engine);
    ht_health_finish(engine); /* there is nothing new */
    CU_ASSERT_EQUAL_FATAL(told.times, 1);
    CU_ASSERT_EQUAL(told.counts.rounds, 3);
    CU_ASSERT_EQUAL(told.counts.rounds_late, 2);
    CU_ASSERT_EQUAL(told.counts.rounds_left_out, 2);
    CU_ASSERT_EQUAL(told.counts.local_errors, 9);
    CU_ASSERT_EQUAL(told.counts.rx_overflows, 7);
    CU_ASSERT_EQUAL(told.health.targets, 1);
    CU_ASSERT_EQUAL(told.health.pps_needed, 0);
    CU_ASSERT(told.health.memory_bytes > 100000);
    /* 10 packets each 10 s, 7 % of a ceiling being of no use. */
    ht_load_note(scheduled, 10);
    ht_health_note_record(scheduled, &report, scheduled->schedule.point_ns);
    ht_health_finish(engine);
    CU_ASSERT_EQUAL(told.health.pps_needed, 2);
    ht_engine_free(engine);
}

/* Nobody asks: nothing is counted. */
static void switched_off(void)
{
    struct ht_engine *engine = make(NULL, HT_NS_PER_S);
    wake(engine, HT_NS_PER_S);
    ht_health_note_overflows(engine, 1);
    ht_health_finish(engine);
    CU_ASSERT_PTR_NULL(engine->health);
    CU_ASSERT_EQUAL(ht_health_next_ns(engine), HT_NEVER);
    ht_engine_free(engine);
}

static const struct unit_case cases[] = {
    UNIT_CASE(late_wakeups),
    UNIT_CASE(rounds),
    UNIT_CASE(switched_off),
};

UNIT_MAIN("api health", cases)
