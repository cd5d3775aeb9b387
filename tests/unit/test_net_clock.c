#include <string.h>

#include "net/clock.h"
#include "unit.h"

#define S  HT_NS_PER_S
#define MS HT_NS_PER_MS
#define US HT_NS_PER_US

/* Both clocks at some moment: monotonic 1000 s, wall 1.7e9 s. */
static const struct ht_now start = {.mono_ns = 1000 * S, .wall_ns = 1700000000 * S};

static struct ht_now later(struct ht_now from, int64_t duration_ns)
{
    return (struct ht_now){from.mono_ns + duration_ns, from.wall_ns + duration_ns};
}

static struct timespec stamp_at(int64_t wall_ns)
{
    return (struct timespec){.tv_sec = (time_t)(wall_ns / S), .tv_nsec = (long)(wall_ns % S)};
}

/* A script of readings: what the clocks say, one after the other. */
struct script {
    const int64_t *readings;
    size_t next;
};

static int64_t read_script(void *user, clockid_t id)
{
    struct script *script = user;
    (void)id;
    return script->readings[script->next++];
}

static void test_now_takes_the_tightest_bracket(void)
{
    /* monotonic, wall, monotonic: 5 ms wide, 2 us wide, 50 us wide, 3 us wide. */
    static const int64_t readings[] = {
        1000 * S, 77 * S, 1000 * S + 5 * MS,  1001 * S, 78 * S, 1001 * S + 2 * US,
        1002 * S, 79 * S, 1002 * S + 50 * US, 1003 * S, 80 * S, 1003 * S + 3 * US};
    struct script script = {.readings = readings};
    struct ht_now now = ht_clock_now_from(read_script, &script);
    CU_ASSERT_EQUAL(script.next, 12);
    CU_ASSERT_EQUAL(now.mono_ns, 1001 * S + 1 * US);
    CU_ASSERT_EQUAL(now.wall_ns, 78 * S);
}

static void test_now_is_content_with_a_tight_one(void)
{
    static const int64_t readings[] = {1000 * S, 77 * S, 1000 * S + 60};
    struct script script = {.readings = readings};
    struct ht_now now = ht_clock_now_from(read_script, &script);
    CU_ASSERT_EQUAL(script.next, 3);
    CU_ASSERT_EQUAL(now.mono_ns, 1000 * S + 30);
}

static void test_now_reads_the_real_clocks(void)
{
    struct ht_now first = ht_clock_now();
    struct ht_now second = ht_clock_now();
    CU_ASSERT(second.mono_ns >= first.mono_ns);
    CU_ASSERT(first.wall_ns > INT64_C(1500000000) * S);
    CU_ASSERT(ht_clock_mono_ns() >= second.mono_ns);
}

static void test_stamp_becomes_monotonic(void)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns;
    ht_stamp_clock_init(&clock, start);
    ht_stamp_clock_update(&clock, later(start, 10 * MS));
    CU_ASSERT(ht_stamp_to_mono(&clock, stamp_at(start.wall_ns + 3 * MS), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, start.mono_ns + 3 * MS);
    CU_ASSERT_FALSE(clock.stepped);
}

static void test_stamp_a_moment_in_the_future_is_now(void)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns;
    ht_stamp_clock_init(&clock, start);
    CU_ASSERT(ht_stamp_to_mono(&clock, stamp_at(start.wall_ns + 200), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, start.mono_ns);
}

static void test_stamp_is_read_after_a_long_stop(void)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns;
    ht_stamp_clock_init(&clock, start);
    ht_stamp_clock_update(&clock, later(start, 3 * 3600 * S));
    CU_ASSERT(ht_stamp_to_mono(&clock, stamp_at(start.wall_ns + 3 * MS), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, start.mono_ns + 3 * MS);
}

