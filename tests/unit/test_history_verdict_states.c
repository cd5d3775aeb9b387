/* What is told, and when. */
#include "history/event_limit.h"
#include "history/verdict_states.h"
#include "unit.h"

static void two_rounds_without_an_answer_are_an_outage(void)
{
    static const enum ht_reach table[][2] = {
        [HT_REACH_REACHED] = {HT_REACH_IN_DOUBT, HT_REACH_REACHED},
        [HT_REACH_IN_DOUBT] = {HT_REACH_UNREACHED, HT_REACH_REACHED},
        [HT_REACH_UNREACHED] = {HT_REACH_UNREACHED, HT_REACH_REACHED},
    };
    for (int reach = HT_REACH_REACHED; reach <= HT_REACH_UNREACHED; reach++) {
        for (int answered = 0; answered < 2; answered++)
            CU_ASSERT_EQUAL(ht_reach_next((enum ht_reach)reach, answered), table[reach][answered]);
    }
}

static void three_lost_above_the_warning_are_significant(void)
{
    static const struct {
        struct ht_counts counts;
        double warning;
        bool significant;
    } cases[] = {
        {{0, 0}, 5, false},    {{0, 0}, 0, false},    {{60, 60}, 0, false}, {{10, 8}, 5, false},
        {{10, 7}, 5, true},    {{60, 57}, 5, false},  {{60, 56}, 5, true},  {{200, 190}, 5, false},
        {{200, 189}, 5, true}, {{60, 57}, 0.5, true}, {{60, 57}, 0, true},  {{60, 0}, 99.9, true},
        {{60, 0}, 100, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(ht_loss_significant(cases[i].counts, cases[i].warning),
                        cases[i].significant);
}

static const struct ht_counts heavy = {60, 50};
static const struct ht_counts some = {60, 58};
static const struct ht_counts none = {60, 60};

static struct ht_loss_state rounds(struct ht_loss_state state, struct ht_counts counts,
                                   unsigned count)
{
    while (count-- > 0)
        state = ht_loss_next(state, counts, 20, 5);
    return state;
}

static void loss_begins_and_ends(void)
{
    struct ht_loss_state state = rounds((struct ht_loss_state){0}, heavy, 10);
    CU_ASSERT_FALSE(state.lossy);
    state = rounds(state, heavy, 1);
    CU_ASSERT_TRUE(state.lossy);
    state = rounds(state, none, 39);
    CU_ASSERT_TRUE(state.lossy);
    CU_ASSERT_FALSE(rounds(state, none, 1).lossy);
    state = rounds(rounds(state, some, 1), none, 39); /* more than half of the warning */
    CU_ASSERT_TRUE(state.lossy);
    state = rounds(state, none, 1);
    CU_ASSERT_FALSE(state.lossy);
    CU_ASSERT_FALSE(rounds(state, some, 50).lossy);
    CU_ASSERT_TRUE(rounds(state, heavy, 1).lossy);
}

static void times_rise_and_fall(void)
{
    static const struct ht_time_evidence high = {10000, 100, 10300, 20000, 19000};
    static const struct ht_time_evidence middle = {10000, 100, 10300, 13000, 12000};
    static const struct ht_time_evidence low = {10000, 100, 10300, 11000, 10000};
    static const struct ht_time_evidence unknown = {0, 0, 0, 20000, 19000};
    struct ht_time_state state = ht_time_next((struct ht_time_state){0}, &middle, 20, 50);
    CU_ASSERT_FALSE(state.risen);
    state = ht_time_next(state, &high, 20, 50);
    CU_ASSERT_TRUE(state.risen);
    CU_ASSERT_FALSE(ht_time_next(state, &low, 20, 50).risen);
    CU_ASSERT_FALSE(ht_time_next(state, &unknown, 20, 50).risen);
    for (int i = 1; i < 200; i++)
        state = ht_time_next(state, i % 2 == 0 ? &middle : &high, 20, 50);
    CU_ASSERT_TRUE(state.risen);
    CU_ASSERT_FALSE(ht_time_next(state, &high, 20, 50).risen);
}

static void three_events_a_window_are_told(void)
{
    struct ht_event_limit limit = {0};
    uint32_t untold = 77;
    CU_ASSERT(ht_event_limit_take(&limit, 1, 20, &untold));
    CU_ASSERT_EQUAL(untold, 0);
    CU_ASSERT(ht_event_limit_take(&limit, 5, 20, &untold));
    CU_ASSERT(ht_event_limit_take(&limit, 9, 20, &untold));
    CU_ASSERT_FALSE(ht_event_limit_take(&limit, 13, 20, &untold));
    CU_ASSERT_FALSE(ht_event_limit_take(&limit, 20, 20, &untold));
    CU_ASSERT(ht_event_limit_take(&limit, 21, 20, &untold));
    CU_ASSERT_EQUAL(untold, 2);
    CU_ASSERT_FALSE(ht_event_limit_take(&limit, 24, 20, &untold));
    CU_ASSERT(ht_event_limit_take(&limit, 25, 20, &untold));
    CU_ASSERT_EQUAL(untold, 1);
    CU_ASSERT(ht_event_limit_take(&limit, 1000, 20, &untold));
    CU_ASSERT_EQUAL(untold, 0);
}

static const struct unit_case cases[] = {
    UNIT_CASE(two_rounds_without_an_answer_are_an_outage),
    UNIT_CASE(three_lost_above_the_warning_are_significant),
    UNIT_CASE(loss_begins_and_ends),
    UNIT_CASE(times_rise_and_fall),
    UNIT_CASE(three_events_a_window_are_told),
};

UNIT_MAIN("history/verdict_states", cases)
