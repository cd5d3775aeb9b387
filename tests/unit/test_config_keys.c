/* The table of settings: defaults, ranges, wording, strict numbers. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "config/keys.h"
#include "config/process.h"
#include "hoptrace.h"
#include "unit.h"

static struct ht_settings defaults(void)
{
    struct ht_settings settings;
    ht_settings_init(&settings);
    return settings;
}

static bool is_number(double value, double expected)
{
    return value >= expected && value <= expected;
}

static void test_defaults(void)
{
    struct ht_settings s;
    memset(&s, 0xff, sizeof s);
    ht_settings_init(&s);
    CU_ASSERT_EQUAL(s.family, HT_FAMILY_ANY);
    CU_ASSERT_EQUAL(s.protocol, HT_ICMP);
    CU_ASSERT_EQUAL(s.port, 0);
    CU_ASSERT_EQUAL(s.first_ttl, 1);
    CU_ASSERT_EQUAL(s.max_ttl, 30);
    CU_ASSERT_EQUAL(s.gap_limit, 5);
    CU_ASSERT_EQUAL(s.probes, HT_PROBES_OF_FLOWS);
    CU_ASSERT_EQUAL(ht_settings_probes(&s), 3);
    CU_ASSERT_EQUAL(s.retries, 1);
    CU_ASSERT_EQUAL(s.timeout_ns, HT_NS_PER_S);
    CU_ASSERT_EQUAL(s.payload_size, HT_PAYLOAD_OF_PROTOCOL);
    CU_ASSERT_EQUAL(ht_settings_payload_size(&s), 32);
    s.protocol = HT_TCP;
    CU_ASSERT_EQUAL(ht_settings_payload_size(&s), 0);
    s.protocol = HT_ICMP;
    CU_ASSERT_EQUAL(s.tos, 0);
    CU_ASSERT_EQUAL(s.source.version, HT_IP_NONE);
    CU_ASSERT_STRING_EQUAL(s.source_zone, "");
    CU_ASSERT_EQUAL(s.fwmark, 0);
    CU_ASSERT_STRING_EQUAL(s.interface, "");
    CU_ASSERT_FALSE(s.numeric);
    CU_ASSERT_FALSE(s.share_hops);
    CU_ASSERT_EQUAL(s.interval_ns, 0);
    CU_ASSERT_EQUAL(s.end_probes, 0);
    CU_ASSERT_EQUAL(s.flows, 1);
    s.flows = 8;
    CU_ASSERT_EQUAL(ht_settings_probes(&s), 1);
    s.probes = 3;
    CU_ASSERT_EQUAL(ht_settings_probes(&s), 3);
    CU_ASSERT_EQUAL(s.window, 20);
    CU_ASSERT_TRUE(is_number(s.loss_warning, 5));
    CU_ASSERT_TRUE(is_number(s.rtt_warning, 50));
    CU_ASSERT_EQUAL(ht_settings_check(&s, NULL), HT_OK);
}

static void test_names(void)
{
    CU_ASSERT_PTR_NOT_NULL(ht_key_find("max_ttl"));
    CU_ASSERT_PTR_NULL(ht_key_find("MaxTtl"));
    CU_ASSERT_PTR_NULL(ht_key_find("host"));
    CU_ASSERT_PTR_NULL(ht_key_find(""));
    static const char *const spellings[] = {"MaxTtl", "max-ttl", "MAX_TTL", "maxttl", "max_ttl"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        CU_ASSERT_PTR_EQUAL(ht_key_find_loosely(spellings[i]), ht_key_find("max_ttl"));
    CU_ASSERT_PTR_NULL(ht_key_find_loosely("maxttls"));
    CU_ASSERT_PTR_NULL(ht_key_find_loosely("maxtt"));
    CU_ASSERT_STRING_EQUAL(ht_key_name(ht_key_find_loosely("PayloadSize")), "payload_size");
    CU_ASSERT_EQUAL(ht_key_type(ht_key_find("timeout")), HT_KEY_SECONDS);
}

/* What the interface says of each key, tried at both ends and just beyond. */
struct edge {
    const char *key;
    const char *good[4];
    const char *bad[4];
};

