/* When rounds begin. */
#include "hoptrace/time.h"
#include "probing/rounds/schedule.h"
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

/* The first round may begin half an interval before or behind the point that it stands for. */
static void first_rounds_beside_the_grid(void)
{
    struct ht_schedule schedule;
    ht_schedule_init(&schedule, 100, 10, 0);
    schedule.point_ns = 105;
    ht_schedule_advance(&schedule, 103); /* it is over before its point */
    CU_ASSERT_EQUAL(schedule.next_ns, 115);
    ht_schedule_advance(&schedule, 116);
    CU_ASSERT_EQUAL(schedule.next_ns, 125);
    ht_schedule_init(&schedule, 100, 10, 0);
    schedule.point_ns = 96;
    ht_schedule_advance(&schedule, 107); /* longer than to the next point */
    CU_ASSERT_EQUAL(schedule.next_ns, 116);
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

static void targets_share_the_interval(void)
{
    const int64_t second_ns = HT_NS_PER_S;
    CU_ASSERT_EQUAL(ht_schedule_offset_ns(0, 1000, 10 * second_ns), 0);
    CU_ASSERT_EQUAL(ht_schedule_offset_ns(999, 1000, 10 * second_ns), 9990 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(ht_schedule_offset_ns(2, 3, 60 * second_ns), 6 * second_ns);
    CU_ASSERT_EQUAL(ht_schedule_offset_ns(2, 3, 0), 0);
    CU_ASSERT_EQUAL(ht_schedule_offset_ns(0, 0, second_ns), 0);
}

static const struct unit_case cases[] = {
    UNIT_CASE(one_round_without_an_interval), UNIT_CASE(rounds_keep_to_the_grid),
    UNIT_CASE(first_rounds_beside_the_grid),  UNIT_CASE(rounds_are_counted),
    UNIT_CASE(targets_share_the_interval),
};

UNIT_MAIN("probing_schedule", cases)
