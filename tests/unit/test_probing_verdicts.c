/* What is made of a shared router's drops: a site on a fake clock, and patterns of answers. How a
 * limit is found behind a token bucket is in test_probing_controller. */
#include "hoptrace/time.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/site.h"
#include "unit.h"

#define RTT_NS (2 * HT_NS_PER_MS)

struct asking {
    struct ht_site site;
    int64_t now_ns;
    uint32_t sent;
};

static const struct ht_address router = {.version = HT_IPV4, .bytes = {10, 0, 0, 1}};

static void begin(struct asking *asking)
{
    *asking = (struct asking){.now_ns = HT_NS_PER_S};
}

/* Probes leave so far apart, and are answered (A) or not (.) in this order. */
static void play(struct asking *asking, const char *pattern, int64_t spacing_ns)
{
    for (; *pattern != '\0'; pattern++, asking->now_ns += spacing_ns) {
        uint8_t index = ht_site_sent(&asking->site, asking->now_ns, true);
        if (*pattern == 'A')
            ht_site_answered(&asking->site, index, asking->now_ns, RTT_NS, &router,
                             asking->sent % 100);
        asking->sent++;
    }
}

/* Looks at the site once all time is up. */
static void look(struct asking *asking)
{
    asking->now_ns += ht_site_overdue_ns(&asking->site);
    CU_ASSERT_TRUE(ht_controller_due(&asking->site, asking->now_ns));
    ht_controller_review(&asking->site, asking->now_ns, 0);
}

/* Where a router saved answers up in a pause, two drops in a row are silent targets', and the
 * answers after them are not what it gives in the long run; nor is the pause time in which it gave
 * what it gave before and after. */
static void two_drops_after_a_pause_are_an_accident(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "A", 5 * HT_NS_PER_MS);
    asking.site.line.spacing_ns = 5 * HT_NS_PER_MS;
    play(&asking, "..A.A.A..A", 5 * HT_NS_PER_MS);
    asking.now_ns += HT_NS_PER_S;
    play(&asking, "A..AAAAAAAAAA", HT_NS_PER_MS);
    play(&asking, "...A...A...A..", HT_NS_PER_MS);
    asking.now_ns += HT_NS_PER_S;
    play(&asking, "AA.AAAAAAAAAA.AAAA", HT_NS_PER_MS);
    struct ht_site_tally tally = ht_site_count(&asking.site, 0, asking.now_ns + HT_NS_PER_S, false);
    CU_ASSERT_TRUE(tally.emptied);
    CU_ASSERT_EQUAL(tally.yield.between, 3 + 3);
    CU_ASSERT_EQUAL(tally.yield.between_ns, 8 * 5 * HT_NS_PER_MS + 13 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(tally.at_last, 0);
    ht_site_fini(&asking.site);
}

/* Two hundred answers at a millisecond's distance, and then a few drops among answers. */
static int64_t doubt(struct asking *asking, const char *end)
{
    begin(asking);
    for (int i = 0; i < 20; i++)
        play(asking, "AAAAAAAAAA", HT_NS_PER_MS);
    int64_t end_ns = asking->now_ns;
    play(asking, end, HT_NS_PER_MS);
    look(asking);
    CU_ASSERT_TRUE(asking->site.control.doubtful);
    return end_ns;
}

#define DROPS_AT_THE_END ".AAAA.AAAAAA.AAAAAA.AAAAAAAA.AAAA"

