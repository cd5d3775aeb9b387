/* Usual and present times, of the destination and of hops, and where they part. */
#include <stdio.h>

#include "history/hop_times.h"
#include "history/rtt_place.h"
#include "history/usual_time.h"
#include "unit.h"

#define WINDOW 20

static void medians_are_by_nearest_rank(void)
{
    static const uint32_t list[] = {9, 2, 7, 2, 5, 8, 1, 1};
    CU_ASSERT_EQUAL(ht_times_median(list, 0), 0);
    CU_ASSERT_EQUAL(ht_times_median(list, 1), 9);
    CU_ASSERT_EQUAL(ht_times_median(list, 2), 2);
    CU_ASSERT_EQUAL(ht_times_median(list, 3), 7);
    CU_ASSERT_EQUAL(ht_times_median(list, 5), 5);
    CU_ASSERT_EQUAL(ht_times_median(list, 8), 2);
}

static void the_oldest_time_goes(void)
{
    struct ht_times times = {0};
    for (uint32_t i = 1; i <= 20; i++)
        CU_ASSERT(ht_times_add(&times, i, 10));
    CU_ASSERT_EQUAL(times.count, 10);
    CU_ASSERT_EQUAL(times.list[0], 11);
    CU_ASSERT_EQUAL(times.list[9], 20);
    CU_ASSERT(ht_times_add(&times, 21, 4));
    CU_ASSERT_EQUAL(times.count, 4);
    CU_ASSERT_EQUAL(times.list[0], 18);
    ht_times_fini(&times);
}

static void add_rounds(struct ht_usual_time *usual, unsigned rounds, uint32_t time, bool risen)
{
    for (unsigned i = 0; i < rounds; i++)
        ht_usual_time_add(usual, time + i % 3, WINDOW, risen);
}

static void what_is_usual_takes_rounds(void)
{
    struct ht_usual_time usual = {0};
    add_rounds(&usual, 4, 10000, false);
    CU_ASSERT_EQUAL(ht_usual_time_evidence(&usual, WINDOW).recent_us, 0);
    add_rounds(&usual, HT_USUAL_MIN, 10000, false);
    CU_ASSERT_EQUAL(ht_usual_time_evidence(&usual, WINDOW).usual_us, 0);
    add_rounds(&usual, 1, 10000, false);
    struct ht_time_evidence evidence = ht_usual_time_evidence(&usual, WINDOW);
    CU_ASSERT_EQUAL(evidence.usual_us, 10001);
    CU_ASSERT_EQUAL(evidence.spread_us, 1);
    CU_ASSERT_EQUAL(evidence.high_us, 10002);
    ht_usual_time_fini(&usual);
}

static void a_risen_time_is_not_usual_until_it_is_said(void)
{
    struct ht_usual_time usual = {0};
    add_rounds(&usual, 400, 10000, false);
    CU_ASSERT_EQUAL(usual.values.count, HT_USUAL_MAX);
    add_rounds(&usual, 400, 50000, true);
    struct ht_time_evidence evidence = ht_usual_time_evidence(&usual, WINDOW);
    CU_ASSERT_EQUAL(evidence.usual_us, 10001);
    CU_ASSERT(evidence.recent_us >= 50000);
    ht_usual_time_restart(&usual);
    add_rounds(&usual, HT_USUAL_MIN, 50000, false);
    CU_ASSERT(ht_usual_time_evidence(&usual, WINDOW).usual_us >= 50000);
    ht_usual_time_fini(&usual);
}

/* Of long windows each value stands for some rounds. */
static void long_windows_take_no_more(void)
{
    struct ht_usual_time usual = {0};
    for (unsigned i = 0; i < 20000; i++)
        ht_usual_time_add(&usual, 5000 + i / 2, 1000, false);
    struct ht_time_evidence evidence = ht_usual_time_evidence(&usual, 1000);
    CU_ASSERT_EQUAL(usual.values.count, HT_USUAL_MAX);
    CU_ASSERT_EQUAL(usual.recent.count, 250);
    CU_ASSERT(evidence.usual_us > 12300 && evidence.usual_us < 12500);
    CU_ASSERT(evidence.recent_us > 14900);
    ht_usual_time_fini(&usual);
}

