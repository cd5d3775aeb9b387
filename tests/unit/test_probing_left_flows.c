/* Flows that were left while they could be answered: how long they rest, and what a full table
 * does. */
#include "hoptrace/time.h"
#include "probing/rounds/left_flows.h"
#include "unit.h"

#define MS HT_NS_PER_MS

static void a_flow_rests_until_its_answers_are_over(void)
{
    struct ht_left_flows flows = {.latest_ns = 0};
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 0);
    ht_left_flows_note(&flows, 7, 500 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 500 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 8, 0), 0);
    CU_ASSERT_TRUE(ht_left_flows_until_ns(&flows, 7, 500 * MS) <= 500 * MS);
}

static void the_later_of_two_rounds_counts(void)
{
    struct ht_left_flows flows = {.latest_ns = 0};
    ht_left_flows_note(&flows, 7, 500 * MS);
    ht_left_flows_note(&flows, 7, 300 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 500 * MS);
    ht_left_flows_note(&flows, 7, 600 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 600 * MS);
    CU_ASSERT_EQUAL(flows.forgotten_ns, 0);
}

static void fill(struct ht_left_flows *flows)
{
    for (uint32_t i = 0; i < HT_LEFT_FLOWS_KEPT; i++)
        ht_left_flows_note(flows, 100 + i, (500 + i) * MS);
    CU_ASSERT_EQUAL(flows->forgotten_ns, 0);
}

/* What is over first is forgotten: no flow is measured too early, none rests longer than that. */
static void what_is_forgotten_holds_for_all(void)
{
    struct ht_left_flows flows = {.latest_ns = 0};
    fill(&flows);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 0);
    ht_left_flows_note(&flows, 7, 800 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 800 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 100, 0), 500 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 8, 0), 500 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 101, 0), 501 * MS);
}

static void one_that_is_over_first_itself_is_forgotten(void)
{
    struct ht_left_flows flows = {.latest_ns = 0};
    fill(&flows);
    ht_left_flows_note(&flows, 7, 400 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 7, 0), 400 * MS);
    CU_ASSERT_EQUAL(ht_left_flows_until_ns(&flows, 100, 0), 500 * MS);
    CU_ASSERT_EQUAL(flows.forgotten_ns, 400 * MS);
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_flow_rests_until_its_answers_are_over),
    UNIT_CASE(the_later_of_two_rounds_counts),
    UNIT_CASE(what_is_forgotten_holds_for_all),
    UNIT_CASE(one_that_is_over_first_itself_is_forgotten),
};

UNIT_MAIN("probing_left_flows", cases)
