/* What is counted of a site's probes: patterns of answers and drops, on a fake clock. */
#include "hoptrace/time.h"
#include "probing/ratelimit/site.h"
#include "site_patterns.h"
#include "unit.h"

static void drops_and_answers_are_counted(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAA.A...AA..AA", MS);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.all.answered, 8);
    CU_ASSERT_EQUAL(seen.all.dropped, 6);
    CU_ASSERT_EQUAL(seen.longest_run, 3);
    CU_ASSERT_EQUAL(seen.last_run, 0);
    CU_ASSERT_EQUAL(seen.last_drop_ns, HT_NS_PER_S + 11 * MS);
    CU_ASSERT_EQUAL(seen.since_drop, 2);
    CU_ASSERT_EQUAL(seen.since_drop_ns, MS);
    play(&asking, "..", MS);
    seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.last_run, 2);
    CU_ASSERT_EQUAL(seen.since_drop, 0);
    ht_site_fini(&asking.site);
}

static void what_says_nothing_of_the_router_is_not_evidence(void)
{
    struct asking asking;
    begin(&asking);
    asking.site.control.state = HT_SITE_SEEKING; /* FREE sites do not remember ignored ones */
    play(&asking, "AAAA.OsO.iA", MS);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.all.answered, 5);
    CU_ASSERT_EQUAL(seen.all.dropped, 2);
    CU_ASSERT_EQUAL(seen.longest_run, 2);
    struct ht_rate_counts counts = ht_site_count(&asking.site, (struct ht_site_span){0, HT_NEVER},
                                                 asking.now_ns + HT_NS_PER_S, true)
                                       .all;
    CU_ASSERT_EQUAL(counts.answered, 7); /* two by others; what was not expected is not there */
    CU_ASSERT_EQUAL(counts.dropped, 2);
    ht_site_fini(&asking.site);
}

/* Only the span counts, and of it what is overdue. */
static void the_span_bounds_the_evidence(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAAA....AAAA", MS);
    struct ht_site_span span = {HT_NS_PER_S + 2 * MS, HT_NS_PER_S + 10 * MS};
    struct ht_rate_counts counts = ht_site_count(&asking.site, span, HT_NEVER - 1, true).all;
    CU_ASSERT_EQUAL(counts.answered, 4);
    CU_ASSERT_EQUAL(counts.dropped, 4);
    CU_ASSERT_EQUAL(ht_site_overdue_ns(&asking.site), 24 * MS);
    counts = ht_site_count(&asking.site, span, HT_NS_PER_S + (5 + 24) * MS, true).all;
    CU_ASSERT_EQUAL(counts.answered, 2);
    CU_ASSERT_EQUAL(counts.dropped, 2);
    counts = ht_site_count(&asking.site, (struct ht_site_span){0}, HT_NEVER - 1, true).all;
    CU_ASSERT_EQUAL(counts.answered + counts.dropped, 0);
    ht_site_fini(&asking.site);
}

/* 6 answers, and then one every 10 ms: 4 of them between the first drop and the last one. What
 * comes 8 to 10 ms after the last answer is neither too soon nor timely, and so is the first
 * answer. */
static void probes_are_sorted_by_the_limit(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "AAAAAA....RrrrrRrrrsRrrrrRrrrr", 2 * MS);
    struct ht_site_evidence seen = evidence_of(&asking, 10 * MS);
    CU_ASSERT_EQUAL(seen.between, 4);
    CU_ASSERT_EQUAL(seen.between_ns, 23 * 2 * MS);
    CU_ASSERT_EQUAL(seen.rate.first.fresh, 6);
    CU_ASSERT_EQUAL(seen.rate.first.then.answered, 0);
    CU_ASSERT_EQUAL(seen.rate.first.then.dropped, 4);
    CU_ASSERT_EQUAL(seen.rate.timely.answered, 3);
    CU_ASSERT_EQUAL(seen.rate.timely.dropped, 0);
    CU_ASSERT_EQUAL(seen.rate.soon.answered, 0);
    CU_ASSERT_EQUAL(seen.rate.soon.dropped, 3 * 5);
    CU_ASSERT_EQUAL(ht_site_timely_ns(&seen), 46 * MS / 4 * 7 / 4);
    ht_site_fini(&asking.site);
}

static void without_drops_there_is_no_rate(void)
{
    struct asking asking;
    begin(&asking);
    repeat(&asking, "AAAAAAAAAA", 4, MS);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.between, 0);
    CU_ASSERT_EQUAL(ht_site_timely_ns(&seen), HT_NEVER);
    CU_ASSERT_EQUAL(seen.rate.first.fresh, 40);
    CU_ASSERT_EQUAL(seen.rate.timely.answered + seen.rate.soon.answered, 0);
    CU_ASSERT_EQUAL(seen.since_drop_ns, 39 * MS);
    ht_site_fini(&asking.site);
}

/* Where a router saved answers up in a pause, two drops in a row are an accident where it drops
 * five in a row, and the answers after them are not what it gives in the long run; nor is the pause
 * time in which it gave what it gave before and after. */
static void two_drops_after_a_pause_are_an_accident(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "A", 5 * MS);
    asking.site.line.spacing_ns = 5 * MS;
    play(&asking, ".....A.....A.....", 5 * MS);
    asking.now_ns += HT_NS_PER_S;
    play(&asking, "A..AAAAAAAAAA", MS);
    play(&asking, ".....A.....A.....A.....", MS);
    asking.now_ns += HT_NS_PER_S;
    play(&asking, "AA.AAAAAAAAAA.AAAA", MS);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.between, 3);
    CU_ASSERT_EQUAL(seen.between_ns, 22 * MS);
    ht_site_fini(&asking.site);
}

/* At full speed not all probes are remembered: 256 in 48 ms, and the next after 0.2 ms at least. */
static void a_crowd_is_sampled(void)
{
    struct asking asking;
    begin(&asking);
    play(&asking, "A", MS);
    repeat(&asking, "..........", 100, MS / 100);
    CU_ASSERT(asking.site.probe_count > 256);
    CU_ASSERT(asking.site.probe_count < 256 + 1000 / 18);
    CU_ASSERT_TRUE(asking.site.probes[(asking.site.probe_count - 1) % HT_SITE_PROBES].crowded);
    ht_site_fini(&asking.site);
}

/* An answer that comes when its place is another probe's is not entered there. */
static void a_late_answer_finds_its_place_taken(void)
{
    struct asking asking;
    begin(&asking);
    int64_t sent_ns = asking.now_ns;
    repeat(&asking, "........", 33, 5 * MS);
    ht_site_answered(&asking.site, 0, sent_ns, RTT_NS, &router, 1);
    struct ht_site_evidence seen = evidence_of(&asking, HT_NEVER);
    CU_ASSERT_EQUAL(seen.all.answered, 0);
    CU_ASSERT_EQUAL(seen.all.dropped, HT_SITE_PROBES);
    ht_site_fini(&asking.site);
}

static const struct unit_case cases[] = {
    UNIT_CASE(drops_and_answers_are_counted),
    UNIT_CASE(what_says_nothing_of_the_router_is_not_evidence),
    UNIT_CASE(the_span_bounds_the_evidence),
    UNIT_CASE(probes_are_sorted_by_the_limit),
    UNIT_CASE(without_drops_there_is_no_rate),
    UNIT_CASE(two_drops_after_a_pause_are_an_accident),
    UNIT_CASE(a_crowd_is_sampled),
    UNIT_CASE(a_late_answer_finds_its_place_taken),
};

UNIT_MAIN("probing_evidence", cases)
