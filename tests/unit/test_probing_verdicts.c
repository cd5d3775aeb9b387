/* What is made of a router's drops: a site on a fake clock, and patterns of answers. How a limit is
 * found behind a token bucket is in test_probing_controller. */
#include "hoptrace/time.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/site.h"
#include "site_patterns.h"
#include "unit.h"

static void review(struct ht_site *site, int64_t now_ns, double beyond_share)
{
    struct ht_site_evidence seen = ht_controller_look(site, now_ns);
    ht_controller_review(site, &seen, now_ns, beyond_share);
}

/* Looks at the site once all time is up. */
static void look(struct asking *asking)
{
    asking->now_ns += ht_site_overdue_ns(&asking->site);
    CU_ASSERT_TRUE(ht_controller_due(&asking->site, asking->now_ns));
    review(&asking->site, asking->now_ns, 0);
}

/* Two hundred answers at a millisecond's distance, and then drops at the end. */
static int64_t run_dry(struct asking *asking, const char *end)
{
    begin(asking);
    repeat(asking, "AAAAAAAAAA", 20, MS);
    int64_t end_ns = asking->now_ns;
    play(asking, end, MS);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.state, HT_SITE_SEEKING);
    return end_ns;
}

#define DROPS_AT_THE_END ".AAAA.AAAAAA.AAAAAA.AAAAAAAA.AAAA"

/* What comes only after many answers is rather a limit's than what comes all the time. */
static void drops_that_begin_late_pass_for_the_limits(void)
{
    struct asking asking;
    int64_t drop_ns = run_dry(&asking, DROPS_AT_THE_END);
    double late = ht_controller_odds(&asking.site, asking.now_ns);
    CU_ASSERT(late > 5);
    CU_ASSERT_TRUE(ht_controller_is_undecided(&asking.site));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, asking.now_ns)); /* what is on its way out */
    ht_site_fini(&asking.site);

    begin(&asking);
    repeat(&asking, "AAAA.AAAAAAAAA", 6, MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    CU_ASSERT(ht_controller_odds(&asking.site, asking.now_ns) < 2);
    ht_site_fini(&asking.site);
}

/* Two drops are enough where all the answers came first: that is the order of a limit. */
static void answers_that_run_out_raise_an_alarm(void)
{
    static const struct {
        const char *pattern;
        enum ht_site_state state;
    } ends[] = {
        {"AAAAA..", HT_SITE_SEEKING},   {"AAAA..", HT_SITE_SEEKING},
        {"AAAAAA...", HT_SITE_SEEKING}, {"..AAAAA", HT_SITE_FREE},
        {".AAAAAA..", HT_SITE_FREE},    {"A.A.AAAA..", HT_SITE_SEEKING},
        {"AAAAAAAAA.", HT_SITE_FREE},   {"A.AAA.AAAA.AAAA", HT_SITE_FREE},
        {"AAAAAAAAAA", HT_SITE_FREE},   {"A..", HT_SITE_SEEKING},
        {"A.", HT_SITE_FREE},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct asking asking;
        begin(&asking);
        play(&asking, ends[i].pattern, MS);
        look(&asking);
        CU_ASSERT_EQUAL(asking.site.control.state, ends[i].state);
        ht_site_fini(&asking.site);
    }
}

/* What left seconds after the last answer is dropped by no limit: it is loss, and says how much is
 * usual. */
static void late_drops_are_no_limits(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAA", MS);
    asking.now_ns += HT_SITE_LATE_NS;
    play(&asking, "..", MS);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.all.dropped, 2);
    CU_ASSERT_EQUAL(seen.late.dropped, 2);
    CU_ASSERT_EQUAL(seen.late.answered, 0);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    play(&asking, "A...", MS);
    seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.late.answered, 1);
    CU_ASSERT_EQUAL(seen.late.dropped, 2);
    ht_site_fini(&asking.site);
}

