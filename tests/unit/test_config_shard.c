/* Which host of several measures a name. */
#include <stdio.h>
#include <string.h>

#include "config/keys.h"
#include "config/process.h"
#include "config/shard.h"
#include "unit.h"

#define NAMES 100000

/* Reckoned apart from this program, with integers of any length. */
static const struct {
    const char *name;
    uint16_t host;
    uint64_t weight;
} known[] = {
    {"example.com", 1, UINT64_C(0xdc0dac0d13583d95)},
    {"example.com", 2, UINT64_C(0x57ba05ec759bdc2a)},
    {"example.com", 10, UINT64_C(0x681f91d8214edde2)},
    {"core-db", 1, UINT64_C(0xbce725e8537f0dcc)},
    {"192.0.2.7", 10000, UINT64_C(0x235adef5c6b1fdbc)},
    {"2001:db8::1", 907, UINT64_C(0xb1ea97581225f079)},
    {"b\xc3\xbc"
     "cher.example",
     3, UINT64_C(0x57f92efa5ecae441)},
    {"a", 1, UINT64_C(0x467cd4432f37a62f)},
};

static void test_weights(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        CU_ASSERT_EQUAL(ht_shard_weight(known[i].name, known[i].host), known[i].weight);
}

/* The one host of `hosts` that has the name; 0: none, or several. */
static uint16_t owner(const char *name, uint16_t hosts)
{
    uint16_t found = 0;
    for (uint16_t host = 1; host <= hosts; host++) {
        if (!ht_shard_has(&(struct ht_shard){.host = host, .hosts = hosts}, name))
            continue;
        if (found != 0)
            return 0;
        found = host;
    }
    return found;
}

static void test_owners(void)
{
    static const char of_three[] = "331131222121212311312111213311";
    static const char of_four[] = "341141242121212411312111213311";
    for (size_t i = 0; i < sizeof of_three - 1; i++) {
        char name[32];
        CU_ASSERT_TRUE(snprintf(name, sizeof name, "target-%zu", i) > 0);
        CU_ASSERT_EQUAL(owner(name, 3), of_three[i] - '0');
        CU_ASSERT_EQUAL(owner(name, 4), of_four[i] - '0');
    }
    CU_ASSERT_TRUE(ht_shard_has(&(struct ht_shard){0}, "any"));
    CU_ASSERT_TRUE(ht_shard_has(&(struct ht_shard){.host = 1, .hosts = 1}, "any"));
}

/* Each of seven hosts has a seventh (of 100,000 names within 4 standard deviations, 443), each name
 * one host; of eight, an eighth of the names is the new one's, and no other name has moved. */
static void test_shares(void)
{
    unsigned count[9] = {0};
    unsigned moved = 0;
    unsigned elsewhere = 0;
    for (unsigned i = 0; i < NAMES; i++) {
        char name[32];
        CU_ASSERT_TRUE(snprintf(name, sizeof name, "target-%u", i) > 0);
        uint16_t before = owner(name, 7);
        uint16_t after = owner(name, 8);
        count[before]++;
        moved += after == 8;
        elsewhere += after != 8 && after != before;
    }
    CU_ASSERT_EQUAL(count[0], 0);
    for (unsigned host = 1; host <= 7; host++)
        CU_ASSERT_TRUE(count[host] > NAMES / 7 - 443 && count[host] < NAMES / 7 + 443);
    CU_ASSERT_TRUE(moved > NAMES / 8 - 418 && moved < NAMES / 8 + 418);
    CU_ASSERT_EQUAL(elsewhere, 0);
}

static void test_words(void)
{
    static const char *const wrong[] = {"",
                                        "1",
                                        "/",
                                        "1/",
                                        "/3",
                                        "0/3",
                                        "4/3",
                                        "1/0",
                                        "-1/3",
                                        "1/3/4",
                                        "1 /3",
                                        "1/ 3",
                                        "1/10001",
                                        "a/3",
                                        "00000001/3",
                                        "1/3x",
                                        "1/99999999999999999999"};
    const struct ht_key *key = ht_process_key_find("shard");
    struct ht_process_settings process;
    struct ht_error error;
    ht_process_settings_init(&process);
    CU_ASSERT_EQUAL(process.shard.hosts, 0);
    CU_ASSERT_EQUAL(ht_key_parse(key, &process, "10000/10000", &error), HT_OK);
    CU_ASSERT_EQUAL(process.shard.host, 10000);
    CU_ASSERT_EQUAL(process.shard.hosts, 10000);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CU_ASSERT_EQUAL(ht_key_parse(key, &process, wrong[i], &error), HT_ERR_INVALID);
        CU_ASSERT_EQUAL(strncmp(error.text, "must be K/N, ", 13), 0);
    }
    CU_ASSERT_EQUAL(process.shard.host, 10000);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_weights),
    UNIT_CASE(test_owners),
    UNIT_CASE(test_shares),
    UNIT_CASE(test_words),
};

UNIT_MAIN("config shard", cases)
