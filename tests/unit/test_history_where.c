/* Rounds in, verdicts and events out. */
#include <math.h>
#include <stdio.h>

#include "history/where.h"
#include "unit.h"

#define HOPS 6

static const struct ht_where_settings settings = {
    .window = 20, .loss_warning = 5, .rtt_warning = 50};

/* A path of 6 hops, 4 probes each. */
struct path {
    unsigned lost_from; /* lowest ttl at which `lost` of the probes are */
    unsigned lost;
    unsigned slow_from; /* lowest ttl at which it takes 30 ms more */
    unsigned round;
};

static struct ht_where_verdict take(struct ht_where *where, struct path *path)
{
    struct ht_round_hop hops[HOPS];
    struct ht_where_verdict verdict;
    struct ht_rtt rtt = {1, 2, 3, 1, 2, 3, 1};
    for (unsigned ttl = 1; ttl <= HOPS; ttl++) {
        unsigned lost = path->lost_from > 0 && ttl >= path->lost_from ? path->lost : 0;
        bool slow = path->slow_from > 0 && ttl >= path->slow_from;
        hops[ttl - 1].counts = (struct ht_counts){4, 4 - lost};
        hops[ttl - 1].median_us = lost < 4 ? 1000 * ttl + path->round % 7 + slow * 30000 : 0;
    }
    struct ht_round_result round = {.hops = hops,
                                    .hop_count = HOPS,
                                    .end_to_end = hops[HOPS - 1],
                                    .rtt = &rtt,
                                    .time_ns = 1000 + path->round,
                                    .answered = hops[HOPS - 1].counts.received > 0};
    path->round++;
    if (!round.answered)
        round.hop_count = path->lost_from - 1;
    ht_where_take(where, &settings, &round, &verdict);
    return verdict;
}

/* As many rounds; they say nothing. */
static void calm(struct ht_where *where, struct path *path, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++)
        CU_ASSERT_EQUAL(take(where, path).event_count, 0);
}

/* Rounds up to the first event. */
static struct ht_where_verdict until(struct ht_where *where, struct path *path,
                                     enum ht_where_kind kind, unsigned rounds)
{
    calm(where, path, rounds - 1);
    struct ht_where_verdict verdict = take(where, path);
    CU_ASSERT_EQUAL(verdict.event_count, 1);
    CU_ASSERT_EQUAL(verdict.events[0].kind, kind);
    CU_ASSERT(verdict.events[0].told);
    return verdict;
}

static void loss_is_told_and_placed(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    calm(&where, &path, 40);
    path.lost_from = 4;
    path.lost = 1;
    struct ht_where_verdict verdict = until(&where, &path, HT_WHERE_LOSS_BEGAN, 5);
    CU_ASSERT_TRUE(verdict.loss_significant);
    CU_ASSERT_EQUAL(verdict.rounds, 20);
    CU_ASSERT_EQUAL(verdict.window.sent, 80);
    CU_ASSERT_EQUAL(verdict.window.received, 75);
    calm(&where, &path, 20);
    verdict = take(&where, &path);
    CU_ASSERT_EQUAL(verdict.loss.after_hop, 3);
    CU_ASSERT_EQUAL(verdict.loss.by_hop, 5);
    path.lost = 0;
    verdict = until(&where, &path, HT_WHERE_LOSS_ENDED, 18 + 39); /* 2 of 80: half of the warning */
    CU_ASSERT_EQUAL(verdict.loss.by_hop, 0);
    CU_ASSERT_EQUAL(verdict.events[0].place.after_hop, 3);
    CU_ASSERT_EQUAL(verdict.events[0].place.by_hop, 5);
    ht_where_fini(&where);
}