/* Answers and then drops, and the same again after each pause, which fills the router up. */
static void the_order_after_a_pause_tells_again(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAAAAA....", MS);
    CU_ASSERT_EQUAL(evidence_of(&asking, HT_NEVER).rate.again, 1);
    for (int i = 0; i < 2; i++) {
        asking.now_ns += HT_SITE_LATE_NS;
        play(&asking, "AAAAAA....", MS);
    }
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.rate.first.fresh, 6);
    CU_ASSERT_EQUAL(seen.rate.first.then.dropped, 4);
    CU_ASSERT(seen.rate.again > 1000);
    CU_ASSERT_EQUAL(ht_rate_verdict(&seen.rate), HT_RATE_LIMITED);
    ht_site_fini(&asking.site);
}

/* What is lost beyond is no alarm here. */
static void loss_beyond_explains_as_much_here(void)
{
    struct asking asking;
    begin(&asking);
    repeat(&asking, "AAAA.", 20, MS);
    asking.now_ns += ht_site_overdue_ns(&asking.site);
    review(&asking.site, asking.now_ns, 0.2);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    asking.now_ns += 10 * MS;
    review(&asking.site, asking.now_ns, 0.05);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    ht_site_fini(&asking.site);
}

/* A review comes no sooner than 10 ms after the last one, and of one router's site only. */
static void reviews_are_due_every_10_ms(void)
{
    struct asking asking;
    begin(&asking);
    CU_ASSERT_FALSE(ht_controller_due(&asking.site, asking.now_ns));
    play(&asking, "AAAA", MS);
    CU_ASSERT_TRUE(ht_controller_due(&asking.site, asking.now_ns));
    review(&asking.site, asking.now_ns, 0);
    CU_ASSERT_FALSE(ht_controller_due(&asking.site, asking.now_ns + 10 * MS - 1));
    CU_ASSERT_TRUE(ht_controller_due(&asking.site, asking.now_ns + 10 * MS));
    play(&asking, "O", 20 * MS);
    CU_ASSERT_FALSE(ht_controller_due(&asking.site, asking.now_ns));
    ht_site_fini(&asking.site);
}

/* Asks at the site's pace, with a review after each probe that is due for one. */
static void play_paced(struct asking *asking, const char *pattern, int times)
{
    asking->now_ns = ht_time_max(asking->now_ns, asking->site.control.since_ns);
    for (size_t i = 0; i < (size_t)times * strlen(pattern); i++) {
        char one[2] = {pattern[i % strlen(pattern)], '\0'};
        play(asking, one, ht_time_max(asking->site.line.spacing_ns, MS));
        if (ht_controller_due(&asking->site, asking->now_ns))
            review(&asking->site, asking->now_ns, 0);
    }
}

/* 40 probes, of which one of 8 is dropped by chance. */
static const char *by_chance(uint64_t *random)
{
    static char pattern[41];
    for (int i = 0; i < 40; i++) {
        *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        pattern[i] = *random >> 61 == 0 ? '.' : 'A';
    }
    return pattern;
}