/* What comes only after many answers is no accident; what comes all the time may be. */
static void drops_that_begin_late_pass_for_the_limits(void)
{
    struct asking asking;
    int64_t drop_ns = doubt(&asking, DROPS_AT_THE_END);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, asking.now_ns)); /* what is on its way out */
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, asking.site.control.phase_ns));
    ht_site_fini(&asking.site);

    begin(&asking);
    play(&asking, "AAAA", HT_NS_PER_MS);
    drop_ns = asking.now_ns;
    for (int i = 0; i < 6; i++)
        play(&asking, ".AAAAAAAAAAAAA", HT_NS_PER_MS);
    look(&asking);
    CU_ASSERT_TRUE(asking.site.control.doubtful);
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* Nobody asks any more: that will not become clearer. */
static void few_probes_show_it_after_many_answers(void)
{
    struct asking asking;
    begin(&asking);
    for (int i = 0; i < 12; i++)
        play(&asking, "AAAAAAAAAA", HT_NS_PER_MS);
    int64_t drop_ns = asking.now_ns;
    play(&asking, "..A...A..A..A..", HT_NS_PER_MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* Asks at the pace of the site. */
static void play_paced(struct asking *asking, const char *pattern, int times)
{
    asking->now_ns = ht_time_max(asking->now_ns, asking->site.control.phase_ns);
    for (int i = 0; i < times; i++)
        play(asking, pattern, asking->site.line.spacing_ns);
}

/* At the slower pace they go on as before: they are loss after all, and are counted as such. */
static void a_doubt_that_is_taken_back_clears(void)
{
    struct asking asking;
    int64_t drop_ns = doubt(&asking, DROPS_AT_THE_END);
    play_paced(&asking, "AAA.AAAA", 12);
    look(&asking);
    CU_ASSERT_FALSE(asking.site.control.doubtful);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_FREE);
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_TRUE(ht_controller_cleared(&asking.site, drop_ns));
    /* Should they be many more soon, these were the first ones of a limit's. */
    for (int i = 0; i < 10; i++)
        play(&asking, "..........", HT_NS_PER_MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_cleared(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

/* At the slower pace too first everybody is answered, and then nobody. */
static void a_doubt_is_none_where_the_answers_run_out_again(void)
{
    struct asking asking;
    int64_t drop_ns = doubt(&asking, DROPS_AT_THE_END);
    play_paced(&asking, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 3);
    play(&asking, "...........", asking.site.line.spacing_ns);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_EQUAL(asking.site.control.former_ns, 0); /* there was no pace before the doubt */
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, asking.now_ns));
    ht_site_fini(&asking.site);
}

/* What was dropped before the first pace was found may still be awaited when that turns out to be
 * too fast. */
static void an_overrun_is_remembered_beside_the_next_one(void)
{
    struct asking asking;
    int64_t drop_ns = doubt(&asking, DROPS_AT_THE_END);
    play_paced(&asking, "AAAAAAAAAA", 10);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_PACED);
    CU_ASSERT_FALSE(asking.site.control.doubtful);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    int64_t paced_ns = asking.site.control.overrun.until_ns;
    asking.now_ns += 3 * HT_NS_PER_S;
    int64_t again_ns = asking.now_ns;
    play(&asking, "AA.....A....A.....A....A......", asking.site.line.spacing_ns);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, again_ns));
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, paced_ns));
    ht_site_fini(&asking.site);
}

/* An alarm, and then so many who wait for their turns, and so few who come to use them that no two
 * are asked in a row. */
static void seek_slowly(struct asking *asking, int waiting, const char *pattern)
{
    begin(asking);
    play(asking, "AAAA.....................A", HT_NS_PER_MS);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.phase, HT_SITE_SEEKING);
    for (int i = 0; i < waiting; i++)
        (void)ht_site_join(&asking->site, asking->now_ns);
    play(asking, pattern, 100 * HT_NS_PER_MS);
}

#define HARDLY_ANY_DROPS "A.AAAAAAAAAAAA.A"

static void nothing_is_found_out_where_hardly_anybody_asks(void)
{
    struct asking asking;
    seek_slowly(&asking, 100, HARDLY_ANY_DROPS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT(asking.site.line.spacing_ns < 10 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(asking.site.control.phase_ns, asking.now_ns); /* the time for it begins anew */
    ht_site_fini(&asking.site);
}

/* Few ask since few are left: all that is known is what they got. */
static void who_answers_seldom_asked_is_neither_silent_nor_slow(void)
{
    struct asking asking;
    seek_slowly(&asking, 2, HARDLY_ANY_DROPS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_PACED);
    ht_site_fini(&asking.site);

    seek_slowly(&asking, 2, HARDLY_ANY_DROPS);
    ht_site_note_sequel(&asking.site, HT_SITE_RECOVERED);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_PACED);
    CU_ASSERT(asking.site.line.spacing_ns < HT_NS_PER_S / 7);
    ht_site_fini(&asking.site);
}

/* An alarm, and then a pace, found at a router that answers one probe in four of those that leave
 * at the pace at which its limit is sought. */
static void find_pace(struct asking *asking, const char *alarming)
{
    play(asking, alarming, HT_NS_PER_MS);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.phase, HT_SITE_SEEKING);
    for (int i = 0; i < 45; i++)
        play(asking, "...A", asking->site.line.spacing_ns);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.phase, HT_SITE_PACED);
    CU_ASSERT_TRUE(asking->site.control.unproven);
}

#define NEARLY_ALL_DROPPED "AAA........................................"

/* Neither as many as before nor none: the pace is still too fast. */
static void far_fewer_drops_are_not_the_same_loss(void)
{
    struct asking asking;
    begin(&asking);
    int64_t drop_ns = asking.now_ns + 3 * HT_NS_PER_MS;
    find_pace(&asking, NEARLY_ALL_DROPPED);
    play_paced(&asking, "A..", 20);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    ht_site_fini(&asking.site);

    begin(&asking);
    find_pace(&asking, "A..A...A....A.A.......A...A.A......A......");
    play_paced(&asking, "A...", 20);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_FREE);
    ht_site_fini(&asking.site);
}

/* Where a limit is known, more loss is no reason to doubt it: what was dropped while more was asked
 * than that stays excused. */