static void an_outage_is_told_and_placed(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    calm(&where, &path, 40);
    path.lost_from = 4;
    path.lost = 4;
    struct ht_where_verdict verdict = until(&where, &path, HT_WHERE_UNREACHED, 2);
    CU_ASSERT_EQUAL(verdict.events[0].time_ns, 1040);
    CU_ASSERT_TRUE(verdict.loss_significant);
    CU_ASSERT_EQUAL(verdict.loss.after_hop, 3);
    CU_ASSERT_EQUAL(verdict.loss.by_hop, 4);
    CU_ASSERT_EQUAL(verdict.window.sent, 76); /* the oldest round has left */
    CU_ASSERT_EQUAL(verdict.window.received, 76);
    calm(&where, &path, 50);
    path.lost = 0;
    verdict = until(&where, &path, HT_WHERE_REACHED, 1);
    CU_ASSERT_FALSE(verdict.loss_significant);
    CU_ASSERT_EQUAL(verdict.events[0].place.after_hop, 3);
    CU_ASSERT_EQUAL(verdict.window.received, 80);
    path.lost = 4;
    calm(&where, &path, 1);
    path.lost = 0;
    verdict = take(&where, &path);
    CU_ASSERT_EQUAL(verdict.window.received, 76);
    ht_where_fini(&where);
}

static void a_target_that_never_answers_is_told_once(void)
{
    struct ht_where where = {0};
    struct path path = {.lost_from = 4, .lost = 4};
    struct ht_where_verdict verdict = until(&where, &path, HT_WHERE_UNREACHED, 2);
    CU_ASSERT_EQUAL(verdict.loss.after_hop, 3);
    CU_ASSERT_EQUAL(verdict.loss.by_hop, 4);
    CU_ASSERT_EQUAL(verdict.window.sent, 0);
    calm(&where, &path, 100);
    ht_where_fini(&where);
}

static void a_rise_is_told_and_placed(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    calm(&where, &path, 100);
    path.slow_from = 3;
    struct ht_where_verdict verdict = until(&where, &path, HT_WHERE_RTT_ROSE, 4);
    CU_ASSERT_TRUE(verdict.rtt_risen);
    CU_ASSERT_EQUAL(verdict.rtt.after_hop, 2);
    CU_ASSERT_EQUAL(verdict.rtt.by_hop, 3);
    CU_ASSERT(verdict.time.usual_us >= 6000 && verdict.time.usual_us < 6010);
    CU_ASSERT(verdict.time.recent_us >= 36000 && verdict.time.recent_us < 36010);
    calm(&where, &path, 20);
    path.slow_from = 0;
    verdict = until(&where, &path, HT_WHERE_RTT_FELL, 3);
    CU_ASSERT_FALSE(verdict.rtt_risen);
    CU_ASSERT_FALSE(verdict.events[0].became_usual);
    path.slow_from = 6;
    until(&where, &path, HT_WHERE_RTT_ROSE, 4);
    verdict = until(&where, &path, HT_WHERE_RTT_FELL, 200);
    CU_ASSERT_TRUE(verdict.events[0].became_usual);
    calm(&where, &path, 200);
    ht_where_fini(&where);
}

static void another_path_begins_anew(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    calm(&where, &path, 100);
    path.slow_from = 3;
    path.lost_from = 3;
    path.lost = 1;
    until(&where, &path, HT_WHERE_RTT_ROSE, 4);
    until(&where, &path, HT_WHERE_LOSS_BEGAN, 1);
    ht_where_forget(&where, 3);
    path.lost = 0;
    struct ht_where_verdict verdict = until(&where, &path, HT_WHERE_RTT_FELL, 1);
    CU_ASSERT_TRUE(verdict.events[0].path_changed);
    CU_ASSERT_EQUAL(verdict.window.sent, 4);
    CU_ASSERT_FALSE(verdict.loss_significant);
    until(&where, &path, HT_WHERE_LOSS_ENDED, 39);
    calm(&where, &path, 100);
    ht_where_fini(&where);
}

static void the_fourth_event_of_a_kind_is_counted_only(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    unsigned told = 0;
    unsigned untold = 0;
    calm(&where, &path, 20);
    path.lost_from = 2;
    for (unsigned i = 0; i < 30; i++) {
        path.lost = i % 3 == 0 ? 0 : 4;
        struct ht_where_verdict verdict = take(&where, &path);
        for (uint8_t k = 0; k < verdict.event_count; k++) {
            bool unreached = verdict.events[k].kind == HT_WHERE_UNREACHED;
            told += unreached && verdict.events[k].told;
            untold += unreached && !verdict.events[k].told;
            if (unreached && told == 4 && verdict.events[k].told)
                CU_ASSERT_EQUAL(verdict.events[k].untold, 4);
        }
    }
    CU_ASSERT_EQUAL(told, 6);
    CU_ASSERT_EQUAL(untold, 4);
    ht_where_fini(&where);
}