static void each_excess_is_the_greatest_of_three(void)
{
    static const struct {
        struct ht_time_evidence evidence; /* usual, spread, high, recent, most */
        double percent;
        bool high;
        bool low;
    } cases[] = {
        {{0, 0, 0, 0, 0}, 50, false, false},
        {{10000, 100, 10300, 0, 0}, 50, false, false},
        {{0, 0, 0, 10000, 9000}, 50, false, false},
        {{10000, 100, 10300, 15000, 14000}, 50, false, false}, /* 50 % */
        {{10000, 100, 10300, 15001, 14000}, 50, true, false},
        {{10000, 100, 10300, 12499, 12000}, 50, false, true},
        {{10000, 2000, 12000, 16000, 15000}, 50, false, false}, /* 3 spreads */
        {{10000, 2000, 12000, 16001, 15000}, 50, true, false},
        {{10000, 2000, 15000, 16001, 15000}, 50, false, false}, /* 2 of 5 are as usual */
        {{500, 10, 520, 1500, 1400}, 50, false, false},         /* 1 ms */
        {{500, 10, 520, 1501, 1400}, 50, true, false},
        {{500, 10, 520, 999, 900}, 50, false, true},
        {{10000, 10, 10020, 9000000, 9000000}, 10000, false, false}, /* never */
        {{10000, 10, 10020, 9000000, 9000000}, 9999, true, false},
        {{10000, 10, 10020, 11001, 11000}, 0, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(ht_time_is_high(&cases[i].evidence, cases[i].percent), cases[i].high);
        CU_ASSERT_EQUAL(ht_time_is_low(&cases[i].evidence, cases[i].percent), cases[i].low);
    }
}

struct place_case {
    const char *name;
    struct ht_time_hop hops[5]; /* usual, recent, noise, ttl */
    size_t count;
    struct ht_span place;
};

/* The destination, at ttl 6, is 10 ms slower. */
static const struct place_case place_cases[] = {
    {"no hop", {{0, 0, 0, 0}}, 0, {0, 6}},
    {"from the first on", {{1000, 11000, 100, 1}, {2000, 12000, 100, 2}}, 2, {0, 1}},
    {"from the second on", {{1000, 1000, 100, 1}, {2000, 12000, 100, 2}}, 2, {1, 2}},
    {"at the destination", {{1000, 1000, 100, 1}, {2000, 2000, 100, 2}}, 2, {2, 6}},
    {"a silent hop between",
     {{1000, 1000, 100, 1}, {0, 0, 0, 2}, {3000, 13000, 100, 3}},
     3,
     {1, 3}},
    {"one hop is slow alone",
     {{1000, 11000, 100, 1}, {2000, 2000, 100, 2}, {3000, 13000, 100, 3}},
     3,
     {2, 3}},
    {"one is much slower",
     {{1000, 1000, 100, 1}, {2000, 52000, 100, 2}, {3000, 13000, 100, 3}},
     3,
     {1, 3}},
    {"one is noisy",
     {{1000, 1000, 100, 1}, {2000, 8000, 2000, 2}, {3000, 13000, 100, 3}},
     3,
     {1, 3}},
    {"all are noisy",
     {{1000, 3000, 9000, 1}, {2000, 8000, 9000, 2}, {3000, 13000, 9000, 3}},
     3,
     {0, 6}},
    {"one is faster now", {{1000, 500, 100, 1}, {2000, 12000, 100, 2}}, 2, {1, 2}},
};

static void each_rise_has_its_place(void)
{
    for (size_t i = 0; i < sizeof place_cases / sizeof place_cases[0]; i++) {
        const struct place_case *test = &place_cases[i];
        struct ht_span place = ht_rtt_place(test->hops, test->count, 10000, 6);
        if (place.after_hop != test->place.after_hop || place.by_hop != test->place.by_hop)
            (void)fprintf(stderr, "%s: after %u, by %u\n", test->name, place.after_hop,
                          place.by_hop);
        CU_ASSERT_EQUAL(place.after_hop, test->place.after_hop);
        CU_ASSERT_EQUAL(place.by_hop, test->place.by_hop);
    }
}

static void add_hops(struct ht_hop_times *times, unsigned rounds, uint32_t second, bool risen)
{
    for (unsigned i = 0; i < rounds; i++) {
        struct ht_round_hop hops[3] = {{.median_us = 1000},
                                       {.median_us = second + 10 * (i % 5)},
                                       {.median_us = i % 3 == 0 ? 3000 : 0}};
        ht_hop_times_add(times, hops, 3, WINDOW, risen);
    }
}

static void hops_have_usual_times(void)
{
    struct ht_hop_times times = {0};
    add_hops(&times, 19, 2000, false);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 2).usual_us, 0);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 2).recent_us, 2020);
    add_hops(&times, 81, 2000, false);
    add_hops(&times, 5, 9000, true);
    struct ht_time_hop hop = ht_hop_times_evidence(&times, 2);
    CU_ASSERT_EQUAL(hop.ttl, 2);
    CU_ASSERT_EQUAL(hop.usual_us, 2020);
    CU_ASSERT_EQUAL(hop.recent_us, 9020);
    CU_ASSERT(hop.noise_us < 50);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 3).recent_us, 0);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 4).recent_us, 0);
    ht_hop_times_forget(&times, 2);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 1).usual_us, 1000);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 2).usual_us, 0);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 2).recent_us, 0);
    add_hops(&times, 30, 2000, false);
    ht_hop_times_restart(&times);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 1).usual_us, 0);
    add_hops(&times, 20, 2000, false);
    CU_ASSERT_EQUAL(ht_hop_times_evidence(&times, 1).usual_us, 1000);
    ht_hop_times_fini(&times);
}

static const struct unit_case cases[] = {
    UNIT_CASE(medians_are_by_nearest_rank), UNIT_CASE(the_oldest_time_goes),
    UNIT_CASE(what_is_usual_takes_rounds),  UNIT_CASE(a_risen_time_is_not_usual_until_it_is_said),
    UNIT_CASE(long_windows_take_no_more),   UNIT_CASE(each_excess_is_the_greatest_of_three),
    UNIT_CASE(each_rise_has_its_place),     UNIT_CASE(hops_have_usual_times),
};

UNIT_MAIN("history/times", cases)