static const struct edge edges[] = {
    {"family", {"any", "ipv4", "ipv6"}, {"", "IPv4", "inet", "4"}},
    {"protocol", {"icmp", "udp", "tcp"}, {"", "sctp", "ICMP", "icmp "}},
    {"port", {"1", "65535"}, {"0", "65536", "-1", "http"}},
    {"first_ttl", {"1", "255"}, {"0", "256", "1.0", "1 "}},
    {"max_ttl", {"1", "255"}, {"0", "256", "+3", "0x10"}},
    {"gap_limit", {"0", "255"}, {"-1", "256", " 1", ""}},
    {"probes", {"1", "1000"}, {"0", "1001", "1e3", "3x"}},
    {"flows", {"1", "64"}, {"0", "65", "-1", "some"}},
    {"retries", {"0", "10", "007"}, {"-1", "11", "99999999999999999999", "--1"}},
    {"end_probes", {"1", "1000"}, {"0", "1001", "-1", "auto"}},
    {"timeout", {"0.001", "60", "1.5", ".5"}, {"0", "0.0009", "60.001", "inf"}},
    {"timeout", {"auto"}, {"Auto", "auto ", "", "automatic"}},
    {"window", {"2", "1000"}, {"1", "1001", "20.0", "0"}},
    {"loss_warning", {"0", "100", "0.5", "99.999"}, {"-1", "100.001", "5%", "nan"}},
    {"rtt_warning", {"0", "10000", ".25"}, {"-0.1", "10000.1", "auto", "1e3"}},
    {"hop_values", {"all", "none"}, {"", "some", "true", "None"}},
    {"payload_size", {"0", "8900"}, {"-1", "8901", "4294967328", "18446744073709551648"}},
    {"tos", {"0", "255"}, {"-1", "256", "-0x1", "1,0"}},
    {"source",
     {"192.0.2.1", "2001:db8::1", "fe80::1%eth0", "fe80::1%2"},
     {"", "localhost", "192.0.2", "fe80::1%"}},
    {"source", {"fe80::1", "0.0.0.0"}, {"192.0.2.1%lo", "::1%lo", "fe80::1%a b", "%lo"}},
    {"source", {"febf::1%abcdefghijklmno"}, {"fe80::1%abcdefghijklmnop", "fec0::1%lo"}},
    {"fwmark", {"0", "1", "4294967295"}, {"-1", "4294967296", "0x1", ""}},
    {"interface", {"lo", "a", "abcdefghijklmno"}, {"", "abcdefghijklmnop", "a b", "a/b"}},
    {"numeric", {"true", "false"}, {"", "yes", "1", "TRUE"}},
    {"share_hops", {"true", "false"}, {"", "yes", "1", "TRUE"}},
    {"interval", {"0.1", "86400"}, {"0", "0.099", "86400.1", "nan"}},
};

static void expect_good(const struct ht_key *key, const char *value)
{
    struct ht_settings settings = defaults();
    CU_ASSERT_EQUAL(ht_key_parse(key, &settings, value, NULL), HT_OK);
}

/* Refused, with words, and nothing is changed. */
static void expect_bad(const struct ht_key *key, const char *value)
{
    struct ht_settings settings;
    unsigned char before[sizeof settings];
    memset(&settings, 0x5a, sizeof settings);
    memcpy(before, &settings, sizeof settings);
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(ht_key_parse(key, &settings, value, &error), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(memcmp((const unsigned char *)&settings, before, sizeof before), 0);
    CU_ASSERT_EQUAL(strncmp(error.text, "must be ", 8), 0);
}

static void test_ranges(void)
{
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        const struct ht_key *key = ht_key_find(edges[i].key);
        CU_ASSERT_PTR_NOT_NULL_FATAL(key);
        for (size_t j = 0; j < 4 && edges[i].good[j] != NULL; j++)
            expect_good(key, edges[i].good[j]);
        for (size_t j = 0; j < 4 && edges[i].bad[j] != NULL; j++)
            expect_bad(key, edges[i].bad[j]);
    }
}

