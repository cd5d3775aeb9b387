#include "net/transmit_stamps.h"
#include "unit.h"

static void test_what_refuses_once_is_not_asked_again(void)
{
    struct ht_transmit_stamps stamps = {.refused = false};
    CU_ASSERT_FALSE(ht_transmit_stamps_ready(&stamps, -1));
    CU_ASSERT_TRUE(stamps.refused);
    CU_ASSERT_FALSE(ht_transmit_stamps_ready(&stamps, -1));
}

static void test_numbers_go_on_from_call_to_call(void)
{
    struct ht_transmit_stamps stamps = {.in_step = true};
    ht_transmit_stamps_sent(&stamps, 3, 3);
    CU_ASSERT_TRUE(stamps.in_step);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 0), 0);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 2), 2);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 3), SIZE_MAX);
    ht_transmit_stamps_sent(&stamps, 2, 2);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 2), SIZE_MAX);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 3), 0);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 4), 1);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 5), SIZE_MAX);
}

static void test_numbers_wrap(void)
{
    struct ht_transmit_stamps stamps = {.in_step = true, .next_number = UINT32_MAX};
    ht_transmit_stamps_sent(&stamps, 3, 3);
    CU_ASSERT_EQUAL(stamps.next_number, 2);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, UINT32_MAX - 1), SIZE_MAX);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, UINT32_MAX), 0);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 1), 2);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 2), SIZE_MAX);
}

/* The first two went, and the third may have been numbered or not. */
static void test_a_refusal_loses_the_count(void)
{
    struct ht_transmit_stamps stamps = {.in_step = true, .next_number = 7};
    ht_transmit_stamps_sent(&stamps, 8, 2);
    CU_ASSERT_FALSE(stamps.in_step);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 8), 1);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, 9), SIZE_MAX);
    stamps.in_step = true;
    ht_transmit_stamps_sent(&stamps, 8, -1);
    CU_ASSERT_FALSE(stamps.in_step);
    CU_ASSERT_EQUAL(ht_transmit_stamps_place(&stamps, stamps.first_number), SIZE_MAX);
}

/* The wall clock is 1,000 s ahead; the call began at 5 s, the stamp is read 1 ms later. */
static struct ht_stamp_clock clock_at_5s(void)
{
    struct ht_stamp_clock clock;
    int64_t mono_ns = 5 * HT_NS_PER_S + HT_NS_PER_MS;
    ht_stamp_clock_init(
        &clock, (struct ht_now){.mono_ns = mono_ns, .wall_ns = mono_ns + 1000 * HT_NS_PER_S});
    return clock;
}

static bool applied(const struct ht_stamp_clock *clock, struct timespec stamp, int64_t *sent_ns)
{
    struct ht_outgoing packet = {.sent_ns = 5 * HT_NS_PER_S + 7};
    ht_transmit_stamp_apply(&packet, clock, stamp, 5 * HT_NS_PER_S);
    *sent_ns = packet.sent_ns;
    return packet.kernel_stamp;
}

static void test_a_stamp_replaces_the_estimate(void)
{
    struct ht_stamp_clock clock = clock_at_5s();
    int64_t sent_ns;
    CU_ASSERT_TRUE(applied(&clock, (struct timespec){1005, 300000}, &sent_ns));
    CU_ASSERT_EQUAL(sent_ns, 5 * HT_NS_PER_S + 300000);
}

static void test_a_stamp_from_before_the_call_is_another_packets(void)
{
    struct ht_stamp_clock clock = clock_at_5s();
    int64_t sent_ns;
    CU_ASSERT_FALSE(applied(&clock, (struct timespec){1004, 999900000}, &sent_ns));
    CU_ASSERT_EQUAL(sent_ns, 5 * HT_NS_PER_S + 7);
    /* A hair is how clocks are read. */
    CU_ASSERT_TRUE(applied(&clock, (struct timespec){1004, 999998000}, &sent_ns));
    CU_ASSERT_EQUAL(sent_ns, 5 * HT_NS_PER_S);
}

static void test_after_a_step_of_the_wall_clock_the_estimate_stays(void)
{
    struct ht_stamp_clock clock = clock_at_5s();
    struct ht_now stepped = clock.now;
    int64_t sent_ns;
    stepped.wall_ns += 1 * HT_NS_PER_MS;
    ht_stamp_clock_update(&clock, stepped);
    CU_ASSERT_FALSE(applied(&clock, (struct timespec){1005, 300000}, &sent_ns));
    CU_ASSERT_EQUAL(sent_ns, 5 * HT_NS_PER_S + 7);
    CU_ASSERT_FALSE(applied(&clock, (struct timespec){0, 0}, &sent_ns));
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_what_refuses_once_is_not_asked_again),
    UNIT_CASE(test_numbers_go_on_from_call_to_call),
    UNIT_CASE(test_numbers_wrap),
    UNIT_CASE(test_a_refusal_loses_the_count),
    UNIT_CASE(test_a_stamp_replaces_the_estimate),
    UNIT_CASE(test_a_stamp_from_before_the_call_is_another_packets),
    UNIT_CASE(test_after_a_step_of_the_wall_clock_the_estimate_stays),
};

UNIT_MAIN("net/transmit_stamps", cases)
