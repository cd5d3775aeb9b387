/* Names of targets: what they may hold, and which of them collectd could not tell apart. */
#include "config/names.h"

#include <string.h>

#include "hoptrace/settings.h"
#include "unit.h"

static void length(void)
{
    char name[HT_HOST_MAX + 2];
    memset(name, 'n', sizeof name);
    struct ht_error error = {0};

    CU_ASSERT_EQUAL(ht_target_name_check("", &error), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "must not be empty");
    CU_ASSERT_EQUAL(ht_target_name_check("n", NULL), HT_OK);

    name[HT_HOST_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(ht_target_host_check(name, &error), HT_ERR_INVALID);
    name[HT_HOST_MAX] = '\0';
    CU_ASSERT_EQUAL(ht_target_host_check(name, &error), HT_OK);

    name[HT_NAME_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(ht_target_name_check(name, &error), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "must be at most 127 bytes long, not 128");
    name[HT_NAME_MAX] = '\0';
    CU_ASSERT_EQUAL(ht_target_name_check(name, &error), HT_OK);
}

static void characters(void)
{
    CU_ASSERT_EQUAL(ht_target_name_check("a b\"c'=,\\", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_target_name_check("K\xc3\xb6ln", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_target_name_check("K\xf6ln", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_target_name_check("a\nb", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_target_name_check("a\x7f", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_target_host_check("a\tb", NULL), HT_ERR_INVALID);
}

/* Addresses that no single host has, in a host; they are good names. */
static void hosts(void)
{
    static const char *const bad[][2] = {
        {"0.0.0.0", "stands for no host: a target must be one host"},
        {"::", "stands for no host: a target must be one host"},
        {"0:0:0:0:0:0:0:0", "stands for no host: a target must be one host"},
        {"239.1.2.3", "is a multicast address: a target must be one host"},
        {"ff02::1", "is a multicast address: a target must be one host"},
        {"ff02::1%eth0", "is a multicast address: a target must be one host"},
        {"255.255.255.255", "is the broadcast address: a target must be one host"},
        {"http://example.com/a", "is a URL: a target is its host alone"},
        {"https://[2001:db8::1]:443", "is a URL: a target is its host alone"},
        {"192.0.2.0/24", "is a network (CIDR): a target must be one host"},
        {"10.1/16", "is a network (CIDR): a target must be one host"},
        {"192.0.2.0/255.255.255.0", "is a network (CIDR): a target must be one host"},
        {"2001:db8::/32", "is a network (CIDR): a target must be one host"},
        {"[2001:db8::1]", "is in brackets: an address stands without them, and a port is an "
                          "option of its own"},
        {"[::1]:80", "is in brackets: an address stands without them, and a port is an option of "
                     "its own"},
        {"example.com:443", "is a host with a port: a target is the host alone, a port is an "
                            "option of its own"},
        {"192.0.2.1:https", "is a host with a port: a target is the host alone, a port is an "
                            "option of its own"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ht_error error = {0};
        CU_ASSERT_EQUAL(ht_target_host_check(bad[i][0], &error), HT_ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(error.text, bad[i][1]);
        CU_ASSERT_EQUAL(ht_target_name_check(bad[i][0], NULL), HT_OK);
    }
    static const char *const good[] = {"127.0.0.1", "::1",         "fe80::1%eth0",
                                       "a/b",       "e/24",        "fe80::1%eth0:1",
                                       "240.0.0.1", "example.com", "0.0.0.0.example.com"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_EQUAL(ht_target_host_check(good[i], NULL), HT_OK);
}

static void same(void)
{
    CU_ASSERT_TRUE(ht_target_names_clash("core-db", "core-db"));
    CU_ASSERT_TRUE(ht_target_names_clash("a/b", "a_b"));
    CU_ASSERT_TRUE(ht_target_names_clash("a_b", "a/b"));
    CU_ASSERT_TRUE(ht_target_names_clash("/", "_"));
    CU_ASSERT_TRUE(ht_target_names_clash("a/b_c", "a_b/c"));
}

static void different(void)
{
    CU_ASSERT_FALSE(ht_target_names_clash("a", "b"));
    CU_ASSERT_FALSE(ht_target_names_clash("a", "A"));
    CU_ASSERT_FALSE(ht_target_names_clash("a", "ab"));
    CU_ASSERT_FALSE(ht_target_names_clash("ab", "a"));
    CU_ASSERT_FALSE(ht_target_names_clash("a", "a/"));
    CU_ASSERT_FALSE(ht_target_names_clash("/a", "a"));
}

static void order(void)
{
    CU_ASSERT_TRUE(ht_target_names_compare("a", "b") < 0);
    CU_ASSERT_TRUE(ht_target_names_compare("b", "a") > 0);
    CU_ASSERT_TRUE(ht_target_names_compare("a", "ab") < 0);
    CU_ASSERT_TRUE(ht_target_names_compare("/a", "_b") < 0);
    CU_ASSERT_TRUE(ht_target_names_compare("\xc3\xb6", "z") > 0);
}

static void clean_lines(void)
{
    char line[] = "a\nb\x1b[0m K\xc3\xb6ln";
    ht_line_clean(line);
    CU_ASSERT_STRING_EQUAL(line, "a?b?[0m K\xc3\xb6ln");
}

static const struct unit_case cases[] = {
    UNIT_CASE(length),    UNIT_CASE(characters), UNIT_CASE(hosts),       UNIT_CASE(same),
    UNIT_CASE(different), UNIT_CASE(order),      UNIT_CASE(clean_lines),
};

UNIT_MAIN("config/names", cases)
