/* Percentiles of many durations. */
#include <stdlib.h>

#include "base/durations.h"
#include "unit.h"

static void none(void)
{
    static const struct ht_durations durations;
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 99), -1);
}

/* Each length by itself: no percentile is lower, and none higher by an eighth. */
static void one_of_each(void)
{
    for (int64_t length_ns = 1; length_ns < INT64_C(1) << 46; length_ns += length_ns / 7 + 1) {
        struct ht_durations durations = {.count = 0};
        ht_durations_add(&durations, length_ns);
        for (unsigned percent = 1; percent <= 100; percent++) {
            int64_t found_ns = ht_durations_percentile_ns(&durations, percent);
            CU_ASSERT(found_ns >= length_ns && found_ns - length_ns <= length_ns / 8);
        }
    }
}

static void by_rank(void)
{
    struct ht_durations durations = {.count = 0};
    for (int i = 0; i < 990; i++)
        ht_durations_add(&durations, 5);
    for (int i = 0; i < 9; i++)
        ht_durations_add(&durations, 1000);
    ht_durations_add(&durations, -1);
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 1), 5);
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 99), 5); /* rank 990 of 1,000 */
    ht_durations_add(&durations, 1000);                             /* rank 991 of 1,001 */
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 99), 5);
    for (int i = 0; i < 2; i++)
        ht_durations_add(&durations, 1000);
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 99), 1023); /* rank 993 of 1,003 */
}

/* What is longer than any is as the longest. */
static void very_long(void)
{
    struct ht_durations durations = {.count = 0};
    ht_durations_add(&durations, INT64_MAX);
    ht_durations_add(&durations, (INT64_C(1) << 46) - 1);
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 50), (INT64_C(1) << 46) - 1);
    CU_ASSERT_EQUAL(ht_durations_percentile_ns(&durations, 100), (INT64_C(1) << 46) - 1);
}

static const struct unit_case cases[] = {
    UNIT_CASE(none),
    UNIT_CASE(one_of_each),
    UNIT_CASE(by_rank),
    UNIT_CASE(very_long),
};

UNIT_MAIN("base_durations", cases)
