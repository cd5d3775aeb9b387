/* Limit or loss: a table of cases, and how often the verdict is wrong. */
#include <stdio.h>

#include "probing/ratelimit/rate_verdict.h"
#include "unit.h"

#define UNDECIDED HT_RATE_UNDECIDED
#define LIMITED   HT_RATE_LIMITED
#define LOSS      HT_RATE_LOSS

struct verdict_case {
    const char *name;
    struct ht_rate_evidence evidence; /* first, again, soon, timely, several */
    enum ht_rate_verdict verdict;
};

static const struct verdict_case verdict_cases[] = {
    {"nothing is known", {{0, {0, 0}}, 0, {0, 0}, {0, 0}, false}, UNDECIDED},
    {"one drop", {{0, {0, 1}}, 0, {0, 0}, {0, 1}, false}, UNDECIDED},
    {"one answer", {{1, {0, 0}}, 0, {0, 0}, {0, 0}, false}, UNDECIDED},
    {"a limit, few data", {{0, {0, 4}}, 0, {1, 3}, {2, 0}, false}, UNDECIDED},
    {"a limit, no timely probe yet", {{0, {0, 0}}, 0, {25, 75}, {0, 0}, false}, UNDECIDED},
    {"half lost, no timely probe yet", {{0, {0, 0}}, 0, {50, 50}, {0, 0}, false}, UNDECIDED},
    {"answers only", {{40, {0, 0}}, 0, {40, 0}, {40, 0}, false}, UNDECIDED},
    {"a limit without burst", {{0, {0, 0}}, 0, {10, 30}, {10, 0}, false}, LIMITED},
    {"a limit without burst, a drop at its pace",
     {{0, {0, 0}}, 0, {25, 75}, {20, 1}, false},
     LIMITED},
    {"a limit and 5 % loss", {{0, {0, 0}}, 0, {40, 120}, {57, 3}, false}, LIMITED},
    {"a limit that is hardly exceeded", {{0, {0, 0}}, 0, {80, 20}, {60, 0}, false}, LIMITED},
    {"a burst of 100, then drops", {{100, {10, 30}}, 0, {10, 30}, {0, 0}, false}, LIMITED},
    {"a burst of 100, then 3 drops", {{100, {0, 3}}, 0, {0, 3}, {0, 0}, false}, LIMITED},
    {"a burst of 100, then 1 drop", {{100, {0, 1}}, 0, {0, 1}, {0, 0}, false}, UNDECIDED},
    {"1 a second after 6", {{6, {1, 14}}, 0, {1, 14}, {6, 0}, false}, LIMITED},
    {"1 a second after 6, none timely yet", {{6, {0, 6}}, 0, {0, 6}, {0, 0}, false}, LIMITED},
    {"2 after 6, too early to tell", {{6, {0, 2}}, 0, {0, 2}, {0, 0}, false}, UNDECIDED},
    {"2 % loss", {{0, {0, 0}}, 0, {98, 2}, {196, 4}, false}, UNDECIDED},
    {"5 % loss", {{0, {0, 0}}, 0, {95, 5}, {190, 10}, false}, LOSS},
    {"10 % loss", {{0, {0, 0}}, 0, {90, 10}, {135, 15}, false}, LOSS},
    {"20 % loss", {{0, {0, 0}}, 0, {80, 20}, {80, 20}, false}, LOSS},
    {"30 % loss", {{0, {0, 0}}, 0, {70, 30}, {35, 15}, false}, LOSS},
    {"50 % loss", {{0, {0, 0}}, 0, {20, 20}, {10, 10}, false}, LOSS},
    {"50 % loss, few data", {{0, {0, 0}}, 0, {3, 3}, {2, 2}, false}, UNDECIDED},
    {"50 % loss, none of it so far", {{4, {20, 20}}, 0, {20, 20}, {10, 10}, false}, LOSS},
    {"80 % loss", {{0, {0, 0}}, 0, {20, 80}, {6, 24}, false}, LOSS},
    {"silent hops only", {{0, {0, 20}}, 0, {0, 20}, {0, 20}, false}, UNDECIDED},
    {"silent hops among answers", {{0, {0, 0}}, 0, {40, 20}, {30, 15}, false}, LOSS},
    {"every other one", {{0, {30, 30}}, 0, {30, 30}, {15, 15}, false}, LOSS},
    {"every other one, few data", {{1, {3, 3}}, 0, {3, 3}, {0, 0}, false}, UNDECIDED},
    {"2 after 6, and again after a pause", {{6, {0, 2}}, 12.8, {0, 2}, {1, 0}, false}, LIMITED},
    {"2 after 6, another order after a pause",
     {{6, {0, 2}}, 0.2, {0, 2}, {1, 0}, false},
     UNDECIDED},
    {"answered however soon, dropped however late",
     {{0, {0, 0}}, 0, {40, 0}, {0, 10}, false},
     LOSS},
    {"several routers, half of them asked too much",
     {{30, {20, 80}}, 0, {20, 80}, {10, 30}, true},
     LIMITED},
    {"the same of one router", {{30, {20, 80}}, 0, {20, 80}, {10, 30}, false}, LOSS},
    {"several routers, 20 % loss", {{0, {0, 0}}, 0, {80, 20}, {80, 20}, true}, UNDECIDED},
};

