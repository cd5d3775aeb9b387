/* What one round of a target leaves to the next. */
#include "history/round_memory.h"
#include "unit.h"

static void a_round_replaces_what_was_known(void)
{
    struct ht_round_memory previous = {
        .silent_ttls = {UINT64_C(1) << 9}, .destination_ttl = 12, .next_number = 4711};
    const struct ht_node node = {.facts.received = 3};
    const struct ht_hop hops[] = {
        {.ttl = 1, .sent = 3, .received = 3, .nodes = &node, .node_count = 1},
        {.ttl = 2, .sent = 4},
        {.ttl = 3, .sent = 0}, /* all excused: nobody knows */
        {.ttl = 64, .sent = 4},
        {.ttl = 255, .sent = 4},
    };
    const struct ht_report report = {
        .status = HT_STATUS_REACHED, .hop_count = 255, .hops = hops, .listed_hops = 5};
    ht_round_memory_note(&previous, &report);
    CU_ASSERT_EQUAL(previous.destination_ttl, 255);
    CU_ASSERT_EQUAL(previous.next_number, 4711);
    for (unsigned ttl = 0; ttl <= UINT8_MAX; ttl++)
        CU_ASSERT_EQUAL(ht_round_memory_silent(&previous, (uint8_t)ttl),
                        ttl == 2 || ttl == 64 || ttl == 255);
}

static void a_destination_that_was_not_reached_is_nowhere(void)
{
    struct ht_round_memory previous = {.destination_ttl = 12};
    const struct ht_report report = {.status = HT_STATUS_INCOMPLETE, .hop_count = 7};
    ht_round_memory_note(&previous, &report);
    CU_ASSERT_EQUAL(previous.destination_ttl, 0);
}

static const struct unit_case cases[] = {
    UNIT_CASE(a_round_replaces_what_was_known),
    UNIT_CASE(a_destination_that_was_not_reached_is_nowhere),
};

UNIT_MAIN("probing_round_memory", cases)
