/* A shared router's limit, from what it drops: a site on a fake clock before a token bucket. */
#include "hoptrace/time.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/site.h"
#include "unit.h"

#define RTT_NS (2 * HT_NS_PER_MS)

struct bucket {
    double per_second; /* 0: no limit */
    double burst;
    double tokens;
    double loss; /* share of the answers that are lost besides */
    uint64_t random;
    int64_t filled_ns;
};

struct asking {
    struct ht_site site;
    struct bucket bucket;
    int64_t now_ns;
    uint32_t sent;
    uint32_t unexcused; /* unanswered, and not because of the limit by the site's account */
    uint32_t excused;
    struct {
        int64_t sent_ns;
        uint8_t index;
        bool answered;
    } under_way[4096];
    uint32_t first;
    uint32_t last;
};

static const struct ht_address router = {.version = HT_IPV4, .bytes = {10, 0, 0, 1}};
static const struct ht_address other = {.version = HT_IPV4, .bytes = {10, 0, 0, 2}};

static bool gives(struct bucket *bucket, int64_t now_ns)
{
    bucket->random = bucket->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if ((double)(bucket->random >> 40) / (double)(1 << 24) < bucket->loss)
        return false;
    if (bucket->per_second <= 0)
        return true;
    bucket->tokens += (double)(now_ns - bucket->filled_ns) / 1e9 * bucket->per_second;
    bucket->filled_ns = now_ns;
    if (bucket->tokens > bucket->burst)
        bucket->tokens = bucket->burst;
    if (bucket->tokens < 1)
        return false;
    bucket->tokens -= 1;
    return true;
}

static void begin(struct asking *asking, double per_second, double burst, double loss)
{
    *asking = (struct asking){.now_ns = HT_NS_PER_S};
    asking->bucket = (struct bucket){.per_second = per_second,
                                     .burst = burst,
                                     .tokens = burst,
                                     .loss = loss,
                                     .random = 7,
                                     .filled_ns = HT_NS_PER_S};
}

static void send(struct asking *asking)
{
    uint32_t n = asking->last++ % 4096;
    asking->under_way[n].sent_ns = asking->now_ns;
    asking->under_way[n].answered = gives(&asking->bucket, asking->now_ns);
    asking->under_way[n].index = ht_site_sent(&asking->site, asking->now_ns, HT_SITE_REGULAR);
    asking->sent++;
}

/* What a round does with an answer. */
static void hear(struct ht_site *site, uint8_t index, int64_t sent_ns,
                 const struct ht_address *from, uint32_t target)
{
    if (ht_site_answered(site, index, sent_ns, RTT_NS, from, target) ||
        !ht_site_has_one_router(site))
        ht_controller_forget(site);
}

/* Answers come after the round-trip time; what is unanswered is judged after a second. */
static void settle(struct asking *asking, uint32_t *told)
{
    while (*told != asking->last &&
           asking->under_way[*told % 4096].sent_ns + RTT_NS <= asking->now_ns) {
        uint32_t n = (*told)++ % 4096;
        if (asking->under_way[n].answered)
            hear(&asking->site, asking->under_way[n].index, asking->under_way[n].sent_ns, &router,
                 *told % 100);
    }
    while (asking->first != asking->last &&
           asking->under_way[asking->first % 4096].sent_ns + HT_NS_PER_S <= asking->now_ns) {
        uint32_t n = asking->first++ % 4096;
        bool excused = ht_controller_overran(&asking->site, asking->under_way[n].sent_ns);
        asking->excused += !asking->under_way[n].answered && excused;
        asking->unexcused += !asking->under_way[n].answered && !excused;
    }
}

static void review(struct ht_site *site, int64_t now_ns, double beyond_share)
{
    struct ht_site_evidence seen = ht_controller_look(site, now_ns);
    ht_controller_review(site, &seen, now_ns, beyond_share);
}

