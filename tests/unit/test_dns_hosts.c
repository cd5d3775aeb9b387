#include <stdlib.h>
#include <string.h>

#include "dns/hosts.h"
#include "unit.h"

/* The name of an address, in a list that is never read again. */
static const char *name_of(struct ht_hosts *hosts, const char *text)
{
    struct ht_address address;
    CU_ASSERT_TRUE_FATAL(ht_address_parse(text, &address));
    hosts->check_ns = INT64_MAX;
    const char *name = ht_hosts_find(hosts, &address, 0);
    return name != NULL ? name : "(none)";
}

static struct ht_hosts parse(const char *text)
{
    struct ht_hosts hosts = {0};
    char *copy = strdup(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    ht_hosts_parse(&hosts, copy);
    return hosts;
}

static void test_first_names(void)
{
    struct ht_hosts hosts = parse("127.0.0.1\tlocalhost loopback\n"
                                  "# 192.0.2.9 remark\n"
                                  "::1 ip6-localhost # more\r\n"
                                  "  10.0.0.2   gw.test\n"
                                  "192.0.2.7 seven.test");
    CU_ASSERT_EQUAL(hosts.count, 4);
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "127.0.0.1"), "localhost");
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "::1"), "ip6-localhost");
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "10.0.0.2"), "gw.test");
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "192.0.2.7"), "seven.test");
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "192.0.2.9"), "(none)");
    ht_hosts_fini(&hosts);
}

static void test_of_several_lines_the_first(void)
{
    struct ht_hosts hosts = parse("10.0.0.1 z\n10.0.0.1 y\n10.0.0.2 x\n10.0.0.1 a\n10.0.0.2 b\n");
    CU_ASSERT_EQUAL(hosts.count, 2);
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "10.0.0.1"), "z");
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "10.0.0.2"), "x");
    ht_hosts_fini(&hosts);
}

static void test_nonsense_is_passed_over(void)
{
    struct ht_hosts hosts = parse("\n \n10.0.0.1\nname name\n10.0.0.300 a\nfe80::1%eth0 b\n#\n");
    CU_ASSERT_EQUAL(hosts.count, 0);
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "10.0.0.1"), "(none)");
    ht_hosts_fini(&hosts);
    hosts = parse("");
    CU_ASSERT_EQUAL(hosts.count, 0);
    ht_hosts_fini(&hosts);
}

static void test_long_names(void)
{
    char text[400] = "10.0.0.1 ";
    memset(text + 9, 'x', 256);
    struct ht_hosts hosts = parse(text);
    CU_ASSERT_STRING_EQUAL(name_of(&hosts, "10.0.0.1"), "(none)");
    ht_hosts_fini(&hosts);
    text[9 + 255] = '\0';
    hosts = parse(text);
    CU_ASSERT_EQUAL(strlen(name_of(&hosts, "10.0.0.1")), 255);
    ht_hosts_fini(&hosts);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_first_names),
    UNIT_CASE(test_of_several_lines_the_first),
    UNIT_CASE(test_nonsense_is_passed_over),
    UNIT_CASE(test_long_names),
};

UNIT_MAIN("dns/hosts", cases)