static void test_fields(void)
{
    struct ht_settings s = defaults();
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("port"), &s, "65535", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("first_ttl"), &s, "7", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("max_ttl"), &s, "255", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("timeout"), &s, "0.25", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("protocol"), &s, "tcp", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("family"), &s, "ipv6", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("source"), &s, "::1", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("interface"), &s, "longest-name-15", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("interface"), &s, "lo", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("numeric"), &s, "true", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.port, 65535);
    CU_ASSERT_EQUAL(s.first_ttl, 7);
    CU_ASSERT_EQUAL(s.max_ttl, 255);
    CU_ASSERT_EQUAL(s.timeout_ns, 250 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(s.protocol, HT_TCP);
    CU_ASSERT_EQUAL(s.family, HT_FAMILY_IPV6);
    CU_ASSERT_EQUAL(s.source.version, HT_IPV6);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("source"), &s, "fe80::1%longest-name-15", NULL),
                    HT_OK);
    CU_ASSERT_EQUAL(s.source.bytes[0], 0xfe);
    CU_ASSERT_EQUAL(s.source.scope_id, 0);
    CU_ASSERT_STRING_EQUAL(s.source_zone, "longest-name-15");
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("source"), &s, "fe80::1", NULL), HT_OK);
    CU_ASSERT_STRING_EQUAL(s.source_zone, "");
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("fwmark"), &s, "4294967295", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.fwmark, 4294967295U);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("end_probes"), &s, "1000", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.end_probes, 1000);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("window"), &s, "1000", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.window, 1000);
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("loss_warning"), &s, "0.1", NULL), HT_OK);
    CU_ASSERT_TRUE(is_number(s.loss_warning, 0.1));
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("rtt_warning"), &s, "10000", NULL), HT_OK);
    CU_ASSERT_TRUE(is_number(s.rtt_warning, 10000));
    CU_ASSERT_EQUAL(ht_key_parse(ht_key_find("timeout"), &s, "auto", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.timeout_ns, HT_TIMEOUT_AUTO);
    CU_ASSERT_EQUAL(ht_settings_probes(&s), 3);
    CU_ASSERT_STRING_EQUAL(s.interface, "lo");
    CU_ASSERT_TRUE(s.numeric);
}