static void path_loss_is_of_the_window(void)
{
    struct ht_where where = {0};
    struct path path = {.lost_from = 4, .lost = 1};
    float percent[HOPS + 1];
    ht_where_path_loss(&where, HOPS, percent);
    CU_ASSERT(isnan(percent[0]));
    for (unsigned i = 0; i < 20; i++)
        take(&where, &path);
    ht_where_path_loss(&where, HOPS + 1, percent);
    CU_ASSERT_EQUAL(percent[0], 0);
    CU_ASSERT_EQUAL(percent[2], 0);
    CU_ASSERT_EQUAL(percent[3], 25);
    CU_ASSERT_EQUAL(percent[5], 25);
    CU_ASSERT_EQUAL(percent[6], 25);
    ht_where_fini(&where);
}

static void a_record_is_read(void)
{
    struct ht_round_hop hops[UINT8_MAX];
    struct ht_hop listed[2] = {
        {.ttl = 2, .sent = 3, .received = 2, .rtt.median_ms = 1.5},
        {.ttl = 3, .sent = 4, .received = 0, .rtt.median_ms = NAN},
    };
    struct ht_report report = {.status = HT_STATUS_REACHED,
                               .hop_count = 3,
                               .probes = 7,
                               .sent = 7,
                               .time_ns = 5,
                               .hops = listed,
                               .listed_hops = 2};
    struct ht_round_result round = ht_round_result_of(&report, hops);
    CU_ASSERT_EQUAL(round.hop_count, 3);
    CU_ASSERT_EQUAL(round.hops[0].counts.sent, 0);
    CU_ASSERT_EQUAL(round.hops[1].counts.received, 2);
    CU_ASSERT_EQUAL(round.hops[1].median_us, 1500);
    CU_ASSERT_EQUAL(round.hops[2].median_us, 0);
    CU_ASSERT_EQUAL(round.end_to_end.counts.sent, 4);
    CU_ASSERT_TRUE(round.answered);
    report.status = HT_STATUS_INCOMPLETE;
    round = ht_round_result_of(&report, hops);
    CU_ASSERT_EQUAL(round.end_to_end.counts.sent, 7);
    CU_ASSERT_EQUAL(round.end_to_end.counts.received, 0);
    CU_ASSERT_FALSE(round.answered);
    report.sent = 0;
    round = ht_round_result_of(&report, hops);
    CU_ASSERT_EQUAL(round.end_to_end.counts.sent, 0);
}

/* This host's own faults are not the target's. */
static void rounds_without_a_probe_are_left_out(void)
{
    static const struct ht_round_result nothing = {0};
    struct ht_where where = {0};
    struct path path = {0};
    struct ht_where_verdict verdict;
    calm(&where, &path, 30);
    for (int i = 0; i < 5; i++) {
        ht_where_take(&where, &settings, &nothing, &verdict);
        CU_ASSERT_EQUAL(verdict.event_count, 0);
        CU_ASSERT_EQUAL(verdict.window.received, 80);
    }
    CU_ASSERT_EQUAL(where.reach, HT_REACH_REACHED);
    ht_where_fini(&where);
}

static uint32_t chance(uint32_t *seed, uint32_t below)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return (*seed >> 8) % below;
}

static struct ht_round_hop any_hop(uint32_t *seed)
{
    static const uint32_t most[] = {1, 2, 4, 11, 1011, 200000};
    struct ht_round_hop hop = {.counts.sent = chance(seed, most[chance(seed, 6)])};
    hop.counts.received = chance(seed, 3) == 0   ? chance(seed, hop.counts.sent + 1)
                          : chance(seed, 2) == 0 ? hop.counts.sent
                                                 : 0;
    hop.median_us = hop.counts.received > 0 ? 1 + chance(seed, 1000000) : 0;
    return hop;
}