static void each_case_has_its_verdict(void)
{
    for (size_t i = 0; i < sizeof verdict_cases / sizeof verdict_cases[0]; i++) {
        const struct verdict_case *test = &verdict_cases[i];
        enum ht_rate_verdict verdict = ht_rate_verdict(&test->evidence);
        if (verdict != test->verdict)
            (void)fprintf(stderr, "%s: verdict %d, odds %g\n", test->name, (int)verdict,
                          ht_rate_odds(&test->evidence));
        CU_ASSERT_EQUAL(verdict, test->verdict);
    }
}

/* Each answer to a timely probe speaks for a limit, each drop against it. */
static void odds_follow_the_timely_probes(void)
{
    struct ht_rate_evidence evidence = {.soon = {30, 90}};
    double before = ht_rate_odds(&evidence);
    CU_ASSERT_DOUBLE_EQUAL(before, 1, 1e-9);
    for (int i = 0; i < 20; i++) {
        evidence.timely.answered++;
        double odds = ht_rate_odds(&evidence);
        CU_ASSERT(odds > before);
        before = odds;
    }
    for (int i = 0; i < 20; i++) {
        evidence.timely.dropped++;
        double odds = ht_rate_odds(&evidence);
        CU_ASSERT(odds < before);
        before = odds;
    }
}

/* Asked again, hops that never answered are answered as seldom as others, or more seldom. */
static void silent_hops_are_told_from_a_limit(void)
{
    static const struct {
        struct ht_rate_counts retried;
        struct ht_rate_counts others;
        bool silent;
    } hops[] = {
        {{0, 0}, {40, 10}, false}, {{0, 2}, {40, 10}, false},  {{0, 4}, {40, 10}, true},
        {{0, 3}, {40, 0}, true},   {{0, 10}, {10, 40}, false}, {{0, 40}, {10, 40}, true},
        {{0, 40}, {0, 40}, false}, {{0, 200}, {0, 0}, false},  {{10, 30}, {10, 30}, false},
        {{2, 30}, {40, 10}, true}, {{20, 5}, {40, 10}, false}, {{10, 10}, {40, 10}, false},
    };
    for (size_t i = 0; i < sizeof hops / sizeof hops[0]; i++)
        CU_ASSERT_EQUAL(ht_rate_silent(hops[i].retried, hops[i].others), hops[i].silent);
}

/* The largest counts that there may be overflow nothing: odds stay numbers above 0. */
static void odds_of_many_probes_are_numbers(void)
{
    static const struct ht_rate_evidence many[] = {
        {.soon = {0, 256}, .timely = {256, 0}},
        {.soon = {256, 0}, .timely = {0, 256}},
        {.first = {256, {0, 256}}, .soon = {0, 256}},
        {.first = {256, {0, 256}}, .again = 1e99, .soon = {0, 256}},
        {.timely = {0, 500}},
        {.timely = {500, 0}},
    };
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        double odds = ht_rate_odds(&many[i]);
        CU_ASSERT(odds > 0);
        CU_ASSERT(odds < 1e300);
    }
}

