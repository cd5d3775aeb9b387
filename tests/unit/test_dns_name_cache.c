#include <stdio.h>
#include <string.h>

#include "dns/name_cache.h"
#include "unit.h"

#define NOW (1000 * HT_NS_PER_S)

static const uint64_t secret[2] = {1, 2};

static struct ht_address number(uint32_t value)
{
    struct ht_address address = {.version = HT_IPV4};
    for (int i = 0; i < 4; i++)
        address.bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    return address;
}

static struct ht_name_entry *add(struct ht_name_cache *cache, uint32_t value)
{
    struct ht_address address = number(value);
    struct ht_name_entry *entry = ht_name_cache_add(cache, &address);
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
    return entry;
}

static struct ht_name_entry *find(struct ht_name_cache *cache, uint32_t value)
{
    struct ht_address address = number(value);
    return ht_name_cache_find(cache, &address);
}

/* Settles a new entry and returns how long it holds, in seconds; checks the last moment. */
static int64_t lifetime_s(struct ht_name_cache *cache, struct ht_name_entry *entry)
{
    int64_t lifetime_ns = entry->expires_ns - NOW;
    CU_ASSERT_PTR_EQUAL(entry->list, &cache->settled);
    CU_ASSERT_TRUE(ht_name_holds(entry, NOW));
    CU_ASSERT_TRUE(ht_name_holds(entry, entry->expires_ns - 1));
    CU_ASSERT_FALSE(ht_name_holds(entry, entry->expires_ns));
    return lifetime_ns / HT_NS_PER_S;
}

static int64_t settled_s(struct ht_name_cache *cache, const char *name, bool has_ttl,
                         uint32_t ttl_s)
{
    static uint32_t value;
    struct ht_name_entry *entry = add(cache, ++value);
    ht_name_cache_settle(cache, entry, name, has_ttl, ttl_s, NOW);
    return lifetime_s(cache, entry);
}

static void test_lifetimes(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 100, secret);
    CU_ASSERT_EQUAL(settled_s(&cache, "a.test", true, 3600), 3600);
    CU_ASSERT_EQUAL(settled_s(&cache, "a.test", true, 0), 30);
    CU_ASSERT_EQUAL(settled_s(&cache, "a.test", true, UINT32_MAX), 86400);
    CU_ASSERT_EQUAL(settled_s(&cache, "", true, 600), 600);
    CU_ASSERT_EQUAL(settled_s(&cache, NULL, true, 1), 30);
    CU_ASSERT_EQUAL(settled_s(&cache, NULL, true, 86400), 10800);
    CU_ASSERT_EQUAL(settled_s(&cache, NULL, false, 86400), 300);
    ht_name_cache_fini(&cache);
}

static void test_failures_back_off(void)
{
    static const int64_t pauses_s[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 100, secret);
    struct ht_name_entry *entry = add(&cache, 1);
    for (size_t i = 0; i < sizeof pauses_s / sizeof pauses_s[0]; i++) {
        ht_name_cache_fail(&cache, entry, NOW);
        CU_ASSERT_EQUAL(lifetime_s(&cache, entry), pauses_s[i]);
        CU_ASSERT_PTR_NULL(entry->name);
        ht_name_reopen(entry);
    }
    for (int i = 0; i < 300; i++) {
        ht_name_cache_fail(&cache, entry, NOW);
        ht_name_reopen(entry);
    }
    ht_name_cache_fail(&cache, entry, NOW);
    CU_ASSERT_EQUAL(lifetime_s(&cache, entry), 3600);
    ht_name_reopen(entry);
    ht_name_cache_settle(&cache, entry, "back.test", true, 60, NOW);
    ht_name_reopen(entry);
    ht_name_cache_fail(&cache, entry, NOW);
    CU_ASSERT_EQUAL(lifetime_s(&cache, entry), 60);
    ht_name_cache_fini(&cache);
}

