/* When rounds begin. */
#include "base/time.h"
#include "engine/schedule.h"
#include "unit.h"

static void one_round_without_an_interval(void)
{
    struct ht_schedule schedule;
    ht_schedule_init(&schedule, 100, 0, 7);
    CU_ASSERT_EQUAL(schedule.next_ns, 100);
    ht_schedule_advance(&schedule, 150);
    CU_ASSERT_EQUAL(schedule.next_ns, HT_NEVER);
}

static void rounds_keep_to_the_grid(void)
{
    struct ht_schedule schedule;
    ht_schedule_init(&schedule, 100, 10, 0);
    ht_schedule_advance(&schedule, 103);
    CU_ASSERT_EQUAL(schedule.next_ns, 110);
    ht_schedule_advance(&schedule, 120); /* took exactly the interval */
    CU_ASSERT_EQUAL(schedule.next_ns, 120);
    ht_schedule_advance(&schedule, 145); /* took longer: 130 and 140 are skipped */
    CU_ASSERT_EQUAL(schedule.next_ns, 150);
}

static void rounds_are_counted(void)
{
    struct ht_schedule schedule;
    ht_schedule_init(&schedule, 0, 10, 2);
    ht_schedule_advance(&schedule, 1);
    CU_ASSERT_EQUAL(schedule.next_ns, 10);
    ht_schedule_advance(&schedule, 11);
    CU_ASSERT_EQUAL(schedule.next_ns, HT_NEVER);
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_round_without_an_interval),
    UNIT_CASE(rounds_keep_to_the_grid),
    UNIT_CASE(rounds_are_counted),
};

UNIT_MAIN("engine_schedule", cases)