static void a_share_of_few_is_nearer_to_half(void)
{
    static const struct {
        struct ht_rate_counts counts;
        double share;
    } shares[] = {{{0, 0}, 0.5},     {{1, 0}, 0.25},       {{0, 1}, 0.75},   {{9, 0}, 0.05},
                  {{5, 5}, 0.5},     {{0, 9}, 0.95},       {{99, 0}, 0.005}, {{90, 9}, 0.095},
                  {{49, 50}, 0.505}, {{750, 249}, 0.2495}, {{0, 99}, 0.995}};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        CU_ASSERT_DOUBLE_EQUAL(ht_rate_share(shares[i].counts), shares[i].share, 1e-12);
}

/* dropped > 2 * usual * all + 3; without the 3 where a bucket explains them. */
static void more_than_the_usual_loss_is_alarming(void)
{
    static const struct {
        struct ht_rate_counts counts;
        double usual;
        bool fits_bucket, alarm;
    } alarms[] = {
        {{0, 0}, 0, false, false},       {{0, 3}, 0, false, false},
        {{0, 4}, 0, false, true},        {{100, 3}, 0, false, false},
        {{100, 4}, 0, false, true},      {{90, 10}, 0.05, false, false},
        {{87, 13}, 0.05, false, false},  {{86, 14}, 0.05, false, true},
        {{50, 50}, 0.5, false, false},   {{0, 100}, 0.5, false, false},
        {{0, 100}, 0.48, false, true},   {{80, 20}, 0.1, false, false},
        {{180, 20}, 0.05, false, false}, {{176, 24}, 0.05, false, true},
        {{0, 256}, 1, false, false},     {{9, 0}, 0, true, false},
        {{9, 1}, 0, true, true},         {{18, 2}, 0.05, true, false},
        {{17, 3}, 0.05, true, true},
    };
    for (size_t i = 0; i < sizeof alarms / sizeof alarms[0]; i++)
        CU_ASSERT_EQUAL(ht_rate_alarm(alarms[i].counts, alarms[i].usual, alarms[i].fits_bucket),
                        alarms[i].alarm);
}

/* Answers up to a drop, and then the share that is seen; less where the share is the same before,
 * and where nothing was dropped no order is seen. */
static void answers_and_then_drops_are_a_limits_order(void)
{
    static const struct {
        struct ht_rate_order order;
        double least, most;
    } orders[] = {{{0, {0, 0}}, 1, 1},     {{40, {0, 0}}, 1, 1},     {{40, {9, 0}}, 1, 1},
                  {{6, {0, 4}}, 40, 60},   {{6, {0, 2}}, 4, 8},      {{1, {0, 2}}, 0.5, 2},
                  {{0, {0, 4}}, 0.2, 0.2}, {{1, {5, 4}}, 0.05, 0.2}, {{4, {4, 4}}, 0.2, 1.5}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        double odds = ht_rate_order_odds(&orders[i].order);
        if (odds < orders[i].least * 0.999 || odds > orders[i].most * 1.001)
            (void)fprintf(stderr, "order %zu: odds %g\n", i, odds);
        CU_ASSERT(odds >= orders[i].least * 0.999);
        CU_ASSERT(odds <= orders[i].most * 1.001);
    }
}

/* --- how often it is wrong ----------------------------------------------------------------- */

#define RUNS       1000
#define TIMELY_MAX 200

struct tally {
    int limited;
    int loss;
};

static bool by_chance(uint64_t *random, double share)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*random >> 40) / (double)(1 << 24) < share;
}

static void add(struct ht_rate_counts *counts, bool dropped)
{
    counts->answered += !dropped;
    counts->dropped += dropped;
}

