/* A single target's first drops, and how many further probes are to try them. */
#include "hoptrace/time.h"
#include "probing/ratelimit/controller.h"
#include "probing/ratelimit/site.h"
#include "unit.h"

#define RTT_NS (2 * HT_NS_PER_MS)

static const struct ht_address router = {.version = HT_IPV4, .bytes = {10, 0, 0, 1}};
static const struct ht_address other = {.version = HT_IPV4, .bytes = {10, 0, 0, 2}};

static void answered(struct ht_site *site, uint8_t index, int64_t sent_ns,
                     const struct ht_address *from, uint32_t target)
{
    (void)ht_site_answered(site, index, sent_ns, RTT_NS, from, target);
}

/* One target's probes, sent 50 ms apart, the last of them a second ago: 'a' answered, 'd' not.
 * Returns how many shall try them, and has them do so. */
static uint8_t tries_after(struct ht_site *site, const char *seen)
{
    int64_t now_ns = HT_NS_PER_S;
    *site = (struct ht_site){.probe_count = 0};
    for (; *seen != '\0'; seen++, now_ns += 50 * HT_NS_PER_MS) {
        uint8_t index = ht_site_sent(site, now_ns, HT_SITE_REGULAR);
        if (*seen == 'a')
            answered(site, index, now_ns, &router, 1);
    }
    uint8_t tries = ht_controller_tries(site, now_ns + HT_NS_PER_S);
    if (tries > 0)
        ht_controller_try(site, tries, now_ns + HT_NS_PER_S);
    return tries;
}

static void few_drops_of_one_target_are_tried(void)
{
    static const struct {
        const char *seen;
        uint8_t tries;
    } rows[] = {{"ada", 2},  {"aad", 3},   {"add", 2},        {"ad", 2},
                {"aaad", 4}, {"aadad", 3}, {"adaaaaaaaa", 2}, {"aaa", 0},
                {"daa", 0},  {"d", 0},     {"aaaad", 0},      {"adaaaaaaaaa", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ht_site site;
        CU_ASSERT_EQUAL(tries_after(&site, rows[i].seen), rows[i].tries);
        CU_ASSERT_EQUAL(ht_controller_tried(&site, HT_NS_PER_S), rows[i].tries != 0);
        CU_ASSERT_FALSE(ht_controller_tried(&site, 10 * HT_NS_PER_S));
        CU_ASSERT_EQUAL(ht_controller_tries(&site, 10 * HT_NS_PER_S), 0);
        ht_site_fini(&site);
    }
}

/* Several targets, or routers, tell by themselves. */
static void drops_of_several_are_not_tried(void)
{
    struct ht_site site = {.probe_count = 0};
    for (uint32_t target = 1; target <= 2; target++)
        answered(&site, ht_site_sent(&site, target * HT_NS_PER_MS, HT_SITE_REGULAR),
                 target * HT_NS_PER_MS, &router, target);
    (void)ht_site_sent(&site, 50 * HT_NS_PER_MS, HT_SITE_REGULAR);
    CU_ASSERT_EQUAL(ht_controller_tries(&site, 2 * HT_NS_PER_S), 0);
    ht_site_fini(&site);
    (void)tries_after(&site, "a");
    (void)ht_site_sent(&site, 3 * HT_NS_PER_S, HT_SITE_REGULAR);
    answered(&site, ht_site_sent(&site, 3 * HT_NS_PER_S + 1, HT_SITE_REGULAR), 3 * HT_NS_PER_S + 1,
             &other, 1);
    CU_ASSERT_EQUAL(ht_controller_tries(&site, 5 * HT_NS_PER_S), 0);
    ht_site_fini(&site);
}

static const struct unit_case cases[] = {
    UNIT_CASE(few_drops_of_one_target_are_tried),
    UNIT_CASE(drops_of_several_are_not_tried),
};

UNIT_MAIN("probing_tries", cases)
