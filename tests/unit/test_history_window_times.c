/* Times of a window's replies. */
#include <math.h>

#include "history/window_times.h"
#include "unit.h"

/* min, avg, max, stddev, median, p95, jitter. */
static const struct ht_rtt three = {1, 2, 3, 0.816496580927726, 2, 3, 1}; /* 1, 2, 3 */
static const struct ht_rtt two = {4, 6, 8, 2, 4, 8, 4};                   /* 4, 8 */
static const struct ht_rtt one = {5, 5, 5, 0, 5, 5, NAN};

static void check(const struct ht_window_times *times, struct ht_rtt right)
{
    struct ht_rtt rtt;
    ht_window_times_sum(times, &rtt);
    CU_ASSERT_DOUBLE_EQUAL(rtt.min_ms, right.min_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.avg_ms, right.avg_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.max_ms, right.max_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.stddev_ms, right.stddev_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.median_ms, right.median_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.p95_ms, right.p95_ms, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.jitter_ms, right.jitter_ms, 1e-5);
}

static void nothing_is_unknown(void)
{
    struct ht_window_times times = {0};
    struct ht_rtt rtt;
    ht_window_times_sum(&times, &rtt);
    CU_ASSERT(isnan(rtt.min_ms) && isnan(rtt.avg_ms) && isnan(rtt.median_ms));
    ht_window_times_add(&times, 0, &one, 20);
    ht_window_times_sum(&times, &rtt);
    CU_ASSERT(isnan(rtt.max_ms) && isnan(rtt.stddev_ms) && isnan(rtt.p95_ms));
    ht_window_times_add(&times, 1, &one, 20);
    ht_window_times_sum(&times, &rtt);
    CU_ASSERT_EQUAL(rtt.p95_ms, 5);
    CU_ASSERT(isnan(rtt.jitter_ms));
    ht_window_times_fini(&times);
}

/* 1, 2, 3, 4, 5, 8: mean 23 / 6, mean square 119 / 6. */
static void all_replies_are_taken_together(void)
{
    struct ht_window_times times = {0};
    ht_window_times_add(&times, 3, &three, 20);
    ht_window_times_add(&times, 2, &two, 20);
    ht_window_times_add(&times, 0, &two, 20);
    ht_window_times_add(&times, 1, &one, 20);
    check(&times, (struct ht_rtt){1, 23.0 / 6, 8, sqrt(119.0 / 6 - 529.0 / 36), 3, 8, 2});
    ht_window_times_fini(&times);
}

static void the_oldest_rounds_go(void)
{
    struct ht_window_times times = {0};
    for (int i = 0; i < 50; i++)
        ht_window_times_add(&times, 2, &two, 4);
    for (int i = 0; i < 4; i++)
        ht_window_times_add(&times, 3, &three, 4);
    CU_ASSERT_EQUAL(times.count, 4);
    CU_ASSERT_EQUAL(times.capacity, 4);
    check(&times, three);
    ht_window_times_add(&times, 10, &two, 2);
    CU_ASSERT_EQUAL(times.count, 2);
    ht_window_times_fini(&times);
}

static const struct unit_case cases[] = {
    UNIT_CASE(nothing_is_unknown),
    UNIT_CASE(all_replies_are_taken_together),
    UNIT_CASE(the_oldest_rounds_go),
};

UNIT_MAIN("history/window_times", cases)