/* At the slower pace they go on as before: they are loss after all, and usual from now on. */
static void a_suspicion_that_is_taken_back_clears(void)
{
    struct asking asking;
    begin(&asking);
    int64_t drop_ns = asking.now_ns + 4 * MS;
    uint64_t random = 7;
    repeat(&asking, by_chance(&random), 1, MS);
    repeat(&asking, by_chance(&random), 1, MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    for (int i = 0; i < 50 && asking.site.control.state != HT_SITE_FREE; i++)
        play_paced(&asking, by_chance(&random), 1);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT_EQUAL(asking.site.line.spacing_ns, 0);
    CU_ASSERT_DOUBLE_EQUAL(asking.site.control.usual_share, 0.125, 0.06);
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_TRUE(ht_controller_cleared(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_cleared(&asking.site, asking.now_ns));
    for (int i = 0; i < 8; i++)
        play_paced(&asking, by_chance(&random), 1);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    /* More of them is another alarm, which does not reach what was cleared. */
    int64_t more_ns = asking.now_ns;
    repeat(&asking, "..........", 10, MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, more_ns));
    CU_ASSERT_TRUE(ht_controller_cleared(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* An alarm, and then a pace, found at a router that answers one probe of four. */
static void find_pace(struct asking *asking, const char *alarming, const char *proof)
{
    play(asking, alarming, MS);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.state, HT_SITE_SEEKING);
    for (int i = 0; i < 60 && asking->site.control.state == HT_SITE_SEEKING; i++)
        play_paced(asking, "...A", 1);
    CU_ASSERT_EQUAL(asking->site.control.state, HT_SITE_PROVING);
    for (int i = 0; i < 60 && asking->site.control.state == HT_SITE_PROVING; i++)
        play_paced(asking, proof, 1);
}

#define NEARLY_ALL_DROPPED "AAA........................................"

/* What was dropped before the first pace was found may still be awaited when that turns out to be
 * too fast. */
static void an_overrun_is_remembered_beside_the_next_one(void)
{
    struct asking asking;
    begin(&asking);
    int64_t drop_ns = asking.now_ns + 3 * MS;
    find_pace(&asking, NEARLY_ALL_DROPPED, "AAAA");
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    int64_t paced_ns = asking.site.control.overrun.until_ns;
    CU_ASSERT_EQUAL(paced_ns, asking.site.control.since_ns);
    play_paced(&asking, "AAAAAAAAAA", 1);
    asking.site.control.since_ns = asking.now_ns += 3 * HT_NS_PER_S;
    int64_t again_ns = asking.now_ns;
    play(&asking, "AA.....A....A.....A....A......", asking.site.line.spacing_ns / 8);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, again_ns));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, paced_ns));
    CU_ASSERT_FALSE(ht_controller_is_undecided(&asking.site)); /* a limit is known here */
    ht_site_fini(&asking.site);
}

/* Three of four are dropped at whatever pace. */
static void drops_that_do_not_end_are_loss(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "A..A...A....A.A.......A...A.A......A......", MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    for (int i = 0; i < 50 && asking.site.control.state != HT_SITE_FREE; i++) {
        play_paced(&asking, "...A..A....A..A.....A", 1);
        CU_ASSERT_NOT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    }
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    ht_site_fini(&asking.site);
}

/* Where a limit is known, more loss is no reason to doubt it: what was dropped while more was asked
 * than that stays excused. */