/* One router: `soon` probes, and then timely ones until there is a verdict. */
static enum ht_rate_verdict ask(uint64_t *random, double soon_share, double timely_share, int soon)
{
    struct ht_rate_evidence evidence = {0};
    enum ht_rate_verdict verdict = HT_RATE_UNDECIDED;
    for (int i = 0; i < soon; i++)
        add(&evidence.soon, by_chance(random, soon_share));
    for (int i = 0; i < TIMELY_MAX && verdict == HT_RATE_UNDECIDED; i++) {
        add(&evidence.timely, by_chance(random, timely_share));
        verdict = ht_rate_verdict(&evidence);
    }
    return verdict;
}

static struct tally ask_many(double soon_share, double timely_share, int soon)
{
    struct tally tally = {0};
    uint64_t random = 7;
    for (int i = 0; i < RUNS; i++) {
        enum ht_rate_verdict verdict = ask(&random, soon_share, timely_share, soon);
        tally.limited += verdict == HT_RATE_LIMITED;
        tally.loss += verdict == HT_RATE_LOSS;
    }
    return tally;
}

/* The same share is lost of all probes. Of 20,000 runs each: LIMITED in 0.2 % of those at 5 %, in
 * 0.4 % at 20 and at 50 %, at most; LOSS in 65, 96 and 99 % at least, the others UNDECIDED. */
static void loss_is_hardly_ever_taken_for_a_limit(void)
{
    static const int soons[] = {10, 40, 160};
    for (size_t i = 0; i < sizeof soons / sizeof soons[0]; i++) {
        struct tally some = ask_many(0.05, 0.05, soons[i]);
        struct tally more = ask_many(0.2, 0.2, soons[i]);
        struct tally most = ask_many(0.5, 0.5, soons[i]);
        CU_ASSERT(some.limited <= RUNS / 50);
        CU_ASSERT(more.limited <= RUNS / 50);
        CU_ASSERT(most.limited <= RUNS / 50);
        CU_ASSERT(some.loss >= RUNS * 60 / 100);
        CU_ASSERT(more.loss >= RUNS * 93 / 100);
        CU_ASSERT(most.loss >= RUNS * 97 / 100);
    }
}

/* A limit, of which 4 times too much was asked. Of 20,000 runs each: LOSS in none; LIMITED in 99.6
 * % after 10 probes that came too soon, in all after 40 and 160. */
static void a_limit_is_hardly_ever_taken_for_loss(void)
{
    static const int soons[] = {10, 40, 160};
    for (size_t i = 0; i < sizeof soons / sizeof soons[0]; i++) {
        struct tally tally = ask_many(0.75, 0.02, soons[i]);
        CU_ASSERT(tally.loss <= RUNS / 50);
        CU_ASSERT(tally.limited >= RUNS * 98 / 100);
    }
}

/* Where hardly any probe came too soon the share is not known: LIMITED seldom, but wrong even
 * then in at most 1 of 50 runs. */
static void few_probes_that_came_too_soon_are_no_proof(void)
{
    CU_ASSERT(ask_many(0.2, 0.2, 3).limited <= RUNS / 50);
    CU_ASSERT(ask_many(0.5, 0.5, 3).limited <= RUNS / 50);
    CU_ASSERT(ask_many(0.75, 0.02, 3).loss <= RUNS / 50);
    CU_ASSERT_EQUAL(ask_many(0.75, 0.02, 0).limited, 0);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_case_has_its_verdict),
    UNIT_CASE(odds_follow_the_timely_probes),
    UNIT_CASE(silent_hops_are_told_from_a_limit),
    UNIT_CASE(odds_of_many_probes_are_numbers),
    UNIT_CASE(a_share_of_few_is_nearer_to_half),
    UNIT_CASE(more_than_the_usual_loss_is_alarming),
    UNIT_CASE(answers_and_then_drops_are_a_limits_order),
    UNIT_CASE(loss_is_hardly_ever_taken_for_a_limit),
    UNIT_CASE(a_limit_is_hardly_ever_taken_for_loss),
    UNIT_CASE(few_probes_that_came_too_soon_are_no_proof),
};

UNIT_MAIN("probing_rate_verdict", cases)
