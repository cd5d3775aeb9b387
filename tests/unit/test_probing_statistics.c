/* Statistics against values worked by hand. */
#include <math.h>

#include "hoptrace/time.h"
#include "probing/result/statistics.h"
#include "unit.h"

#define MS(x) ((int64_t)((x)*1e6))

static void of_nothing_everything_is_unknown(void)
{
    struct ht_rtt rtt = ht_rtt_of(NULL, 0);
    CU_ASSERT_TRUE(isnan(rtt.min_ms) && isnan(rtt.avg_ms) && isnan(rtt.max_ms));
    CU_ASSERT_TRUE(isnan(rtt.stddev_ms) && isnan(rtt.median_ms) && isnan(rtt.p95_ms));
    CU_ASSERT_TRUE(isnan(rtt.jitter_ms));
}

static void one_reply_has_no_jitter_but_a_deviation_of_zero(void)
{
    int64_t times[] = {MS(4.5)};
    struct ht_rtt rtt = ht_rtt_of(times, 1);
    CU_ASSERT_EQUAL(rtt.min_ms, 4.5);
    CU_ASSERT_EQUAL(rtt.p95_ms, 4.5);
    CU_ASSERT_EQUAL(rtt.stddev_ms, 0);
    CU_ASSERT_TRUE(isnan(rtt.jitter_ms));
}

static void four_replies(void)
{
    int64_t times[] = {MS(8), MS(2), MS(4), MS(6)};
    struct ht_rtt rtt = ht_rtt_of(times, 4);
    CU_ASSERT_EQUAL(rtt.min_ms, 2);
    CU_ASSERT_EQUAL(rtt.max_ms, 8);
    CU_ASSERT_EQUAL(rtt.avg_ms, 5);
    CU_ASSERT_DOUBLE_EQUAL(rtt.stddev_ms, sqrt(5), 1e-12);
    CU_ASSERT_EQUAL(rtt.median_ms, 4); /* nearest rank: the second of four */
    CU_ASSERT_EQUAL(rtt.p95_ms, 8);
    CU_ASSERT_DOUBLE_EQUAL(rtt.jitter_ms, 10.0 / 3, 1e-12); /* in sending order: 6, 2, 2 */
}

static void p95_of_a_hundred_is_the_95th(void)
{
    int64_t times[100];
    for (int i = 0; i < 100; i++)
        times[i] = MS(100 - i);
    struct ht_rtt rtt = ht_rtt_of(times, 100);
    CU_ASSERT_EQUAL(rtt.p95_ms, 95);
    CU_ASSERT_EQUAL(rtt.median_ms, 50);
}

static void long_and_close_times_keep_their_deviation(void)
{
    int64_t times[] = {60000000001, 60000000003};
    CU_ASSERT_DOUBLE_EQUAL(ht_rtt_of(times, 2).stddev_ms, 1e-6, 1e-9);
}

static void loss(void)
{
    CU_ASSERT_TRUE(isnan(ht_loss_percent(0, 0)));
    CU_ASSERT_EQUAL(ht_loss_percent(4, 3), 25);
    CU_ASSERT_EQUAL(ht_loss_percent(4, 4), 0);
    CU_ASSERT_EQUAL(ht_loss_percent(3, 0), 100);
}

static const struct unit_case cases[] = {
    UNIT_CASE(of_nothing_everything_is_unknown),
    UNIT_CASE(one_reply_has_no_jitter_but_a_deviation_of_zero),
    UNIT_CASE(four_replies),
    UNIT_CASE(p95_of_a_hundred_is_the_95th),
    UNIT_CASE(long_and_close_times_keep_their_deviation),
    UNIT_CASE(loss),
};

UNIT_MAIN("probing_statistics", cases)
