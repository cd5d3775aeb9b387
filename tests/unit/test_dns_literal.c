#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "dns/literal.h"
#include "dns/resolver.h"
#include "net/zone_names.h"
#include "unit.h"

struct row {
    const char *host;
    enum ht_family family;
    enum ht_literal literal;
    const char *text; /* of the address or of the error */
};

static const struct row rows[] = {
    {"192.0.2.1", HT_FAMILY_ANY, HT_LITERAL_GOOD, "192.0.2.1"},
    {"192.0.2.1", HT_FAMILY_IPV4, HT_LITERAL_GOOD, "192.0.2.1"},
    {"192.0.2.1", HT_FAMILY_IPV6, HT_LITERAL_BAD, "192.0.2.1 is not an IPv6 address"},
    {"2001:db8::1", HT_FAMILY_ANY, HT_LITERAL_GOOD, "2001:db8::1"},
    {"2001:db8::1", HT_FAMILY_IPV6, HT_LITERAL_GOOD, "2001:db8::1"},
    {"2001:db8::1", HT_FAMILY_IPV4, HT_LITERAL_BAD, "2001:db8::1 is not an IPv4 address"},
    {"fe80::1%1", HT_FAMILY_ANY, HT_LITERAL_GOOD, "fe80::1%1"},
    {"fe80::1%lo", HT_FAMILY_IPV6, HT_LITERAL_GOOD, "fe80::1%1"},
    {"fe80::1", HT_FAMILY_ANY, HT_LITERAL_GOOD, "fe80::1"},
    {"fe80::1%no-such-if", HT_FAMILY_ANY, HT_LITERAL_BAD, "fe80::1%no-such-if: no such interface"},
    {"fe80::1%", HT_FAMILY_ANY, HT_LITERAL_BAD, "fe80::1%: no such interface"},
    {"fe80::1%0", HT_FAMILY_ANY, HT_LITERAL_BAD, "fe80::1%0: no such interface"},
    {"fe80::1%99999999999999999999", HT_FAMILY_ANY, HT_LITERAL_BAD,
     "fe80::1%99999999999999999999: no such interface"},
    {"2001:db8::1%lo", HT_FAMILY_ANY, HT_LITERAL_BAD,
     "2001:db8::1%lo: only a link-local address can name an interface"},
    {"192.0.2.1%lo", HT_FAMILY_ANY, HT_LITERAL_BAD,
     "192.0.2.1%lo: only a link-local address can name an interface"},
    {"", HT_FAMILY_ANY, HT_LITERAL_BAD, "name lookup: the name is empty"},
    {"example.com", HT_FAMILY_ANY, HT_LITERAL_NONE, ""},
    {"192.0.2", HT_FAMILY_ANY, HT_LITERAL_NONE, ""},
    {"192.0.2.1.", HT_FAMILY_ANY, HT_LITERAL_NONE, ""},
    {"fe80:%lo", HT_FAMILY_ANY, HT_LITERAL_NONE, ""},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     HT_FAMILY_ANY, HT_LITERAL_NONE, ""},
};

static void test_literals(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct ht_address address = {.version = HT_IP_NONE};
        struct ht_error error = {.text = ""};
        char text[HT_ADDRESS_TEXT_MAX];
        CU_ASSERT_EQUAL(ht_literal_read(row->host, row->family, &address, &error), row->literal);
        ht_address_format(&address, text);
        CU_ASSERT_STRING_EQUAL(row->literal == HT_LITERAL_BAD ? error.text : text, row->text);
    }
}

static void test_zone_names(void)
{
    struct ht_zones zones = {0};
    struct ht_address address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 1}};
    char text[HT_ADDRESS_TEXT_MAX];
    ht_zones_learn(&zones, &address, 0);
    CU_ASSERT_EQUAL(zones.count, 0);
    for (uint32_t unknown = 100001; unknown < 100010; unknown++) {
        address.scope_id = unknown;
        ht_zones_learn(&zones, &address, 0);
        CU_ASSERT_PTR_NULL(ht_zones_name(&zones, unknown));
    }
    CU_ASSERT_STRING_EQUAL(ht_zone_format(&address, text), "fe80::1%100009");
    address.scope_id = 1;
    ht_zones_learn(&zones, &address, 0);
    CU_ASSERT_STRING_EQUAL(ht_zones_name(&zones, 1), "lo");
    CU_ASSERT_STRING_EQUAL(ht_zone_format(&address, text), "fe80::1%lo");
    CU_ASSERT_EQUAL(zones.count, 10);
    /* Another name is noticed after a second. */
    (void)snprintf(zones.list[9].name, sizeof zones.list[9].name, "old");
    ht_zones_learn(&zones, &address, HT_NS_PER_S - 1);
    CU_ASSERT_STRING_EQUAL(ht_zones_name(&zones, 1), "old");
    ht_zones_learn(&zones, &address, HT_NS_PER_S);
    CU_ASSERT_STRING_EQUAL(ht_zones_name(&zones, 1), "lo");
    ht_zones_fini(&zones);
    CU_ASSERT_EQUAL(ht_zone_scope("lo"), 1);
    CU_ASSERT_EQUAL(ht_zone_scope("100001"), 100001);
    CU_ASSERT_EQUAL(ht_zone_scope("no-such-if"), 0);
}

/* What the callback was told. */
struct told {
    unsigned calls;
    size_t count;
    struct ht_address first;
    struct ht_error error;
};

static void note(void *user, const struct ht_address *addresses, size_t count,
                 const struct ht_error *error)
{
    struct told *told = user;
    told->calls++;
    told->count = count;
    if (count > 0)
        told->first = addresses[0];
    if (error != NULL)
        told->error = *error;
}

static void test_resolver_reads_literals_at_once(void)
{
    struct ht_resolver *resolver;
    struct ht_error error;
    struct told told = {.calls = 0};
    struct ht_lookup *lookup = (struct ht_lookup *)&told;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    CU_ASSERT_EQUAL_FATAL(ht_resolver_new(epoll_fd, 7, &resolver, &error), HT_OK);
    CU_ASSERT_EQUAL(ht_resolver_next_ns(resolver), HT_NEVER);
    CU_ASSERT_EQUAL(
        ht_resolver_start(resolver, "2001:db8::7", HT_FAMILY_ANY, 0, note, &told, &lookup, &error),
        HT_OK);
    CU_ASSERT_PTR_NULL(lookup);
    CU_ASSERT_EQUAL(told.calls, 1);
    CU_ASSERT_EQUAL(told.count, 1);
    CU_ASSERT_EQUAL(told.first.version, HT_IPV6);
    CU_ASSERT_EQUAL(
        ht_resolver_start(resolver, "192.0.2.7", HT_FAMILY_IPV6, 0, note, &told, &lookup, &error),
        HT_OK);
    CU_ASSERT_EQUAL(told.calls, 2);
    CU_ASSERT_EQUAL(told.count, 0);
    CU_ASSERT_EQUAL(told.error.code, HT_ERR_RESOLVE);
    CU_ASSERT_EQUAL(ht_resolver_next_ns(resolver), HT_NEVER);
    ht_resolver_process(resolver, 1);
    ht_resolver_cancel(resolver, NULL);
    ht_resolver_free(resolver);
    ht_resolver_free(NULL);
    close(epoll_fd);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_literals),
    UNIT_CASE(test_zone_names),
    UNIT_CASE(test_resolver_reads_literals_at_once),
};

UNIT_MAIN("dns/literal", cases)