static void test_types(void)
{
    struct ht_settings s = defaults();
    const struct ht_key *timeout = ht_key_find("timeout");
    const struct ht_key *probes = ht_key_find("probes");
    CU_ASSERT_EQUAL(ht_key_set_integer(timeout, &s, 2, NULL), HT_OK);
    CU_ASSERT_EQUAL(s.timeout_ns, 2 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(ht_key_set_number(timeout, &s, 0.001, NULL), HT_OK);
    CU_ASSERT_EQUAL(s.timeout_ns, HT_NS_PER_MS);
    CU_ASSERT_EQUAL(ht_key_set_integer(timeout, &s, INT64_MAX, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(timeout, &s, INT64_MIN, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_number(timeout, &s, NAN, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_number(timeout, &s, INFINITY, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_number(timeout, &s, -1e300, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_text(timeout, &s, "2", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(timeout, &s, 0, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(s.timeout_ns, HT_NS_PER_MS);
    CU_ASSERT_EQUAL(ht_key_set_text(timeout, &s, "auto", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.timeout_ns, HT_TIMEOUT_AUTO);
    const struct ht_key *loss = ht_key_find("loss_warning");
    CU_ASSERT_EQUAL(ht_key_set_integer(loss, &s, 7, NULL), HT_OK);
    CU_ASSERT_TRUE(is_number(s.loss_warning, 7));
    CU_ASSERT_EQUAL(ht_key_set_number(loss, &s, 0.25, NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_set_number(loss, &s, NAN, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_number(loss, &s, INFINITY, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(loss, &s, INT64_MAX, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_text(loss, &s, "5", NULL), HT_ERR_INVALID);
    CU_ASSERT_TRUE(is_number(s.loss_warning, 0.25));
    CU_ASSERT_EQUAL(ht_key_set_number(probes, &s, 3.0, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_boolean(probes, &s, true, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_text(probes, &s, "3", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(ht_key_find("numeric"), &s, 1, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(ht_key_find("family"), &s, 4, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_set_integer(probes, &s, 4294967299, NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_settings_probes(&s), 3);
}

static void test_wording(void)
{
    struct ht_settings s = defaults();
    struct ht_error error;
    (void)ht_key_set_integer(ht_key_find("max_ttl"), &s, 300, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be 1 to 255, not 300");
    (void)ht_key_set_text(ht_key_find("protocol"), &s, "sctp", &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be one of icmp, udp, tcp, not 'sctp'");
    (void)ht_key_set_number(ht_key_find("timeout"), &s, -0.25, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be 0.001 to 60, not -0.25");
    (void)ht_key_parse(ht_key_find("probes"), &s, "many", &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be a whole number, 1 to 1000, not 'many'");
    (void)ht_key_set_text(ht_key_find("numeric"), &s, "x", &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be true or false");
    (void)ht_key_parse(ht_key_find("timeout"), &s, "1s", &error);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "must be a number of seconds, 0.001 to 60, or auto, not '1s'");
    (void)ht_key_parse(ht_key_find("loss_warning"), &s, "5%", &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be a percentage, 0 to 100, not '5%'");
    (void)ht_key_set_number(ht_key_find("rtt_warning"), &s, 10000.5, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "must be 0 to 10000, not 10000.5");
    struct ht_text text = {0};
    ht_key_describe(ht_key_find("timeout"), &text);
    CU_ASSERT_STRING_EQUAL(text.data, "0.001 to 60, default 1");
    ht_text_clear(&text);
    ht_key_describe(ht_key_find("end_probes"), &text);
    CU_ASSERT_STRING_EQUAL(text.data, "1 to 1000, default as for a hop");
    ht_text_clear(&text);
    ht_key_describe(ht_key_find("loss_warning"), &text);
    CU_ASSERT_STRING_EQUAL(text.data, "0 to 100, default 5");
    ht_text_fini(&text);
}

static void test_whole_numbers(void)
{
    int64_t value = -7;
    CU_ASSERT_TRUE(ht_parse_integer("9223372036854775807", &value));
    CU_ASSERT_EQUAL(value, INT64_MAX);
    CU_ASSERT_TRUE(ht_parse_integer("-12", &value));
    CU_ASSERT_EQUAL(value, -12);
    static const char *const bad[] = {"",   "-",    "+1",  " 1",  "1 ",  "1.0",
                                      "1x", "0x10", "1e3", "--1", "1_0", "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(ht_parse_integer(bad[i], &value));
    CU_ASSERT_EQUAL(value, -12);
}

static void test_seconds(void)
{
    int64_t ns = -7;
    CU_ASSERT_TRUE(ht_parse_seconds("2.000", &ns));
    CU_ASSERT_EQUAL(ns, 2 * HT_NS_PER_S);
    CU_ASSERT_TRUE(ht_parse_seconds("0.1", &ns));
    CU_ASSERT_EQUAL(ns, 100 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(ht_parse_seconds(".0000000019", &ns));
    CU_ASSERT_EQUAL(ns, 1);
    CU_ASSERT_TRUE(ht_parse_seconds("-1.5", &ns));
    CU_ASSERT_EQUAL(ns, -1500 * HT_NS_PER_MS);
    static const char *const bad[] = {"",    ".",   "-",   "-.",  "1.",   "1,5",        "1e3",
                                      "0x1", "nan", "inf", "1 s", "1.5.", "9223372037", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(ht_parse_seconds(bad[i], &ns));
    CU_ASSERT_EQUAL(ns, -1500 * HT_NS_PER_MS);
}

static void test_process(void)
{
    struct ht_process_settings s;
    memset(&s, 0xff, sizeof s);
    ht_process_settings_init(&s);
    CU_ASSERT_EQUAL(s.pps, 1000);
    CU_ASSERT_EQUAL(s.rounds, 0);
    CU_ASSERT_EQUAL(s.deadline_ns, 0);
    CU_ASSERT_EQUAL(s.interval_ns, 0);
    CU_ASSERT_PTR_NULL(s.config_path);
    CU_ASSERT_PTR_NULL(s.output);
    CU_ASSERT_PTR_NULL(s.state);
    CU_ASSERT_FALSE(s.events);
    const struct ht_key *pps = ht_process_key_find("pps");
    const struct ht_key *deadline = ht_process_key_find_loosely("Deadline");
    const struct ht_key *rounds = ht_process_key_find("rounds");
    CU_ASSERT_EQUAL(ht_key_parse(pps, &s, "10000000", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.pps, 10000000);
    CU_ASSERT_EQUAL(ht_key_parse(pps, &s, "10000001", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_parse(pps, &s, "-1", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_parse(deadline, &s, "86400", NULL), HT_OK);
    CU_ASSERT_EQUAL(s.deadline_ns, 86400 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(ht_key_parse(deadline, &s, "86400.1", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_parse(rounds, &s, "0", NULL), HT_OK);
    CU_ASSERT_EQUAL(ht_key_parse(rounds, &s, "4294967296", NULL), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(ht_key_parse(ht_process_key_find("output"), &s, "any word", NULL), HT_OK);
    CU_ASSERT_STRING_EQUAL(s.output, "any word");
}

/* No two keys of a scope have one name, no two options one letter or name, and what stands for a
 * value stands for one that is taken. */
static void check_option(const struct ht_key *key, const struct ht_key_option *option)
{
    union {
        struct ht_settings target;
        struct ht_process_settings process;
    } settings;
    CU_ASSERT_TRUE(option->letter != 0 || option->name != NULL);
    CU_ASSERT_TRUE((option->argument == NULL) != (option->value == NULL));
    CU_ASSERT_TRUE(option->value == NULL ||
                   ht_key_parse(key, &settings, option->value, NULL) == HT_OK);
    size_t same = 0;
    const struct ht_key *other;
    for (size_t i = 0; (other = ht_key_at(i)) != NULL; i++) {
        const struct ht_key_option *its = ht_key_options(other);
        for (; its->help != NULL; its++)
            same +=
                (option->letter != 0 && its->letter == option->letter) ||
                (option->name != NULL && its->name != NULL && strcmp(option->name, its->name) == 0);
    }
    CU_ASSERT_EQUAL(same, 1);
}

static void test_table(void)
{
    const struct ht_key *key;
    size_t count = 0;
    for (; (key = ht_key_at(count)) != NULL; count++) {
        bool of_target = ht_key_scope(key) == HT_SCOPE_TARGET;
        const char *name = ht_key_name(key);
        CU_ASSERT_PTR_EQUAL(of_target ? ht_key_find(name) : ht_process_key_find(name), key);
        size_t options = 0;
        for (; ht_key_options(key)[options].help != NULL; options++)
            check_option(key, &ht_key_options(key)[options]);
        CU_ASSERT_TRUE(options <= HT_KEY_OPTIONS_MAX);
    }
    CU_ASSERT_TRUE(count > 20);
}

/* The whole of ht_settings_check: its text names the key. */
static void check_fails(const struct ht_settings *settings, const char *beginning)
{
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(ht_settings_check(settings, &error), HT_ERR_INVALID);
    CU_ASSERT_EQUAL(strncmp(error.text, beginning, strlen(beginning)), 0);
}

static void test_check(void)
{
    struct ht_settings s = defaults();
    s.first_ttl = 31;
    check_fails(&s, "first_ttl: 31 is above max_ttl 30");
    s.max_ttl = 31;
    CU_ASSERT_EQUAL(ht_settings_check(&s, NULL), HT_OK);
    s.first_ttl = 0;
    check_fails(&s, "first_ttl: must be 1 to 255, not 0");

    s = defaults();
    s.family = HT_FAMILY_IPV6;
    s.source = ht_address_from_bytes((const uint8_t[]){192, 0, 2, 1}, 4);
    check_fails(&s, "source: is not of family ipv6");
    s.family = HT_FAMILY_ANY;
    CU_ASSERT_EQUAL(ht_settings_check(&s, NULL), HT_OK);

    s.source_zone[0] = 'a';
    check_fails(&s, "source: its zone must be the network device of a link-local address");
    s.source = ht_address_from_bytes((const uint8_t[16]){0xfe, 0x80, [15] = 1}, 16);
    CU_ASSERT_EQUAL(ht_settings_check(&s, NULL), HT_OK);
    memset(s.source_zone, 'a', sizeof s.source_zone);
    check_fails(&s, "source: its zone must be ");

    s = defaults();
    s.probes = 0;
    check_fails(&s, "probes: ");
    s = defaults();
    s.timeout_ns = 1;
    check_fails(&s, "timeout: ");
    s.timeout_ns = HT_TIMEOUT_AUTO;
    CU_ASSERT_EQUAL(ht_settings_check(&s, NULL), HT_OK);
    s.end_probes = 1001;
    check_fails(&s, "end_probes: must be 1 to 1000, not 1001");
    s = defaults();
    s.window = 1;
    check_fails(&s, "window: must be 2 to 1000, not 1");
    s = defaults();
    s.loss_warning = NAN;
    check_fails(&s, "loss_warning: must be 0 to 100");
    s.loss_warning = -0.5;
    check_fails(&s, "loss_warning: must be 0 to 100, not -0.5");
    s = defaults();
    s.rtt_warning = 1e300;
    check_fails(&s, "rtt_warning: must be 0 to 10000");
    s = defaults();
    s.interval_ns = 1;
    check_fails(&s, "interval: ");
    s = defaults();
    memset(s.interface, 'x', sizeof s.interface);
    check_fails(&s, "interface: ");
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_defaults), UNIT_CASE(test_names),         UNIT_CASE(test_ranges),
    UNIT_CASE(test_fields),   UNIT_CASE(test_types),         UNIT_CASE(test_wording),
    UNIT_CASE(test_seconds),  UNIT_CASE(test_whole_numbers), UNIT_CASE(test_process),
    UNIT_CASE(test_table),    UNIT_CASE(test_check),
};

UNIT_MAIN("config keys", cases)