static void a_limit_that_is_known_is_not_taken_back(void)
{
    struct asking asking;
    begin(&asking);
    int64_t drop_ns = asking.now_ns + 3 * MS;
    find_pace(&asking, NEARLY_ALL_DROPPED, "AAAA");
    int64_t spacing_ns = asking.site.line.spacing_ns;
    play_paced(&asking, "A.A..A.A.A", 40);
    CU_ASSERT_NOT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT(asking.site.line.spacing_ns >= spacing_ns);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns) ||
                   asking.site.control.overrun_before.until_ns > drop_ns);
    CU_ASSERT_FALSE(ht_controller_cleared(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* Another router is here: nothing is known. */
static void a_forgotten_site_is_free(void)
{
    struct asking asking;
    int64_t drop_ns = run_dry(&asking, DROPS_AT_THE_END);
    ht_controller_forget(&asking.site);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT_EQUAL(asking.site.line.spacing_ns, 0);
    CU_ASSERT_EQUAL(ht_controller_answer_ns(&asking.site), 0);
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_cleared(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* With 8 in line a search asks 4 times as much as is answered, as far as is known. */
static void a_search_with_a_line_asks_for_more(void)
{
    struct asking asking;
    (void)run_dry(&asking, DROPS_AT_THE_END);
    int64_t spacing_ns = asking.site.line.spacing_ns;
    for (uint32_t i = 0; i < 7; i++)
        (void)ht_line_join(&asking.site.line, false, asking.now_ns);
    CU_ASSERT_EQUAL(ht_controller_answer_ns(&asking.site), spacing_ns);
    (void)ht_line_join(&asking.site.line, false, asking.now_ns);
    CU_ASSERT_EQUAL(ht_controller_answer_ns(&asking.site), 4 * spacing_ns);
    ht_site_fini(&asking.site);
}

/* The same share of loss at every pace, in whatever order, is loss after a few hundred probes: no
 * slower pace is tried again and again. */
static void the_same_loss_at_each_pace_is_no_limit(void)
{
    static const char *const orders[] = {"AAA.AAAA", "AAAA.AAAAAAAAAA.A.AAAAAAA.AAAAAAAAA.AAAA",
                                         "A.A.AA.AAA.AAA.AAAA.AAAA"};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct asking asking;
        begin(&asking);
        repeat(&asking, orders[i], 6, MS);
        look(&asking);
        uint32_t before = asking.sent;
        while (asking.site.control.state != HT_SITE_FREE && asking.sent - before < 600)
            play_paced(&asking, orders[i], 1);
        CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
        CU_ASSERT(asking.site.line.spacing_ns <= 10 * MS);
        ht_site_fini(&asking.site);
    }
}

/* Of neighbours behind one silent router each is asked again, others are answered meanwhile. */
static void silent_neighbours_raise_no_alarm(void)
{
    struct asking asking;
    begin(&asking);
    repeat(&asking, "AAAAAAAAAA", 4, MS);
    play(&asking, "..AsAsAA.sAs.sAsAAsAsA", MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT(asking.site.control.usual_share > 0.05); /* so much silence is usual from now on */
    ht_site_fini(&asking.site);

    /* The same drops of one probe each may be a limit's. */
    begin(&asking);
    repeat(&asking, "AAAAAAAAAA", 4, MS);
    play(&asking, "..AAAA.A.AAAAA", MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    ht_site_fini(&asking.site);
}

/* A crowd's first probes push those out that were answered at first: they still count. */
static void what_the_first_probes_told_stays(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAAAAA..................", MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    CU_ASSERT(ht_controller_odds(&asking.site, asking.now_ns) > 200);
    for (int i = 0; i < 60; i++) {
        play(&asking, "..........", MS);
        if (ht_controller_due(&asking.site, asking.now_ns))
            review(&asking.site, asking.now_ns, 0);
    }
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    CU_ASSERT(ht_controller_odds(&asking.site, asking.now_ns) > 200);
    ht_site_fini(&asking.site);
}

/* 30 in a row are dropped, and then all answered, as fast as before: a limit gave more evenly. */
static void answers_at_full_speed_after_drops_are_no_limits(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAAAAAAAAAAAAA...............", 10 * MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_SEEKING);
    play(&asking, "...............", 10 * MS);
    repeat(&asking, "AAAAAAAAAAAAAAA", 4, 10 * MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    ht_site_fini(&asking.site);
}

static const struct unit_case cases[] = {
    UNIT_CASE(drops_that_begin_late_pass_for_the_limits),
    UNIT_CASE(answers_that_run_out_raise_an_alarm),
    UNIT_CASE(late_drops_are_no_limits),
    UNIT_CASE(the_order_after_a_pause_tells_again),
    UNIT_CASE(loss_beyond_explains_as_much_here),
    UNIT_CASE(reviews_are_due_every_10_ms),
    UNIT_CASE(a_suspicion_that_is_taken_back_clears),
    UNIT_CASE(an_overrun_is_remembered_beside_the_next_one),
    UNIT_CASE(drops_that_do_not_end_are_loss),
    UNIT_CASE(a_limit_that_is_known_is_not_taken_back),
    UNIT_CASE(a_forgotten_site_is_free),
    UNIT_CASE(a_search_with_a_line_asks_for_more),
    UNIT_CASE(the_same_loss_at_each_pace_is_no_limit),
    UNIT_CASE(silent_neighbours_raise_no_alarm),
    UNIT_CASE(what_the_first_probes_told_stays),
    UNIT_CASE(answers_at_full_speed_after_drops_are_no_limits),
};

UNIT_MAIN("probing_verdicts", cases)
