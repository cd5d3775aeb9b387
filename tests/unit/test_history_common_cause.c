/* Events of many targets, and what they have in common. */
#include "history/common_cause.h"
#include "unit.h"

#define SECOND INT64_C(1000000000)

static struct ht_address address(unsigned number)
{
    return (struct ht_address){.version = HT_IPV4,
                               .bytes = {10, (uint8_t)(number >> 8), (uint8_t)number, 1}};
}

/* An event whose place reaches over the routers [from, to]. */
static enum ht_cause_answer add(struct ht_common_causes *causes, unsigned target, unsigned from,
                                unsigned to, int64_t time_ns)
{
    struct ht_address chain[HT_CHAIN_MAX];
    size_t length = 0;
    for (unsigned i = from; i <= to; i++)
        chain[length++] = address(i);
    return ht_common_causes_add(causes, 1, target, chain, length, time_ns, 1000 + target);
}

static bool is(struct ht_address one, unsigned number)
{
    struct ht_address other = address(number);
    return ht_address_equal(&one, &other);
}

static void eight_targets_have_one_cause(void)
{
    struct ht_common_causes causes = {0};
    struct ht_cause_outcome outcome;
    CU_ASSERT_FALSE(ht_common_causes_take(&causes, 100 * SECOND, &outcome));
    CU_ASSERT_EQUAL(ht_common_causes_due_ns(&causes), INT64_MAX);
    for (unsigned i = 0; i < 8; i++) /* the place of the odd ones is less well known */
        CU_ASSERT_EQUAL(add(&causes, i, 5 - i % 2, 6 + i % 3, (1 + i) * SECOND), HT_CAUSE_WAITS);
    CU_ASSERT_EQUAL(ht_common_causes_due_ns(&causes), 11 * SECOND);
    CU_ASSERT_FALSE(ht_common_causes_take(&causes, 11 * SECOND - 1, &outcome));
    CU_ASSERT_TRUE(ht_common_causes_take(&causes, 11 * SECOND, &outcome));
    CU_ASSERT_TRUE(outcome.common);
    CU_ASSERT_EQUAL(outcome.kind, 1);
    CU_ASSERT(is(outcome.place.after, 5) && is(outcome.place.by, 6));
    CU_ASSERT_EQUAL(outcome.targets, 8);
    CU_ASSERT_EQUAL(outcome.count, 8);
    CU_ASSERT_EQUAL(outcome.tickets[7], 1007);
    CU_ASSERT_EQUAL(outcome.time_ns, SECOND);
    CU_ASSERT_FALSE(ht_common_causes_take(&causes, 100 * SECOND, &outcome));
    CU_ASSERT_EQUAL(add(&causes, 77, 5, 6, 200 * SECOND), HT_CAUSE_JOINS);
    CU_ASSERT_EQUAL(add(&causes, 78, 6, 7, 200 * SECOND), HT_CAUSE_WAITS);
    CU_ASSERT_EQUAL(add(&causes, 79, 5, 6, 4000 * SECOND), HT_CAUSE_WAITS);
    ht_common_causes_fini(&causes);
}

static void each_is_alone(struct ht_common_causes *causes, size_t count)
{
    struct ht_cause_outcome outcome;
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_TRUE(ht_common_causes_take(causes, 100 * SECOND, &outcome));
        CU_ASSERT_FALSE(outcome.common);
        CU_ASSERT_EQUAL(outcome.count, 1);
    }
    CU_ASSERT_FALSE(ht_common_causes_take(causes, 100 * SECOND, &outcome));
}

static void seven_targets_have_none(void)
{
    struct ht_common_causes causes = {0};
    for (unsigned i = 0; i < 21; i++) /* three times the same seven */
        CU_ASSERT_EQUAL(add(&causes, i % 7, 5, 6, SECOND), HT_CAUSE_WAITS);
    each_is_alone(&causes, 21);
    for (unsigned i = 0; i < 8; i++) /* eight places */
        CU_ASSERT_EQUAL(add(&causes, i, 10 * i, 10 * i + 2, SECOND), HT_CAUSE_WAITS);
    each_is_alone(&causes, 8);
    ht_common_causes_fini(&causes);
}