static void test_open_entries(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 100, secret);
    CU_ASSERT_PTR_NULL(find(&cache, 1));
    struct ht_name_entry *entry = add(&cache, 1);
    CU_ASSERT_PTR_EQUAL(find(&cache, 1), entry);
    CU_ASSERT_TRUE(entry->open);
    CU_ASSERT_FALSE(ht_name_holds(entry, NOW));
    ht_name_cache_settle(&cache, entry, "a.test", true, 60, NOW);
    CU_ASSERT_STRING_EQUAL(find(&cache, 1)->name, "a.test");
    ht_name_reopen(entry);
    CU_ASSERT_PTR_NULL(entry->name);
    CU_ASSERT_FALSE(ht_name_holds(entry, NOW));
    ht_name_cache_put_off(&cache, entry);
    CU_ASSERT_FALSE(entry->open);
    CU_ASSERT_FALSE(ht_name_holds(entry, 0));
    ht_name_cache_fini(&cache);
}

static void test_families_are_apart(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 100, secret);
    struct ht_name_entry *old = add(&cache, 7);
    struct ht_address address = number(7);
    address.version = HT_IPV6;
    CU_ASSERT_PTR_NULL(ht_name_cache_find(&cache, &address));
    struct ht_name_entry *new = ht_name_cache_add(&cache, &address);
    CU_ASSERT_PTR_NOT_EQUAL(new, old);
    CU_ASSERT_PTR_EQUAL(ht_name_cache_find(&cache, &address), new);
    CU_ASSERT_PTR_EQUAL(find(&cache, 7), old);
    ht_name_cache_fini(&cache);
}

static void test_what_was_not_used_makes_room(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 4, secret);
    for (uint32_t i = 1; i <= 4; i++)
        ht_name_cache_settle(&cache, add(&cache, i), "a.test", true, 60, NOW);
    CU_ASSERT_PTR_NOT_NULL(find(&cache, 1));
    ht_name_cache_settle(&cache, add(&cache, 5), "a.test", true, 60, NOW);
    CU_ASSERT_PTR_NULL(find(&cache, 2));
    CU_ASSERT_PTR_NOT_NULL(find(&cache, 1));
    CU_ASSERT_EQUAL(cache.count, 4);
    /* What was put off goes first, though it was used last. */
    struct ht_name_entry *entry = find(&cache, 5);
    ht_name_reopen(entry);
    ht_name_cache_put_off(&cache, entry);
    ht_name_cache_settle(&cache, add(&cache, 6), "a.test", true, 60, NOW);
    CU_ASSERT_PTR_NULL(find(&cache, 5));
    CU_ASSERT_PTR_NOT_NULL(find(&cache, 3));
    ht_name_cache_fini(&cache);
}

static void test_open_ones_stay(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 4, secret);
    for (uint32_t i = 1; i <= 4; i++)
        (void)add(&cache, i);
    struct ht_address address = number(5);
    CU_ASSERT_PTR_NULL(ht_name_cache_add(&cache, &address));
    ht_name_cache_fail(&cache, find(&cache, 3), NOW);
    CU_ASSERT_PTR_NOT_NULL(ht_name_cache_add(&cache, &address));
    CU_ASSERT_PTR_NULL(find(&cache, 3));
    CU_ASSERT_PTR_NOT_NULL(find(&cache, 1));
    ht_name_cache_fini(&cache);
}

#define MANY 70000

static void test_many(void)
{
    struct ht_name_cache cache;
    ht_name_cache_init(&cache, 65536, secret);
    for (uint32_t i = 0; i < MANY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "r-%u.test", i);
        ht_name_cache_settle(&cache, add(&cache, i), name, true, 60, NOW);
    }
    CU_ASSERT_EQUAL(cache.count, 65536);
    CU_ASSERT_EQUAL(cache.settled.count, 65536);
    size_t right = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        char name[32];
        const struct ht_name_entry *entry = find(&cache, i);
        (void)snprintf(name, sizeof name, "r-%u.test", i);
        right += i < MANY - 65536 ? entry == NULL : entry != NULL && strcmp(entry->name, name) == 0;
    }
    CU_ASSERT_EQUAL(right, MANY);
    ht_name_cache_fini(&cache);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_lifetimes),
    UNIT_CASE(test_failures_back_off),
    UNIT_CASE(test_open_entries),
    UNIT_CASE(test_families_are_apart),
    UNIT_CASE(test_what_was_not_used_makes_room),
    UNIT_CASE(test_open_ones_stay),
    UNIT_CASE(test_many),
};

UNIT_MAIN("dns/name_cache", cases)
