/* Where several routers answer: whether a limit can be told there, and which site is a target's. */
#include "hoptrace/time.h"
#include "probing/log/probe_log.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/sites.h"
#include "unit.h"

#define TTL 3

static struct ht_address router(unsigned number)
{
    return (struct ht_address){
        .version = HT_IPV4, .bytes = {10, 9, (uint8_t)(number / 250), (uint8_t)(number % 250 + 1)}};
}

/* Each of the targets is answered once, by one of the routers in turn. */
static void answer(struct ht_site *site, unsigned targets, unsigned routers)
{
    for (unsigned i = 0; i < targets; i++) {
        struct ht_address address = router(i % routers);
        int64_t sent_ns = HT_NS_PER_S + i;
        uint8_t index = ht_site_sent(site, sent_ns, HT_SITE_REGULAR);
        (void)ht_site_answered(site, index, sent_ns, HT_NS_PER_MS, &address, i + 1);
    }
}

static void routers_that_targets_share_tell(void)
{
    static const struct {
        unsigned targets, routers;
        bool tells;
    } cases[] = {
        {20, 1, true},   {20, 2, true}, {20, 4, true},   {11, 8, false},   {12, 8, true},
        {60, 8, true},   {7, 2, false}, {8, 2, true},    {23, 16, false},  {24, 16, true},
        {34, 17, false}, {2, 2, false}, {20, 20, false}, {100, 40, false}, {400, 400, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ht_site site = {.remembered = true};
        answer(&site, cases[i].targets, cases[i].routers);
        CU_ASSERT_EQUAL(ht_site_tells(&site), cases[i].tells);
        CU_ASSERT_EQUAL(ht_site_has_one_router(&site), cases[i].routers == 1);
        CU_ASSERT_EQUAL(ht_controller_due(&site, HT_NS_PER_S), cases[i].tells);
        ht_site_fini(&site);
    }
}

/* Of three routers for four targets the first one is met again; its first answer came when it was
 * the only one. */
static void routers_that_are_met_again(void)
{
    struct ht_site site = {.remembered = true};
    answer(&site, 4, 3);
    for (unsigned i = 0; i < 4; i++) {
        struct ht_address address = router(i);
        CU_ASSERT_EQUAL(ht_site_met_again(&site, &address), i == 0);
    }
    ht_site_fini(&site);
}

/* The place of the router that is longest known is taken by another one, which is met but once. */
static void a_new_router_is_met_once(void)
{
    struct ht_site site = {.remembered = true};
    answer(&site, 2 * HT_SITE_ROUTERS, HT_SITE_ROUTERS);
    struct ht_address former = router(0);
    struct ht_address address = router(HT_SITE_ROUTERS);
    CU_ASSERT(ht_site_met_again(&site, &former));
    (void)ht_site_answered(&site, 0, HT_NS_PER_S, HT_NS_PER_MS, &address, 1);
    CU_ASSERT_FALSE(ht_site_met_again(&site, &former));
    CU_ASSERT_FALSE(ht_site_met_again(&site, &address));
    (void)ht_site_answered(&site, 0, HT_NS_PER_S, HT_NS_PER_MS, &address, 2);
    CU_ASSERT(ht_site_met_again(&site, &address));
    ht_site_fini(&site);
}

/* A single run, which nothing is known of from before, takes what is silent for silent. */
static void without_memory_several_do_not_tell(void)
{
    struct ht_site site = {0};
    answer(&site, 60, 2);
    CU_ASSERT_FALSE(ht_site_tells(&site));
    ht_site_fini(&site);
}

/* One target that meets many routers in turn says nothing of what others meet. */
static void one_target_shares_nothing(void)
{
    struct ht_site site = {0};
    for (unsigned i = 0; i < 100; i++) {
        struct ht_address address = router(i % 4);
        (void)ht_site_answered(&site, 0, HT_NS_PER_S, HT_NS_PER_MS, &address, 1);
    }
    CU_ASSERT_FALSE(ht_site_tells(&site));
}

/* As soon as several routers tell, the answers of each are the site's own. */
static void the_routers_answers_are_evidence(void)
{
    struct ht_site site = {.remembered = true};
    answer(&site, 60, 2);
    struct ht_rate_counts counts =
        ht_site_count(&site, (struct ht_site_span){0, HT_NEVER}, 2 * HT_NS_PER_S, false).all;
    CU_ASSERT(counts.answered >= 55 && counts.answered < 60);
    ht_site_fini(&site);
}

static void without_memory_all_are_at_the_common_site(void)
{
    struct ht_rate_limits limits = {0};
    struct ht_sites *sites = ht_rate_limits_sites(&limits, 1, 4);
    struct ht_hop_state hop = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(sites);
    answer(&sites->at[TTL], 20, 2);
    ht_sites_choose(sites, NULL, 7, &hop, TTL, HT_NS_PER_S);
    CU_ASSERT_EQUAL(hop.site, 0);
    CU_ASSERT_PTR_NULL(sites->routers[TTL]);
    CU_ASSERT_PTR_EQUAL(ht_sites_at(sites, TTL, 0), &sites->at[TTL]);
    CU_ASSERT_FALSE(ht_rate_limits_closer(&limits, HT_NEVER));
    ht_rate_limits_fini(&limits);
}

static const struct unit_case cases[] = {
    UNIT_CASE(routers_that_targets_share_tell),
    UNIT_CASE(routers_that_are_met_again),
    UNIT_CASE(a_new_router_is_met_once),
    UNIT_CASE(without_memory_several_do_not_tell),
    UNIT_CASE(one_target_shares_nothing),
    UNIT_CASE(the_routers_answers_are_evidence),
    UNIT_CASE(without_memory_all_are_at_the_common_site),
};

UNIT_MAIN("probing sites", cases)
