/* Values everything else stands on: addresses, errors, text, readers, hashes, pools.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/array.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/permutation.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/zone.h"
#include "hoptrace/error.h"
#include "hoptrace/time.h"
#include "unit.h"

static void addresses_are_read_and_written(void)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_address address = {0};
    CU_ASSERT_STRING_EQUAL(ht_address_format(&address, text), "");
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.7", &address));
    CU_ASSERT_STRING_EQUAL(ht_address_format(&address, text), "192.0.2.7");
    CU_ASSERT_TRUE(ht_address_parse("2001:DB8:0:0::7", &address));
    CU_ASSERT_STRING_EQUAL(ht_address_format(&address, text), "2001:db8::7");
    address.scope_id = 3;
    CU_ASSERT_STRING_EQUAL(ht_address_format(&address, text), "2001:db8::7%3");
    CU_ASSERT_FALSE(ht_address_parse("192.0.2.07x", &address));
    CU_ASSERT_FALSE(ht_address_parse("", &address));
    CU_ASSERT_EQUAL(address.version, HT_IPV6);
}

/* Every pattern of eight groups of each length, among them the rows of zeros and what ends in an
 * IPv4 address. */
static void ipv6_is_written_as_by_the_system(void)
{
    static const uint16_t groups[] = {0, 0xffff, 0x12, 0x345};
    unsigned different = 0;
    for (unsigned pattern = 0; pattern < 1U << 16; pattern++) {
        char text[HT_ADDRESS_TEXT_MAX];
        char expected[HT_ADDRESS_TEXT_MAX];
        struct ht_address address = {.version = HT_IPV6};
        for (unsigned i = 0; i < 8; i++)
            ht_store_u16(address.bytes + 2 * (size_t)i, groups[pattern >> 2 * i & 3]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(inet_ntop(AF_INET6, address.bytes, expected, sizeof expected));
        different += strcmp(ht_address_format(&address, text), expected) != 0;
    }
    CU_ASSERT_EQUAL(different, 0);
}

/* Items stay what they are while their array moves; it moves seldom. */
static void arrays_have_room_for_one_more(void)
{
    uint32_t *list = NULL;
    size_t capacity = 0;
    unsigned moved = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        size_t before = capacity;
        uint32_t *grown = ht_array_room(list, i, &capacity, sizeof *list);
        CU_ASSERT_PTR_NOT_NULL_FATAL(grown);
        CU_ASSERT_TRUE(capacity > i && (capacity > before || grown == list));
        moved += capacity > before;
        list = grown;
        list[i] = i * i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(list[i], i * i);
    CU_ASSERT_EQUAL(moved, 8);
    free(list);
}

static void zones_are_written_by_name(void)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_address address;
    CU_ASSERT_TRUE(ht_address_parse("fe80::1", &address));
    CU_ASSERT_STRING_EQUAL(ht_address_format_zoned(&address, "eth0", text), "fe80::1");
    address.scope_id = 3;
    CU_ASSERT_STRING_EQUAL(ht_address_format_zoned(&address, "eth0", text), "fe80::1%eth0");
    CU_ASSERT_STRING_EQUAL(ht_address_format_zoned(&address, NULL, text), "fe80::1%3");
    CU_ASSERT_STRING_EQUAL(ht_address_format_zoned(&address, "", text), "fe80::1%3");
    memset(address.bytes, 0xff, sizeof address.bytes);
    CU_ASSERT_STRING_EQUAL(ht_address_format_zoned(&address, "longest-name-15", text),
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%longest-name-15");
    struct ht_zone known[] = {{.scope_id = 2, .name = "eth0"}, {.scope_id = 7, .name = ""}};
    const struct ht_zones zones = {.list = known, .count = 2};
    CU_ASSERT_STRING_EQUAL(ht_zones_name(&zones, 2), "eth0");
    CU_ASSERT_PTR_NULL(ht_zones_name(&zones, 7));
    CU_ASSERT_PTR_NULL(ht_zones_name(&zones, 1));
    CU_ASSERT_PTR_NULL(ht_zones_name(&zones, 0));
    CU_ASSERT_PTR_NULL(ht_zones_name(NULL, 2));
}

static void zones_are_read(void)
{
    struct ht_address address = {.version = HT_IP_NONE};
    const char *zone;
    CU_ASSERT_TRUE(ht_address_parse_zoned("192.0.2.7", &address, &zone));
    CU_ASSERT_PTR_NULL(zone);
    CU_ASSERT_TRUE(ht_address_parse_zoned("fe80::1%eth0", &address, &zone));
    CU_ASSERT_STRING_EQUAL(zone, "eth0");
    CU_ASSERT_TRUE(ht_address_parse_zoned("::1%", &address, &zone));
    CU_ASSERT_STRING_EQUAL(zone, "");
    CU_ASSERT_FALSE(ht_address_parse_zoned("%eth0", &address, &zone));
    CU_ASSERT_FALSE(ht_address_parse_zoned("example.com%eth0", &address, &zone));
}

/* What addresses are for, by the first and last of each range, and their neighbours. */
static void addresses_are_told_apart(void)
{
    static const struct {
        const char *text;
        const char *unfit;
        bool link_local;
        bool loopback;
    } rows[] = {
        {"0.0.0.0", "stands for no host", false, false},
        {"0.0.0.1", NULL, false, false},
        {"126.255.255.255", NULL, false, false},
        {"127.0.0.0", NULL, false, true},
        {"127.255.255.255", NULL, false, true},
        {"128.0.0.0", NULL, false, false},
        {"223.255.255.255", NULL, false, false},
        {"224.0.0.0", "is a multicast address", false, false},
        {"239.255.255.255", "is a multicast address", false, false},
        {"240.0.0.0", NULL, false, false},
        {"255.255.255.254", NULL, false, false},
        {"255.255.255.255", "is the broadcast address", false, false},
        {"::", "stands for no host", false, false},
        {"::1", NULL, false, true},
        {"::2", NULL, false, false},
        {"fe7f::1", NULL, false, false},
        {"fe80::", NULL, true, false},
        {"febf::1", NULL, true, false},
        {"fec0::1", NULL, false, false},
        {"feff::1", NULL, false, false},
        {"ff00::", "is a multicast address", false, false},
        {"ffff::1", "is a multicast address", false, false},
        {"e000::1", NULL, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ht_address address;
        CU_ASSERT_TRUE(ht_address_parse(rows[i].text, &address));
        const char *unfit = ht_address_unfit(&address);
        CU_ASSERT_STRING_EQUAL(unfit != NULL ? unfit : "",
                               rows[i].unfit != NULL ? rows[i].unfit : "");
        CU_ASSERT_EQUAL(ht_address_is_link_local(&address), rows[i].link_local);
        CU_ASSERT_EQUAL(ht_address_is_loopback(&address), rows[i].loopback);
    }
}

static void addresses_are_ordered(void)
{
    struct ht_address a;
    struct ht_address b;
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.7", &a) && ht_address_parse("::1", &b));
    CU_ASSERT_TRUE(ht_address_compare(&a, &b) < 0 && ht_address_compare(&b, &a) > 0);
    CU_ASSERT_TRUE(ht_address_parse("192.0.2.8", &b));
    CU_ASSERT_TRUE(ht_address_compare(&a, &b) < 0);
    CU_ASSERT_TRUE(ht_address_equal(&a, &a) && !ht_address_equal(&a, &b));
    CU_ASSERT_EQUAL(ht_address_from_bytes(a.bytes, 5).version, HT_IP_NONE);
}

static void errors_carry_code_and_sentence(void)
{
    struct ht_error error;
    CU_ASSERT_EQUAL(ht_error_set(&error, HT_ERR_INVALID, "%d is odd", 3), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "3 is odd");
    CU_ASSERT_EQUAL(ht_error_system(&error, EPERM, "socket"), HT_ERR_PERMISSION);
    CU_ASSERT_STRING_EQUAL(error.text, "socket: Operation not permitted");
    CU_ASSERT_EQUAL(error.sys_errno, EPERM);
    CU_ASSERT_EQUAL(ht_error_system(NULL, ENETUNREACH, "x"), HT_ERR_UNREACHABLE);
    char longest[2 * HT_ERROR_TEXT_MAX];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    (void)ht_error_system(&error, EIO, "%s", longest);
    CU_ASSERT_EQUAL(strlen(error.text), HT_ERROR_TEXT_MAX - 1);
}

static void text_grows(void)
{
    struct ht_text text = {0};
    for (int i = 0; i < 1000; i++)
        ht_text_printf(&text, "%d,", i);
    ht_text_putc(&text, '!');
    ht_text_puts(&text, "?");
    CU_ASSERT_FALSE(text.failed);
    CU_ASSERT_EQUAL(text.length, 10 * 2 + 90 * 3 + 900 * 4 + 2);
    CU_ASSERT_EQUAL(strlen(text.data), text.length);
    ht_text_clear(&text);
    CU_ASSERT_EQUAL(text.length, 0);
    ht_text_fini(&text);
    CU_ASSERT_PTR_NULL(text.data);
}

static void text_that_failed_stays_failed(void)
{
    struct ht_text text = {.length = SIZE_MAX - 4};
    ht_text_puts(&text, "more than fits");
    CU_ASSERT_TRUE(text.failed);
    ht_text_putc(&text, 'x');
    CU_ASSERT_TRUE(text.failed);
}

static void readers_fail_once_and_for_all(void)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
    struct ht_reader reader = ht_reader_over(bytes, sizeof bytes);
    CU_ASSERT_EQUAL(ht_read_u8(&reader), 1);
    CU_ASSERT_EQUAL(ht_read_u16(&reader), 0x0203);
    CU_ASSERT_EQUAL(ht_reader_left(&reader), 4);
    CU_ASSERT_EQUAL(ht_read_u32(&reader), 0x04050607);
    CU_ASSERT_FALSE(reader.failed);
    CU_ASSERT_EQUAL(ht_read_u8(&reader), 0);
    CU_ASSERT_TRUE(reader.failed);
    CU_ASSERT_EQUAL(ht_reader_left(&reader), 0);
}

static void hashes_are_the_published_ones(void)
{
    /* FNV's own test vector. SipHash: key 00..0f, input 00..0e; an implementation that gives the
     * paper's value with its rounds (0xa129ca6149be45e5) gives this one with 1 and 3. */
    CU_ASSERT_EQUAL(ht_fnv1a(HT_FNV1A_START, (const uint8_t *)"foobar", 6), 0xbf9cf968);
    static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    uint8_t input[16];
    for (uint8_t i = 0; i < sizeof input; i++)
        input[i] = i;
    CU_ASSERT_EQUAL(ht_siphash(key, input, 15), 0xd320d86d2a519956);
    CU_ASSERT_EQUAL(ht_siphash_two(key, 0x0706050403020100, 0x0f0e0d0c0b0a0908),
                    ht_siphash(key, input, 16));
}

static void never_absorbs_and_overflow_is_never(void)
{
    CU_ASSERT_EQUAL(ht_time_add(HT_NEVER, 1), HT_NEVER);
    CU_ASSERT_EQUAL(ht_time_add(1, HT_NEVER), HT_NEVER);
    CU_ASSERT_EQUAL(ht_time_add(INT64_MAX - 1, 2), HT_NEVER);
    CU_ASSERT_EQUAL(ht_time_add(1, 2), 3);
}

/* Each cell is whole and alone, whatever was given back in between. */
static void cells_of_a_pool_are_apart(void)
{
    enum { CELLS = 500, BYTES = 100 };
    static uint8_t *cells[CELLS];
    struct ht_pool pool;
    uint32_t random = 7;
    ht_pool_init(&pool, BYTES);
    for (int step = 0; step < 20000; step++) {
        random = random * 1103515245 + 12345;
        size_t i = (random >> 8) % CELLS;
        if (cells[i] == NULL) {
            cells[i] = ht_pool_take(&pool);
            CU_ASSERT_PTR_NOT_NULL_FATAL(cells[i]);
            CU_ASSERT_EQUAL_FATAL((uintptr_t)cells[i] % 64, 0);
            memset(cells[i], (int)(i % 251), BYTES);
            continue;
        }
        for (size_t at = 0; at < BYTES; at++)
            CU_ASSERT_EQUAL_FATAL(cells[i][at], i % 251);
        ht_pool_give(&pool, cells[i]);
        cells[i] = NULL;
    }
    size_t taken = 0;
    for (size_t i = 0; i < CELLS; i++)
        taken += cells[i] != NULL;
    CU_ASSERT_EQUAL(pool.taken, taken);
    CU_ASSERT_TRUE(taken > CELLS / 4);
    ht_pool_fini(&pool);
}

static void a_pool_gives_the_last_cell_first_and_all_memory_back(void)
{
    struct ht_pool pool;
    ht_pool_init(&pool, 24);
    void *first = ht_pool_take(&pool);
    void *second = ht_pool_take(&pool);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    ht_pool_give(&pool, first);
    CU_ASSERT_PTR_EQUAL(ht_pool_take(&pool), first);
    ht_pool_give(&pool, second);
    CU_ASSERT_PTR_NOT_NULL(pool.blocks);
    ht_pool_give(&pool, first);
    CU_ASSERT_PTR_NULL(pool.blocks);
    CU_ASSERT_PTR_NOT_NULL(ht_pool_take(&pool));
    ht_pool_fini(&pool);
}

/* Each number becomes another one, and the way back leads to it. */
static void a_permutation_is_one_and_its_key_matters(void)
{
    static const uint64_t key[2] = {1, 2};
    static uint8_t seen[65536];
    const struct ht_permutation keyed =
        ht_permutation_of(ht_siphash_two(key, 1, 1), ht_siphash_two(key, 1, 2));
    const struct ht_permutation other =
        ht_permutation_of(ht_siphash_two(key, 2, 1), ht_siphash_two(key, 2, 2));
    size_t same = 0;
    size_t tweaked = 0;
    size_t one_more = 0;
    for (unsigned number = 0; number < 65536; number++) {
        uint16_t permuted = ht_permute(&keyed, 1, (uint16_t)number);
        CU_ASSERT_EQUAL(seen[permuted]++, 0);
        CU_ASSERT_EQUAL(ht_permute_back(&keyed, 1, permuted), number);
        tweaked += permuted == ht_permute(&keyed, 2, (uint16_t)number);
        same += permuted == ht_permute(&other, 1, (uint16_t)number);
        one_more += ht_permute(&keyed, 1, (uint16_t)(number + 1)) == (uint16_t)(permuted + 1);
    }
    /* Of random permutations these are Poisson's with mean 1. */
    CU_ASSERT_TRUE(same < 12);
    CU_ASSERT_TRUE(tweaked < 12);
    CU_ASSERT_TRUE(one_more < 12);
}

static const struct unit_case cases[] = {
    UNIT_CASE(addresses_are_read_and_written),
    UNIT_CASE(ipv6_is_written_as_by_the_system),
    UNIT_CASE(arrays_have_room_for_one_more),
    UNIT_CASE(zones_are_written_by_name),
    UNIT_CASE(zones_are_read),
    UNIT_CASE(addresses_are_told_apart),
    UNIT_CASE(addresses_are_ordered),
    UNIT_CASE(errors_carry_code_and_sentence),
    UNIT_CASE(text_grows),
    UNIT_CASE(text_that_failed_stays_failed),
    UNIT_CASE(readers_fail_once_and_for_all),
    UNIT_CASE(hashes_are_the_published_ones),
    UNIT_CASE(a_permutation_is_one_and_its_key_matters),
    UNIT_CASE(never_absorbs_and_overflow_is_never),
    UNIT_CASE(cells_of_a_pool_are_apart),
    UNIT_CASE(a_pool_gives_the_last_cell_first_and_all_memory_back),
};

UNIT_MAIN("base", cases)