/* Wants to send every `spacing_ns` for `duration_ns`, and waits for its turns. */
static void ask(struct asking *asking, int64_t spacing_ns, int64_t duration_ns)
{
    static uint32_t told;
    int64_t wanted_ns = asking->now_ns;
    int64_t end_ns = asking->now_ns + duration_ns;
    uint32_t ticket = 0;
    bool in_line = false;
    if (asking->sent == 0)
        told = 0;
    for (; asking->now_ns < end_ns; asking->now_ns += 50 * HT_NS_PER_US) {
        settle(asking, &told);
        if (ht_controller_due(&asking->site, asking->now_ns))
            review(&asking->site, asking->now_ns, 0);
        if (asking->now_ns < wanted_ns)
            continue;
        if (asking->site.line.spacing_ns != 0 && !in_line) {
            ticket = ht_line_join(&asking->site.line, false, asking->now_ns);
            in_line = true;
        }
        if (in_line && asking->site.line.spacing_ns != 0 &&
            ht_line_turn_ns(&asking->site.line, ticket) > asking->now_ns)
            continue;
        if (in_line)
            ht_line_leave(&asking->site.line);
        in_line = false;
        send(asking);
        wanted_ns += spacing_ns;
    }
    if (in_line)
        ht_line_leave(&asking->site.line);
}

static double pace_of(const struct asking *asking)
{
    return asking->site.line.spacing_ns == 0 ? 0 : 1e9 / (double)asking->site.line.spacing_ns;
}

static void the_limit_is_found(void)
{
    static const struct {
        double per_second;
        double burst;
    } limits[] = {{20, 6}, {100, 6}, {100, 100}, {100, 30}, {300, 300}, {300, 10}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct asking asking;
        begin(&asking, limits[i].per_second, limits[i].burst, 0);
        ask(&asking, HT_NS_PER_S / 1000, 8 * HT_NS_PER_S);
        CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
        CU_ASSERT(pace_of(&asking) > 0.88 * limits[i].per_second);
        CU_ASSERT(pace_of(&asking) < limits[i].per_second);
        CU_ASSERT_EQUAL(asking.unexcused, 0);
        CU_ASSERT(asking.excused > 0);
        ht_site_fini(&asking.site);
    }
}

static void no_limit_no_pace(void)
{
    struct asking asking;
    begin(&asking, 0, 0, 0);
    ask(&asking, HT_NS_PER_S / 1000, 4 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT_EQUAL(asking.unexcused + asking.excused, 0);
    CU_ASSERT(asking.sent >= 3999);
    ht_site_fini(&asking.site);
}

/* Where nothing keeps to a limit, losses stay what they are. */
static void loss_is_no_limit(void)
{
    static const double losses[] = {0.02, 0.05, 0.1, 0.3, 0.6};
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct asking asking;
        begin(&asking, 0, 0, losses[i]);
        ask(&asking, HT_NS_PER_S / 200, 30 * HT_NS_PER_S);
        double shown = asking.unexcused / (double)(asking.sent - asking.excused);
        CU_ASSERT(shown > 0.75 * losses[i]);
        CU_ASSERT(shown < 1.25 * losses[i]);
        CU_ASSERT(asking.sent > 4000);
        ht_site_fini(&asking.site);
    }
}

static void loss_at_a_limited_router(void)
{
    struct asking asking;
    begin(&asking, 200, 50, 0.05);
    ask(&asking, HT_NS_PER_S / 1000, 20 * HT_NS_PER_S);
    double shown = asking.unexcused / (double)(asking.sent - asking.excused);
    CU_ASSERT(shown > 0.02);
    CU_ASSERT(shown < 0.07);
    CU_ASSERT(pace_of(&asking) > 110);
    CU_ASSERT(pace_of(&asking) < 205);
    ht_site_fini(&asking.site);
}