static void test_suspension_has_two_bounds(void)
{
    int64_t least_ns;
    int64_t most_ns;
    int64_t again_least_ns;
    int64_t again_most_ns;
    ht_clock_suspended(&least_ns, &most_ns);
    ht_clock_suspended(&again_least_ns, &again_most_ns);
    CU_ASSERT(least_ns <= most_ns && most_ns >= 0);
    CU_ASSERT(again_least_ns <= most_ns && least_ns <= again_most_ns);
}

static void test_stamp_out_of_bounds_is_distrusted(void)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns;
    ht_stamp_clock_init(&clock, start);
    const struct timespec wrong[] = {stamp_at(start.wall_ns + 1 * MS),
                                     stamp_at(start.wall_ns - HT_STAMP_AGE_MAX_NS - 1),
                                     {.tv_sec = 0, .tv_nsec = 0},
                                     {.tv_sec = -5, .tv_nsec = 0},
                                     {.tv_sec = INT64_MAX, .tv_nsec = 999999999}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        mono_ns = -1;
        CU_ASSERT_FALSE(ht_stamp_to_mono(&clock, wrong[i], &mono_ns));
        CU_ASSERT_EQUAL(mono_ns, start.mono_ns);
    }
}

/* The wall clock steps between a packet's stamp and its reading. */
static void step_by(int64_t step_ns)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns;
    ht_stamp_clock_init(&clock, start);
    struct ht_now now = later(start, 10 * MS);
    now.wall_ns += step_ns;
    ht_stamp_clock_update(&clock, now);
    CU_ASSERT(clock.stepped);
    CU_ASSERT_FALSE(ht_stamp_to_mono(&clock, stamp_at(start.wall_ns + 3 * MS), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, now.mono_ns);

    /* A packet stamped before the step may come with the next batch. */
    now = later(now, 1 * MS);
    ht_stamp_clock_update(&clock, now);
    CU_ASSERT(clock.stepped);
    CU_ASSERT_FALSE(ht_stamp_to_mono(&clock, stamp_at(start.wall_ns + 4 * MS), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, now.mono_ns);

    /* After a while all are of the new time. */
    now = later(now, HT_CLOCK_STEP_HOLD_NS);
    ht_stamp_clock_update(&clock, now);
    CU_ASSERT_FALSE(clock.stepped);
    CU_ASSERT(ht_stamp_to_mono(&clock, stamp_at(now.wall_ns - 2 * MS), &mono_ns));
    CU_ASSERT_EQUAL(mono_ns, now.mono_ns - 2 * MS);
}

static void test_steps_are_noticed_in_both_directions(void)
{
    step_by(3600 * S);
    step_by(-3600 * S);
    step_by(1 * MS);
    step_by(-1 * MS);
}

static void test_resume_looks_like_a_step(void)
{
    /* Suspended for 8 hours: only the wall clock went on. */
    step_by(INT64_C(28800) * S);
}

static void test_unsteady_readings_are_no_step(void)
{
    struct ht_stamp_clock clock;
    ht_stamp_clock_init(&clock, start);
    struct ht_now now = start;
    for (int i = 0; i < 1000; i++) {
        now = later(now, 1 * MS);
        struct ht_now read = now;
        read.wall_ns += i % 2 == 0 ? 40 * US : -40 * US;
        ht_stamp_clock_update(&clock, read);
        CU_ASSERT_FALSE(clock.stepped);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_now_takes_the_tightest_bracket),
    UNIT_CASE(test_now_is_content_with_a_tight_one),
    UNIT_CASE(test_now_reads_the_real_clocks),
    UNIT_CASE(test_stamp_becomes_monotonic),
    UNIT_CASE(test_stamp_a_moment_in_the_future_is_now),
    UNIT_CASE(test_stamp_is_read_after_a_long_stop),
    UNIT_CASE(test_suspension_has_two_bounds),
    UNIT_CASE(test_stamp_out_of_bounds_is_distrusted),
    UNIT_CASE(test_steps_are_noticed_in_both_directions),
    UNIT_CASE(test_resume_looks_like_a_step),
    UNIT_CASE(test_unsteady_readings_are_no_step),
};

UNIT_MAIN("net/clock", cases)