static void a_limit_that_is_known_is_not_taken_back(void)
{
    struct asking asking;
    begin(&asking);
    find_pace(&asking, NEARLY_ALL_DROPPED);
    play_paced(&asking, "AAAAAAAAAA", 5);
    look(&asking);
    CU_ASSERT_FALSE(asking.site.control.unproven);
    asking.now_ns += 3 * HT_NS_PER_S;
    int64_t drop_ns = asking.now_ns;
    find_pace(&asking, ".A..A.A..A.A.A..A.A..A.A.A.A");
    play_paced(&asking, "A.A..A.A.A", 6);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_PACED);
    CU_ASSERT_FALSE(asking.site.control.unproven);
    CU_ASSERT_DOUBLE_EQUAL(asking.site.control.usual_share, 0.5, 0.1);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, drop_ns));
    CU_ASSERT_FALSE(ht_controller_cleared(&asking.site, drop_ns));
    ht_site_fini(&asking.site);
}

static bool seems_to_have_run_out(const char *pattern)
{
    struct asking asking;
    begin(&asking);
    play(&asking, pattern, HT_NS_PER_MS);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    bool ran_out = asking.site.control.ran_out;
    ht_site_fini(&asking.site);
    return ran_out;
}

/* Who is silent by himself may come first: that hardly makes the end an accident. */
static void a_router_has_run_out_whoever_is_silent_besides(void)
{
    CU_ASSERT_TRUE(seems_to_have_run_out("AAAAAA.................."));
    CU_ASSERT_TRUE(seems_to_have_run_out(".AAAAAA.................."));
    CU_ASSERT_TRUE(seems_to_have_run_out("A.A.AAAA.................."));
    CU_ASSERT_FALSE(seems_to_have_run_out("A.A.A.A.A.A.A.A.A.A.A.A..."));
    CU_ASSERT_FALSE(seems_to_have_run_out("A......................A.."));
    CU_ASSERT_FALSE(seems_to_have_run_out("..A..A.A....A..A....A...."));
}

/* An alarm for hops that are silent by themselves; others go on as before. */
static void alarm_for_silent_ones(struct asking *asking)
{
    begin(asking);
    play(asking, "AA.AAAA.AAA.AAAA.AAAA.AA", HT_NS_PER_MS);
    look(asking);
    CU_ASSERT_EQUAL(asking->site.control.phase, HT_SITE_SEEKING);
    for (int i = 0; i < 8; i++)
        ht_site_note_sequel(&asking->site, HT_SITE_KEPT);
    for (int i = 0; i < 5; i++)
        ht_site_note_sequel(&asking->site, HT_SITE_IN_VAIN);
}

static void the_silent_ones_are_cleared_of_a_limit(void)
{
    struct asking asking;
    alarm_for_silent_ones(&asking);
    asking.now_ns += HT_NS_PER_S / 2;
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_FREE);
    ht_site_fini(&asking.site);
}

/* A crowd that came meanwhile, and of which nobody was asked again yet, is not judged with them. */
static void a_crowd_after_the_alarm_is_not_cleared_with_the_silent_ones(void)
{
    struct asking asking;
    alarm_for_silent_ones(&asking);
    asking.now_ns += HT_NS_PER_S / 2;
    for (int i = 0; i < 12; i++)
        play(&asking, i == 0 ? "AAAAAAAAAA" : "..........", HT_NS_PER_MS / 100);
    look(&asking);
    CU_ASSERT_EQUAL(asking.site.control.phase, HT_SITE_SEEKING);
    CU_ASSERT_TRUE(asking.site.control.worsened);
    CU_ASSERT_EQUAL(asking.site.control.former_ns, 0); /* there was no pace before */
    ht_site_fini(&asking.site);
}

static const struct unit_case cases[] = {
    UNIT_CASE(two_drops_after_a_pause_are_an_accident),
    UNIT_CASE(drops_that_begin_late_pass_for_the_limits),
    UNIT_CASE(few_probes_show_it_after_many_answers),
    UNIT_CASE(a_doubt_that_is_taken_back_clears),
    UNIT_CASE(a_doubt_is_none_where_the_answers_run_out_again),
    UNIT_CASE(an_overrun_is_remembered_beside_the_next_one),
    UNIT_CASE(nothing_is_found_out_where_hardly_anybody_asks),
    UNIT_CASE(who_answers_seldom_asked_is_neither_silent_nor_slow),
    UNIT_CASE(far_fewer_drops_are_not_the_same_loss),
    UNIT_CASE(a_limit_that_is_known_is_not_taken_back),
    UNIT_CASE(a_router_has_run_out_whoever_is_silent_besides),
    UNIT_CASE(the_silent_ones_are_cleared_of_a_limit),
    UNIT_CASE(a_crowd_after_the_alarm_is_not_cleared_with_the_silent_ones),
};

UNIT_MAIN("probing_verdicts", cases)