/* A router that falls silent is not one with a low limit: its drops are cleared. */
static void silence_ends_a_search(void)
{
    struct asking asking;
    begin(&asking, 0, 0, 0);
    ask(&asking, HT_NS_PER_S / 100, 2 * HT_NS_PER_S);
    int64_t silent_ns = asking.now_ns;
    asking.bucket.loss = 1.1;
    ask(&asking, HT_NS_PER_S / 100, 3 * HT_NS_PER_S + 100 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(ht_controller_cleared(&asking.site, silent_ns));
    CU_ASSERT_EQUAL(asking.site.control.limit_ns, 0);
    ht_site_fini(&asking.site);
}

/* After a minute with a line a faster pace is tried, not before. */
static void a_raised_limit_is_noticed(void)
{
    struct asking asking;
    begin(&asking, 100, 20, 0);
    ask(&asking, HT_NS_PER_S / 500, 4 * HT_NS_PER_S);
    CU_ASSERT(pace_of(&asking) < 100);
    asking.bucket.per_second = 200;
    for (int i = 0; i < 10; i++) /* a long line all the time */
        (void)ht_line_join(&asking.site.line, false, asking.now_ns);
    ask(&asking, HT_NS_PER_S / 500, 50 * HT_NS_PER_S);
    CU_ASSERT(pace_of(&asking) < 100);
    ask(&asking, HT_NS_PER_S / 500, 20 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    CU_ASSERT(pace_of(&asking) > 170);
    CU_ASSERT(pace_of(&asking) < 200);
    CU_ASSERT_EQUAL(asking.unexcused, 0);
    ht_site_fini(&asking.site);
}

/* Without a line nothing faster is tried. */
static void a_pace_stays_without_a_line(void)
{
    struct asking asking;
    begin(&asking, 100, 20, 0);
    ask(&asking, HT_NS_PER_S / 500, 4 * HT_NS_PER_S);
    double pace = pace_of(&asking);
    asking.bucket.per_second = 0;
    ask(&asking, HT_NS_PER_S / 50, 70 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    CU_ASSERT_DOUBLE_EQUAL(pace_of(&asking), pace, 1e-9);
    ht_site_fini(&asking.site);
}

/* One answer a second after 6: 10 of them are enough. */
static void a_low_limit_is_found_by_few_probes(void)
{
    struct asking asking;
    begin(&asking, 1, 6, 0);
    ask(&asking, HT_NS_PER_S / 20, 30 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    CU_ASSERT_FALSE(ht_controller_is_undecided(&asking.site));
    CU_ASSERT(pace_of(&asking) > 0.85);
    CU_ASSERT(pace_of(&asking) < 1);
    CU_ASSERT_EQUAL(asking.unexcused, 0);
    CU_ASSERT(asking.sent < 50);
    ht_site_fini(&asking.site);
}

/* Where a pace was found by the absence of drops, a drop tells that it was a bit too fast: it is
 * the limit's, and the pace is below the limit from then on. What is remembered of it is not too
 * fast, either. */
static void a_pace_without_drops_may_be_too_fast(void)
{
    static const int64_t wanted_ms[] = {50, 700};
    unsigned unexcused = 0;
    unsigned too_fast = 0;
    for (int i = 0; i < 20; i++) {
        struct asking asking;
        double per_second = 0.91 + 0.02 * (i / 2);
        int64_t remembered_ns = 0;
        begin(&asking, per_second, 6, 0);
        ask(&asking, HT_NS_PER_MS, 80 * HT_NS_PER_MS);
        for (int minute = 0; minute < 2; minute++) {
            ask(&asking, wanted_ms[i % 2] * HT_NS_PER_MS, 40 * HT_NS_PER_S);
            if (remembered_ns == 0)
                remembered_ns = ht_controller_limit_ns(&asking.site);
        }
        too_fast += pace_of(&asking) > 1.05 * per_second;
        unexcused += asking.unexcused;
        ht_site_fini(&asking.site);
        begin(&asking, per_second, 6, 0);
        asking.site.router = router;
        asking.site.same = 1;
        ht_controller_recall(&asking.site, remembered_ns, asking.now_ns);
        ask(&asking, wanted_ms[i % 2] * HT_NS_PER_MS, 200 * HT_NS_PER_S);
        unexcused += asking.unexcused;
        ht_site_fini(&asking.site);
    }
    CU_ASSERT_EQUAL(unexcused, 0);
    CU_ASSERT_EQUAL(too_fast, 0);
}

/* A search whose drops turn out to be loss leaves no limit to remember. */
static void loss_leaves_no_limit(void)
{
    unsigned remembered = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        struct asking asking;
        begin(&asking, 0, 0, 0.3);
        asking.bucket.random = seed;
        ask(&asking, HT_NS_PER_S / 50, 20 * HT_NS_PER_S);
        if (asking.site.control.state == HT_SITE_FREE)
            remembered += ht_controller_limit_ns(&asking.site) != 0;
        ht_site_fini(&asking.site);
    }
    CU_ASSERT_EQUAL(remembered, 0);
}

/* The host stands still for 100 ms of each half second. */
static void a_busy_host_finds_the_limit(void)
{
    static const double limits[] = {50, 100, 300};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct asking asking;
        begin(&asking, limits[i], 10, 0);
        for (int k = 0; k < 20; k++) {
            ask(&asking, HT_NS_PER_S / 1000, 400 * HT_NS_PER_MS);
            asking.now_ns += 100 * HT_NS_PER_MS;
        }
        CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
        CU_ASSERT(pace_of(&asking) > 0.75 * limits[i]);
        CU_ASSERT(pace_of(&asking) < 1.05 * limits[i]);
        CU_ASSERT(asking.unexcused <= asking.sent / 50);
        ht_site_fini(&asking.site);
    }
}

/* How many of 100 routers that keep to no limit are said to keep to one after 4 s in which 200
 * probes a second are wanted. */
static int limits_seen_in_loss(double share)
{
    int limited = 0;
    for (uint32_t seed = 0; seed < 100; seed++) {
        struct asking asking;
        begin(&asking, 0, 0, share);
        asking.bucket.random = UINT64_C(1000) + seed * UINT64_C(77777);
        ask(&asking, HT_NS_PER_S / 200, 4 * HT_NS_PER_S);
        limited += asking.site.control.state == HT_SITE_PACED;
        ht_site_fini(&asking.site);
    }
    return limited;
}

/* Of 500 routers each: 8 at 5 %, 9 at 10 %, 9 at 20 % and none at 50 %; at most 1 of 50. */
static void a_limit_is_seldom_seen_in_loss(void)
{
    int limited = limits_seen_in_loss(0.05) + limits_seen_in_loss(0.1) + limits_seen_in_loss(0.2) +
                  limits_seen_in_loss(0.5);
    CU_ASSERT(limited <= 4 * 100 / 50);
}

static void a_lowered_limit_is_noticed(void)
{
    struct asking asking;
    begin(&asking, 200, 20, 0);
    ask(&asking, HT_NS_PER_S / 500, 4 * HT_NS_PER_S);
    asking.bucket.per_second = 50;
    ask(&asking, HT_NS_PER_S / 500, 6 * HT_NS_PER_S);
    CU_ASSERT(pace_of(&asking) > 40);
    CU_ASSERT(pace_of(&asking) < 52);
    ht_site_fini(&asking.site);
}

static void what_is_lost_beyond_too_is_no_limit(void)
{
    struct asking asking;
    begin(&asking, 0, 0, 0.5);
    for (int i = 0; i < 4000; i++) {
        uint32_t told = asking.last;
        send(&asking);
        if (asking.under_way[told % 4096].answered)
            ht_site_answered(&asking.site, asking.under_way[told % 4096].index, asking.now_ns,
                             RTT_NS, &router, told % 100);
        asking.now_ns += HT_NS_PER_MS;
        if (ht_controller_due(&asking.site, asking.now_ns))
            review(&asking.site, asking.now_ns, 0.5);
    }
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    ht_site_fini(&asking.site);
}

/* Two targets of three are answered whenever they are asked, the third never. */
static void the_same_targets_drops_are_no_limit(void)
{
    struct asking asking;
    begin(&asking, 0, 0, 0);
    struct ht_site *site = &asking.site;
    int64_t alarmed_ns = 0;
    for (uint32_t i = 0; i < 300 && site->control.cleared.until_ns == 0; i++) {
        uint8_t index = ht_site_sent(site, asking.now_ns, HT_SITE_REGULAR);
        bool again = site->control.state == HT_SITE_SEEKING;
        if (again && alarmed_ns == 0)
            alarmed_ns = asking.now_ns;
        if (i % 3 != 2)
            ht_site_answered(site, index, asking.now_ns, RTT_NS, &router, i % 3);
        asking.now_ns += 5 * HT_NS_PER_MS;
        if (ht_controller_due(site, asking.now_ns))
            review(site, asking.now_ns, 0);
    }
    CU_ASSERT_NOT_EQUAL(alarmed_ns, 0);
    CU_ASSERT_NOT_EQUAL(site->control.cleared.until_ns, 0);
    CU_ASSERT_EQUAL(site->control.state, HT_SITE_FREE);
    CU_ASSERT_EQUAL(site->line.spacing_ns, 0);
    CU_ASSERT_DOUBLE_EQUAL(site->control.usual_share, 1.0 / 3, 0.1);
    CU_ASSERT_TRUE(ht_controller_cleared(site, alarmed_ns));
    CU_ASSERT_FALSE(ht_controller_cleared(site, asking.now_ns));
    CU_ASSERT_FALSE(ht_controller_overran(site, alarmed_ns));
    /* That much silence is usual here from now on. */
    for (uint32_t i = 0; i < 300; i++) {
        uint8_t index = ht_site_sent(site, asking.now_ns, HT_SITE_REGULAR);
        if (i % 3 != 2)
            ht_site_answered(site, index, asking.now_ns, RTT_NS, &router, i % 3);
        asking.now_ns += 5 * HT_NS_PER_MS;
        if (ht_controller_due(site, asking.now_ns))
            review(site, asking.now_ns, 0);
        CU_ASSERT_EQUAL_FATAL(site->control.state, HT_SITE_FREE);
    }
    ht_site_fini(site);
}
/* A pace holds from its first turn on: what is on its way out belongs to the crowd before. */
static void a_pace_begins_with_its_first_turn(void)
{
    struct asking asking;
    begin(&asking, 100, 20, 0);
    ask(&asking, HT_NS_PER_S / 500, 3 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_PACED);
    CU_ASSERT_EQUAL(asking.site.control.overrun.until_ns, asking.site.control.since_ns);
    CU_ASSERT_TRUE(ht_controller_overran(&asking.site, asking.site.control.since_ns - 1));
    ht_site_fini(&asking.site);
}

static void shared_by_most(void)
{
    struct ht_site site = {0};
    for (uint32_t target = 0; target < 20; target++) {
        uint8_t index = ht_site_sent(&site, target + 1, HT_SITE_REGULAR);
        ht_site_answered(&site, index, target + 1, 1, target % 4 == 3 ? &other : &router, target);
    }
    CU_ASSERT_FALSE(ht_site_shared(&site));
    for (uint32_t target = 0; target < 40; target++) {
        uint8_t index = ht_site_sent(&site, target + 100, HT_SITE_REGULAR);
        ht_site_answered(&site, index, target + 100, 1, &router, target);
    }
    CU_ASSERT_TRUE(ht_site_shared(&site));
    CU_ASSERT_TRUE(ht_address_equal(&site.router, &router));
    ht_site_fini(&site);
}

static void another_router_begins_anew(void)
{
    struct asking asking;
    begin(&asking, 100, 10, 0);
    ask(&asking, HT_NS_PER_S / 500, 4 * HT_NS_PER_S);
    CU_ASSERT_NOT_EQUAL(asking.site.line.spacing_ns, 0);
    for (uint32_t target = 0; target < 2000; target++)
        hear(&asking.site, 0, 0, &other, target);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    CU_ASSERT_EQUAL(asking.site.line.spacing_ns, 0);
    CU_ASSERT_FALSE(ht_controller_overran(&asking.site, asking.now_ns - HT_NS_PER_S));
    CU_ASSERT_TRUE(ht_address_equal(&asking.site.router, &other));
    ht_site_fini(&asking.site);
}

static void one_target_is_not_many(void)
{
    struct ht_site site = {0};
    for (int64_t i = 1; i < 100; i++)
        ht_site_answered(&site, ht_site_sent(&site, i, HT_SITE_REGULAR), i, 1, &router, 5);
    CU_ASSERT_FALSE(ht_site_shared(&site));
    ht_site_fini(&site);
}

/* A router that fell silent is not asked slower again and again. */
static void silence_is_no_limit(void)
{
    struct asking asking;
    begin(&asking, 0, 0, 0);
    ask(&asking, HT_NS_PER_S / 100, 2 * HT_NS_PER_S);
    asking.bucket.loss = 1.1;
    ask(&asking, HT_NS_PER_S / 100, 4 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(asking.site.control.state, HT_SITE_FREE);
    uint32_t before = asking.unexcused;
    ask(&asking, HT_NS_PER_S / 100, 2 * HT_NS_PER_S);
    CU_ASSERT(asking.unexcused - before > 150);
    ht_site_fini(&asking.site);
}

/* At the faster pace that is tried nothing is dropped: it holds. */
static void a_lifted_limit_is_noticed(void)
{
    struct asking asking;
    begin(&asking, 100, 20, 0);
    ask(&asking, HT_NS_PER_S / 500, 4 * HT_NS_PER_S);
    CU_ASSERT(pace_of(&asking) < 100);
    asking.bucket.per_second = 1000;
    for (int i = 0; i < 10; i++) /* a long line all the time */
        (void)ht_line_join(&asking.site.line, false, asking.now_ns);
    ask(&asking, HT_NS_PER_S / 500, 70 * HT_NS_PER_S);
    CU_ASSERT(pace_of(&asking) > 140);
    ht_site_fini(&asking.site);
}

/* A search asks a bit more than the router gives; that is not the pace to keep to. */
static void a_pace_is_below_the_limit(void)
{
    static const struct {
        double limit;
        int64_t wanted;
    } routers[] = {{20, 100}, {100, 200}, {50, 100}, {10, 100}};
    for (size_t i = 0; i < sizeof routers / sizeof routers[0]; i++) {
        struct asking asking;
        begin(&asking, routers[i].limit, 6, 0);
        ask(&asking, HT_NS_PER_S / routers[i].wanted, 20 * HT_NS_PER_S);
        CU_ASSERT(pace_of(&asking) < routers[i].limit);
        CU_ASSERT_EQUAL(asking.unexcused, 0);
        ht_site_fini(&asking.site);
    }
}

/* The fewer are lost, the more it looks like a limit that is kept to. */
static void a_limit_is_seldom_seen_in_2_percent_loss(void)
{
    CU_ASSERT(limits_seen_in_loss(0.02) <= 100 / 50);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_limit_is_found),
    UNIT_CASE(no_limit_no_pace),
    UNIT_CASE(loss_is_no_limit),
    UNIT_CASE(loss_at_a_limited_router),
    UNIT_CASE(silence_ends_a_search),
    UNIT_CASE(a_raised_limit_is_noticed),
    UNIT_CASE(a_pace_stays_without_a_line),
    UNIT_CASE(a_low_limit_is_found_by_few_probes),
    UNIT_CASE(a_pace_without_drops_may_be_too_fast),
    UNIT_CASE(loss_leaves_no_limit),
    UNIT_CASE(a_busy_host_finds_the_limit),
    UNIT_CASE(a_limit_is_seldom_seen_in_loss),
    UNIT_CASE(a_lowered_limit_is_noticed),
    UNIT_CASE(what_is_lost_beyond_too_is_no_limit),
    UNIT_CASE(the_same_targets_drops_are_no_limit),
    UNIT_CASE(a_pace_begins_with_its_first_turn),
    UNIT_CASE(shared_by_most),
    UNIT_CASE(another_router_begins_anew),
    UNIT_CASE(one_target_is_not_many),
    UNIT_CASE(silence_is_no_limit),
    UNIT_CASE(a_lifted_limit_is_noticed),
    UNIT_CASE(a_pace_is_below_the_limit),
    UNIT_CASE(a_limit_is_seldom_seen_in_2_percent_loss),
};

UNIT_MAIN("probing_controller", cases)