/* Rounds of any paths, settings that change, paths that change. */
static void any_rounds_leave_it_sound(void)
{
    static const uint16_t windows[] = {2, 3, 20, 100, 1000};
    static const double warnings[] = {0, 0.5, 5, 100};
    struct ht_where where = {0};
    struct ht_rtt rtt = {1, 2, 3, 1, 2, 3, 1};
    struct ht_where_settings any = settings;
    uint32_t seed = 1;
    for (int i = 0; i < 4000; i++) {
        struct ht_round_hop hops[UINT8_MAX];
        struct ht_where_verdict verdict;
        float percent[UINT8_MAX];
        size_t count = chance(&seed, chance(&seed, 20) == 0 ? UINT8_MAX + 1U : 8);
        for (size_t k = 0; k < count; k++)
            hops[k] = any_hop(&seed);
        struct ht_round_result round = {
            .hops = hops, .hop_count = count, .rtt = &rtt, .time_ns = i, .answered = count > 0};
        round.end_to_end = any_hop(&seed);
        round.answered = count > 0 && round.end_to_end.counts.received > 0;
        if (chance(&seed, 200) == 0)
            any.window = windows[chance(&seed, 5)];
        if (chance(&seed, 200) == 0)
            any.loss_warning = warnings[chance(&seed, 4)];
        if (chance(&seed, 500) == 0)
            ht_where_forget(&where, (uint8_t)(1 + chance(&seed, UINT8_MAX)));
        ht_where_take(&where, &any, &round, &verdict);
        CU_ASSERT(ht_where_is_sound(&where));
        CU_ASSERT(verdict.window.received <= verdict.window.sent);
        CU_ASSERT(verdict.rounds <= any.window);
        CU_ASSERT(!verdict.loss_significant || verdict.loss.after_hop < verdict.loss.by_hop);
        CU_ASSERT(verdict.rtt.by_hop == 0 || verdict.rtt.after_hop < verdict.rtt.by_hop);
        ht_where_path_loss(&where, count, percent);
        for (size_t k = 0; k < count; k++)
            CU_ASSERT(isnan(percent[k]) ||
                      (percent[k] >= (k > 0 ? percent[k - 1] : 0) && percent[k] <= 100));
    }
    ht_where_fini(&where);
}

/* What was restored from elsewhere is looked at first. */
static void unsound_memories_are_seen(void)
{
    struct ht_where where = {0};
    struct path path = {0};
    CU_ASSERT_TRUE(ht_where_is_sound(&where));
    calm(&where, &path, 60);
    CU_ASSERT_TRUE(ht_where_is_sound(&where));
    struct ht_where copy = where;
    copy.window.count = copy.window.capacity + 1;
    CU_ASSERT_FALSE(ht_where_is_sound(&copy));
    copy = where;
    copy.window.in_doubt = true;
    CU_ASSERT_FALSE(ht_where_is_sound(&copy));
    copy = where;
    copy.times.next = copy.times.span;
    CU_ASSERT_FALSE(ht_where_is_sound(&copy));
    copy = where;
    copy.usual.values.count = HT_USUAL_MAX + 1;
    CU_ASSERT_FALSE(ht_where_is_sound(&copy));
    where.window.cells[3].sent = 1;
    CU_ASSERT_FALSE(ht_where_is_sound(&where));
    ht_where_fini(&where);
}

/* With known addresses, about 1,400 bytes, a target's memory stays below 6,000. */
static void memory_is_bounded(void)
{
    size_t bytes = ht_where_bytes(20, 15);
    CU_ASSERT(bytes < 4300);
    (void)printf("%zu bytes with a window of 20 rounds of 15 hops ... ", bytes);
}

static const struct unit_case cases[] = {
    UNIT_CASE(loss_is_told_and_placed),
    UNIT_CASE(an_outage_is_told_and_placed),
    UNIT_CASE(a_target_that_never_answers_is_told_once),
    UNIT_CASE(a_rise_is_told_and_placed),
    UNIT_CASE(another_path_begins_anew),
    UNIT_CASE(the_fourth_event_of_a_kind_is_counted_only),
    UNIT_CASE(path_loss_is_of_the_window),
    UNIT_CASE(a_record_is_read),
    UNIT_CASE(rounds_without_a_probe_are_left_out),
    UNIT_CASE(any_rounds_leave_it_sound),
    UNIT_CASE(unsound_memories_are_seen),
    UNIT_CASE(memory_is_bounded),
};

UNIT_MAIN("history/where", cases)
