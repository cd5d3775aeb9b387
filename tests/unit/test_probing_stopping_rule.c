/* How many flows prove that a node has no further branch. On topologies: tests/multipath. */
#include "probing/multipath/stopping_rule.h"
#include "unit.h"

#define BRANCHES_MAX 40
#define FLOWS_MAX    2000

/* n(k) of k = 2, 3, ...: the union bound, as it is published, rounded up. */
static void points_are_those_of_the_formula(void)
{
    static const uint32_t of_95[] = {6, 11, 16, 21, 27, 33, 39, 45, 51, 57, 63, 70, 77, 83, 90, 97};
    static const uint32_t of_99[] = {8, 15, 21, 28};
    for (uint32_t i = 0; i < sizeof of_95 / sizeof of_95[0]; i++)
        CU_ASSERT_EQUAL(ht_stopping_point(i + 1, 0.05), of_95[i]);
    for (uint32_t i = 0; i < sizeof of_99 / sizeof of_99[0]; i++)
        CU_ASSERT_EQUAL(ht_stopping_point(i + 1, 0.01), of_99[i]);
}

static void a_node_has_its_share_of_the_failure(void)
{
    CU_ASSERT_DOUBLE_EQUAL(ht_failure_of_node(0.05, 1), 0.05, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ht_failure_of_node(0.05, 20), 0.0025, 1e-12);
    CU_ASSERT_EQUAL(ht_stopping_point(1, ht_failure_of_node(0.05, 20)), 10);
    CU_ASSERT_EQUAL(ht_stopping_point(4, ht_failure_of_node(0.05, 37)), 37);
}

/* The chain of the number of branches seen. */
static double missed(uint32_t branches, double failure)
{
    double seen[BRANCHES_MAX + 1] = {0, 1};
    double sum = 0;
    for (uint32_t flows = 1; flows < FLOWS_MAX; flows++) {
        for (uint32_t k = 1; k < branches; k++) {
            if (flows < ht_stopping_point(k, failure))
                continue;
            sum += seen[k];
            seen[k] = 0;
        }
        for (uint32_t k = branches; k > 0; k--)
            seen[k] = seen[k] * k / branches + seen[k - 1] * (branches - k + 1) / branches;
    }
    return sum;
}

static void no_number_of_branches_is_missed_more_often(void)
{
    static const double failures[] = {0.05, 0.01, 0.0025, 0.0005};
    for (uint32_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        for (uint32_t branches = 2; branches <= BRANCHES_MAX; branches++)
            CU_ASSERT(missed(branches, failures[i]) <= failures[i]);
    }
}

/* A second next node of one of m branches, with a share of 1 / (2 m). */
static void blurred_branches_take_more(void)
{
    CU_ASSERT_EQUAL(ht_stopping_point_blurred(1, 0.05), ht_stopping_point(1, 0.05));
    CU_ASSERT_EQUAL(ht_stopping_point_blurred(2, 0.05), 16);
    CU_ASSERT_EQUAL(ht_stopping_point_blurred(4, 0.01), 51);
}

static const struct unit_case cases[] = {
    UNIT_CASE(points_are_those_of_the_formula),
    UNIT_CASE(a_node_has_its_share_of_the_failure),
    UNIT_CASE(no_number_of_branches_is_missed_more_often),
    UNIT_CASE(blurred_branches_take_more),
};

UNIT_MAIN("stopping_rule", cases)