static void kinds_and_links_are_told_apart(void)
{
    struct ht_common_causes causes = {0};
    struct ht_address chain[2] = {address(5), address(6)};
    struct ht_address back[2] = {address(6), address(5)};
    for (unsigned i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(ht_common_causes_add(&causes, 1, i, chain, 2, SECOND, i), HT_CAUSE_WAITS);
        CU_ASSERT_EQUAL(ht_common_causes_add(&causes, 2, i + 5, chain, 2, SECOND, i),
                        HT_CAUSE_WAITS);
        CU_ASSERT_EQUAL(ht_common_causes_add(&causes, 1, i + 10, back, 2, SECOND, i),
                        HT_CAUSE_WAITS);
    }
    CU_ASSERT_EQUAL(ht_common_causes_add(&causes, 1, 1, chain, 1, SECOND, 1), HT_CAUSE_ALONE);
    each_is_alone(&causes, 15);
    ht_common_causes_fini(&causes);
}

/* 300 of 1,000 targets are behind the link from 2 to 3, and others lose for themselves. */
static void a_core_router_is_found_among_others(void)
{
    struct ht_common_causes causes = {0};
    struct ht_cause_outcome outcome;
    unsigned common = 0;
    unsigned single = 0;
    for (unsigned i = 0; i < 300; i++) {
        CU_ASSERT_EQUAL(add(&causes, i, i % 4 == 0 ? 1 : 2, i % 3 == 0 ? 3 : 4, SECOND + i),
                        HT_CAUSE_WAITS);
        if (i % 10 == 0)
            add(&causes, 300 + i, 1000 + i, 1001 + i, SECOND + i);
    }
    while (ht_common_causes_take(&causes, 100 * SECOND, &outcome)) {
        common += outcome.common;
        single += !outcome.common;
        if (outcome.common) {
            CU_ASSERT(is(outcome.place.after, 2) && is(outcome.place.by, 3));
            CU_ASSERT_EQUAL(outcome.targets, 300);
        }
    }
    CU_ASSERT_EQUAL(common, 1);
    CU_ASSERT_EQUAL(single, 30);
    ht_common_causes_fini(&causes);
}

static void what_cannot_be_told_apart_is_one_place(void)
{
    struct ht_common_causes causes = {0};
    struct ht_cause_outcome outcome;
    for (unsigned i = 0; i < 10; i++)
        add(&causes, i, 4, 7 + i % 2, SECOND);
    CU_ASSERT_TRUE(ht_common_causes_take(&causes, 100 * SECOND, &outcome));
    CU_ASSERT(is(outcome.place.after, 4) && is(outcome.place.by, 7));
    ht_common_causes_fini(&causes);
}

static void what_waits_is_bounded(void)
{
    struct ht_common_causes causes = {0};
    struct ht_cause_outcome outcome;
    for (unsigned i = 0; i < HT_CAUSE_WAITING_MAX; i++)
        add(&causes, i, 2 * i, 2 * i + 1, SECOND);
    CU_ASSERT_FALSE(ht_common_causes_take(&causes, SECOND, &outcome));
    add(&causes, 9999, 9999, 10000, SECOND);
    CU_ASSERT_TRUE(ht_common_causes_take(&causes, SECOND, &outcome));
    CU_ASSERT_FALSE(outcome.common);
    CU_ASSERT_FALSE(ht_common_causes_take(&causes, SECOND, &outcome));
    ht_common_causes_fini(&causes);
}

static const struct unit_case cases[] = {
    UNIT_CASE(eight_targets_have_one_cause),
    UNIT_CASE(seven_targets_have_none),
    UNIT_CASE(kinds_and_links_are_told_apart),
    UNIT_CASE(a_core_router_is_found_among_others),
    UNIT_CASE(what_cannot_be_told_apart_is_one_place),
    UNIT_CASE(what_waits_is_bounded),
};

UNIT_MAIN("history/common_cause", cases)
