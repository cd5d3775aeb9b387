/* How far along the path the first probes go, before anything has answered. */
#include "hoptrace/settings.h"
#include "probing/log/overdue.h"
#include "probing/log/round_state.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/round/window.h"
#include "unit.h"

/* Takes all that is due at once; returns the highest ttl among it. */
static uint8_t first_wave(uint8_t expected_ttl, uint8_t gap_limit, uint8_t max_ttl)
{
    struct ht_target target = {.name = "t", .host = "192.0.2.1"};
    struct ht_flow flow = {.protocol = HT_ICMP};
    struct ht_round round;
    uint32_t probe;
    uint8_t highest = 0;
    ht_settings_init(&target.settings);
    target.settings.gap_limit = gap_limit;
    target.settings.max_ttl = max_ttl;
    ht_round_init(&round, &target, &flow, 0, 0, 1, NULL);
    round.recalled = &(struct ht_round_memory){.destination_ttl = expected_ttl};
    round.hints.look_ahead = ht_window_look_ahead(1, 1, false);
    (void)ht_round_agenda(&round, 1000);
    while (ht_sending_take(&round, 1000, &probe)) {
        ht_sending_sent(&round, probe, 1000, false);
        if (round.log.probes[probe].ttl > highest)
            highest = round.log.probes[probe].ttl;
    }
    ht_round_fini(&round);
    return highest;
}

static void without_knowledge_a_few_hops_ahead(void)
{
    CU_ASSERT_EQUAL(first_wave(0, 0, 30), 8);
    CU_ASSERT_EQUAL(first_wave(0, 5, 30), 5);
    CU_ASSERT_EQUAL(first_wave(0, 5, 3), 3);
}

static void to_where_the_destination_was_and_no_further(void)
{
    CU_ASSERT_EQUAL(first_wave(12, 0, 30), 12);
    CU_ASSERT_EQUAL(first_wave(4, 0, 30), 4);
    CU_ASSERT_EQUAL(first_wave(12, 20, 30), 12);
}

static void never_beyond_the_limits(void)
{
    CU_ASSERT_EQUAL(first_wave(12, 5, 30), 5);
    CU_ASSERT_EQUAL(first_wave(12, 0, 10), 10);
    CU_ASSERT_EQUAL(first_wave(255, 0, 255), 255);
}

static void many_traces_probe_little_in_vain(void)
{
    CU_ASSERT_EQUAL(ht_window_look_ahead(1, 1, false), 8);
    CU_ASSERT_EQUAL(ht_window_look_ahead(8, 8, false), 4);
    CU_ASSERT_EQUAL(ht_window_look_ahead(100, 100, false), 2);
    CU_ASSERT_EQUAL(ht_window_look_ahead(256, 256, false), 2);
    CU_ASSERT_EQUAL(ht_window_look_ahead(257, 257, false), 1);
    CU_ASSERT_EQUAL(ht_window_look_ahead(100, 6000, false), 8);
    CU_ASSERT_EQUAL(ht_window_look_ahead(1000, 6000, false), 4);
    CU_ASSERT_EQUAL(ht_window_look_ahead(1001, 6000, false), 3);
    CU_ASSERT_EQUAL(ht_window_look_ahead(3000, 6000, false), 2);
    CU_ASSERT_EQUAL(ht_window_look_ahead(3001, 6000, false), 1);
    CU_ASSERT_EQUAL(ht_window_look_ahead(1000000, 1000000, false), 1);
}

static void with_far_probes_even_less(void)
{
    CU_ASSERT_EQUAL(ht_window_look_ahead(100, 100, true), 2);
    CU_ASSERT_EQUAL(ht_window_look_ahead(751, 6000, true), 1);
    CU_ASSERT_EQUAL(ht_window_look_ahead(750, 6000, true), 2);
    CU_ASSERT_EQUAL(ht_window_look_ahead(100, 6000, true), 8);
}

/* A path of 600 ms is overdue for a retry before it can have answered, and late only after that. */
static void late_is_after_the_longest_time_measured(void)
{
    struct ht_round round = {.log.asked.timeout_ns = 3 * HT_NS_PER_S,
                             .end.last_answer_ttl = 4,
                             .log.max_rtt_ns = 600 * HT_NS_PER_MS};
    CU_ASSERT_EQUAL(ht_overdue_ns(&round.log, &round.end, 4), 300 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(ht_overdue_late_ns(&round.log), 1220 * HT_NS_PER_MS);
    round.log.asked.timeout_ns = HT_NS_PER_S;
    CU_ASSERT_EQUAL(ht_overdue_late_ns(&round.log), HT_NS_PER_S);
    round.log.max_rtt_ns = 10 * HT_NS_PER_MS;
    CU_ASSERT_EQUAL(ht_overdue_ns(&round.log, &round.end, 4), 40 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(ht_overdue_ns(&round.log, &round.end, 5), 300 * HT_NS_PER_MS);
}

static const struct unit_case cases[] = {
    UNIT_CASE(without_knowledge_a_few_hops_ahead),
    UNIT_CASE(to_where_the_destination_was_and_no_further),
    UNIT_CASE(never_beyond_the_limits),
    UNIT_CASE(many_traces_probe_little_in_vain),
    UNIT_CASE(with_far_probes_even_less),
    UNIT_CASE(late_is_after_the_longest_time_measured),
};

UNIT_MAIN("probing_window", cases)
