/* The text of a configuration: what it gives, and all that can be wrong with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/file.h"
#include "config/names.h"
#include "config_lines.h"
#include "hoptrace/time.h"

static int read_text(const char *text, struct ht_config *config, struct ht_text *lines)
{
    return ht_config_read_text(text, strlen(text), "f", HT_CONFIG_TARGETS, config, collect, lines);
}

static void expect_good(const char *text, struct ht_config *config)
{
    struct ht_text lines = {0};
    CU_ASSERT_EQUAL_FATAL(read_text(text, config, &lines), HT_OK);
    CU_ASSERT_EQUAL(lines.length, 0);
    ht_text_fini(&lines);
}

/* ---- what is right ---- */

static void test_interface_example(void)
{
    struct ht_config config;
    expect_good(
        "defaults = { protocol = \"icmp\"; probes = 3; tags = { site = \"fra1\"; }; };\n"
        "targets = ( \"example.com\",\n"
        "  { host = \"192.0.2.7\"; name = \"core-db\"; protocol = \"tcp\"; port = 5432; max_ttl = "
        "20; },\n"
        "  { host = \"2001:db8::1\"; probes = 10; } );\n",
        &config);
    CU_ASSERT_EQUAL_FATAL(config.target_count, 3);
    const struct ht_target *t = config.targets;
    CU_ASSERT_STRING_EQUAL(t[0].host, "example.com");
    CU_ASSERT_STRING_EQUAL(t[0].name, "example.com");
    CU_ASSERT_EQUAL(t[0].settings.probes, 3);
    CU_ASSERT_STRING_EQUAL(t[1].host, "192.0.2.7");
    CU_ASSERT_STRING_EQUAL(t[1].name, "core-db");
    CU_ASSERT_EQUAL(t[1].settings.protocol, HT_TCP);
    CU_ASSERT_EQUAL(t[1].settings.port, 5432);
    CU_ASSERT_EQUAL(t[1].settings.max_ttl, 20);
    CU_ASSERT_EQUAL(t[2].settings.probes, 10);
    CU_ASSERT_EQUAL(t[2].settings.protocol, HT_ICMP);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL_FATAL(t[i].tag_count, 1);
        CU_ASSERT_STRING_EQUAL(t[i].tags[0].key, "site");
        CU_ASSERT_STRING_EQUAL(t[i].tags[0].value, "fra1");
    }
    CU_ASSERT_EQUAL(config.process.pps, 1000);
    ht_config_fini(&config);
    CU_ASSERT_PTR_NULL(config.targets);
}

static void test_precedence(void)
{
    struct ht_config config;
    /* `defaults` counts for targets that stand before it, too. */
    expect_good(
        "targets = ( { host = \"a\"; timeout = 2; tags = { b = \"own\"; c = \"new\"; }; },\n"
        "            { host = \"b\"; numeric = false; } );\n"
        "defaults: { timeout = 0.25, numeric = true, interval = 60, \n"
        "            tags: { a = \"x\", b = \"y\" } }\n"
        "pps = 0x10; deadline = 5; events = true; state = \"/a b/c\";",
        &config);
    const struct ht_target *t = config.targets;
    CU_ASSERT_EQUAL(t[0].settings.timeout_ns, 2 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(t[1].settings.timeout_ns, 250 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(t[0].settings.numeric);
    CU_ASSERT_FALSE(t[1].settings.numeric);
    CU_ASSERT_EQUAL(t[0].settings.interval_ns, 60 * HT_NS_PER_S);
    CU_ASSERT_EQUAL_FATAL(t[0].tag_count, 3);
    CU_ASSERT_STRING_EQUAL(t[0].tags[1].key, "b");
    CU_ASSERT_STRING_EQUAL(t[0].tags[1].value, "own");
    CU_ASSERT_EQUAL(t[1].tag_count, 2);
    CU_ASSERT_STRING_EQUAL(t[1].tags[1].value, "y");
    CU_ASSERT_EQUAL(config.defaults.tag_count, 2);
    CU_ASSERT_PTR_NULL(config.defaults.host);
    CU_ASSERT_EQUAL(config.process.pps, 16);
    CU_ASSERT_EQUAL(config.process.deadline_ns, 5 * HT_NS_PER_S);
    CU_ASSERT_TRUE(config.process.events);
    CU_ASSERT_STRING_EQUAL(config.process.state, "/a b/c");
    ht_config_fini(&config);
}

static void test_spellings(void)
{
    struct ht_config config;
    expect_good("/* a\n comment */ targets = (\"exa\" /* x */ \"mple\" // y\n"
                " \".com\", { host = \"b\" probes = 5L, timeout = 1e0 tos = 0xffLL\n"
                "source = \"fe80::1%eth0\" fwmark = 4294967295 }) # no newline",
                &config);
    CU_ASSERT_EQUAL_FATAL(config.target_count, 2);
    CU_ASSERT_STRING_EQUAL(config.targets[0].host, "example.com");
    CU_ASSERT_EQUAL(config.targets[1].settings.probes, 5);
    CU_ASSERT_EQUAL(config.targets[1].settings.tos, 255);
    CU_ASSERT_EQUAL(config.targets[1].settings.fwmark, 4294967295U);
    CU_ASSERT_STRING_EQUAL(config.targets[1].settings.source_zone, "eth0");
    CU_ASSERT_EQUAL(config.targets[1].settings.timeout_ns, HT_NS_PER_S);
    ht_config_fini(&config);
}

static void test_what_looks_back(void)
{
    struct ht_config config;
    expect_good(
        "defaults = { timeout = \"auto\"; window = 30; loss_warning = 1; hop_values = \"none\"; "
        "};\n"
        "targets = ( \"a\", { host = \"b\"; timeout = 2; end_probes = 20; loss_warning = 0.5; "
        "rtt_warning = 10000; hop_values = \"all\"; } );",
        &config);
    CU_ASSERT_EQUAL_FATAL(config.target_count, 2);
    const struct ht_settings *a = &config.targets[0].settings;
    const struct ht_settings *b = &config.targets[1].settings;
    CU_ASSERT_EQUAL(a->timeout_ns, HT_TIMEOUT_AUTO);
    CU_ASSERT_EQUAL(a->end_probes, 0);
    CU_ASSERT_EQUAL(a->window, 30);
    CU_ASSERT_TRUE(a->loss_warning >= 1 && a->loss_warning <= 1);
    CU_ASSERT_EQUAL(b->timeout_ns, 2 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(b->end_probes, 20);
    CU_ASSERT_EQUAL(a->hop_values, HT_HOP_VALUES_NONE);
    CU_ASSERT_EQUAL(b->hop_values, HT_HOP_VALUES_ALL);
    CU_ASSERT_TRUE(b->loss_warning >= 0.5 && b->loss_warning <= 0.5);
    CU_ASSERT_TRUE(b->rtt_warning >= 10000 && b->rtt_warning <= 10000);
    ht_config_fini(&config);
}

static void test_no_targets(void)
{
    struct ht_config config;
    struct ht_text lines = {0};
    static const char *const texts[] = {"", "targets = ();", "defaults = { probes = 5; };"};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(read_text(texts[i], &config, &lines), HT_ERR_INVALID);
        CU_ASSERT_EQUAL(
            ht_config_read_text(texts[i], strlen(texts[i]), "f", 0, &config, collect, &lines),
            HT_OK);
        CU_ASSERT_EQUAL(config.target_count, 0);
        CU_ASSERT_EQUAL(config.defaults.settings.max_ttl, 30);
        ht_config_fini(&config);
    }
    CU_ASSERT_STRING_EQUAL(lines.data, "f:1: targets: is missing\n"
                                       "f:1: targets: must not be empty\n"
                                       "f:1: targets: is missing\n");
    ht_text_fini(&lines);
}

/* ---- what is wrong ---- */

struct fault {
    const char *text;
    const char *lines; /* all that is said */
};

#define GOOD "targets = ( \"x\" );\n"

static const struct fault faults[] = {
    /* unknown keys, and known ones in the wrong place */
    {GOOD "retry = 3;", "f:2: retry: unknown key\n"},
    {GOOD "probes = 3;", "f:2: probes: belongs in the defaults or in a target\n"},
    {GOOD "defaults = {\n prober = 3; };", "f:3: prober: unknown key\n"},
    {GOOD "defaults = { host = \"x\"; };", "f:2: host: belongs in a target, not in the defaults\n"},
    {"targets = (\n{ host = \"x\";\n hots = \"y\"; } );", "f:3: hots: unknown key\n"},
    {"targets = ( { host = \"x\"; pps = 5; } );", "f:1: pps: unknown key\n"},
    /* types */
    {"targets = ( { host = \"x\"; probes = \"3\"; } );",
     "f:1: probes: must be a whole number, 1 to 1000\n"},
    {"targets = ( { host = \"x\"; probes = 3.0; } );",
     "f:1: probes: must be a whole number, 1 to 1000\n"},
    {"targets = ( { host = \"x\"; timeout = \"1\"; } );",
     "f:1: timeout: must be a number of seconds, 0.001 to 60, or auto\n"},
    {"targets = ( { host = \"x\"; loss_warning = \"auto\"; } );",
     "f:1: loss_warning: must be a percentage, 0 to 100\n"},
    {"targets = ( { host = \"x\"; window = 2.0; } );",
     "f:1: window: must be a whole number, 2 to 1000\n"},
    {"targets = ( { host = \"x\"; numeric = 1; } );", "f:1: numeric: must be true or false\n"},
    {"targets = ( { host = \"x\"; protocol = { }; } );", "f:1: protocol: must be a string\n"},
    {"targets = ( { host = \"x\"; source = 1; } );", "f:1: source: must be a string\n"},
    {"targets = ( { host = 5; } );", "f:1: host: must be a string\n"},
    {"targets = ( { host = \"x\"; fwmark = \"5\"; } );",
     "f:1: fwmark: must be a whole number, 0 to 4294967295\n"},
    {"targets = ( { host = \"x\"; fwmark = 4294967296; } );",
     "f:1: fwmark: must be 0 to 4294967295, not 4294967296\n"},
    /* hosts that are none */
    {"targets = ( \"x\",\n \"0.0.0.0\",\n { host = \"ff02::1\"; name = \"m\"; } );",
     "f:2: host: stands for no host: a target must be one host\n"
     "f:3: host: is a multicast address: a target must be one host\n"},
    {"targets = ( { host = \"x\"; source = \"::1%lo\"; } );",
     "f:1: source: must be a link-local address to have a zone, not '::1%lo'\n"},
    {"targets = ( { host = \"x\"; name = true; } );", "f:1: name: must be a string\n"},
    {"targets = ( { host = \"x\"; tags = \"a\"; } );", "f:1: tags: must be a group { ... }\n"},
    {"targets = ( { host = \"x\"; tags = { a = 1; }; } );", "f:1: tags: 'a' must be a string\n"},
    {"targets = ( 5 );", "f:1: targets: a target must be a string or a group { ... }\n"},
    {"targets = ( ( \"x\" ) );", "f:1: targets: a target must be a string or a group { ... }\n"},
    {"targets = \"x\";", "f:1: targets: must be a list ( ... )\n"},
    {"targets = { host = \"x\"; };", "f:1: targets: must be a list ( ... )\n"},
    {"targets = [ \"x\" ];", "f:1: targets: must be a list ( ... )\n"},
    {GOOD "defaults = ( );", "f:2: defaults: must be a group { ... }\n"},
    {GOOD "events = 1;", "f:2: events: must be true or false\n"},
    {GOOD "state = true;", "f:2: state: must be a string\n"},
    {GOOD "state = \"\";", "f:2: state: must not be empty\n"},
    {"targets = ( { host = \"x\"; tags = { event = \"a\"; }; } );",
     "f:1: tags: 'event' is the name of a tag of the records' own\n"},
    {"targets = ( { host = \"x\"; events = true; } );", "f:1: events: unknown key\n"},
    {GOOD "pps = 1.5;", "f:2: pps: must be a whole number, 0 to 10000000\n"},
    {GOOD "deadline = \"5\";", "f:2: deadline: must be a number of seconds, 0 to 86400\n"},
    /* ranges; what does not fit 32 or 64 bits must not come back as something good */
    {"targets = ( { host = \"x\"; max_ttl = 300; } );",
     "f:1: max_ttl: must be 1 to 255, not 300\n"},
    {"targets = ( { host = \"x\"; probes = 4294967299; } );",
     "f:1: probes: must be 1 to 1000, not 4294967299\n"},
    {"targets = ( { host = \"x\"; probes = 0x100000003; } );",
     "f:1: probes: must be 1 to 1000, not 4294967299\n"},
    {"targets = ( { host = \"x\"; probes = -4294967293; } );",
     "f:1: probes: must be 1 to 1000, not -4294967293\n"},
    {"targets = ( { host = \"x\"; probes = 18446744073709551619; } );",
     "f:1: probes: must be 1 to 1000\n"},
    {"targets = ( { host = \"x\"; probes = 18446744073709551619L; } );",
     "f:1: probes: must be 1 to 1000\n"},
    {"targets = ( { host = \"x\"; timeout = 0; } );", "f:1: timeout: must be 0.001 to 60, not 0\n"},
    {"targets = ( { host = \"x\"; timeout = 1e999; } );", "f:1: timeout: must be 0.001 to 60\n"},
    {"targets = ( { host = \"x\"; interval = 0.05; } );",
     "f:1: interval: must be 0.1 to 86400, not 0.05\n"},
    {GOOD "pps = 10000001;", "f:2: pps: must be 0 to 10000000, not 10000001\n"},
    {GOOD "deadline = -1;", "f:2: deadline: must be 0 to 86400, not -1\n"},
    {"targets = ( { host = \"x\"; family = \"ip\"; } );",
     "f:1: family: must be one of any, ipv4, ipv6, not 'ip'\n"},
    /* contradictions, where the key is set */
    {"targets = ( {\n host = \"x\";\n first_ttl = 9;\n max_ttl = 3; } );",
     "f:3: first_ttl: 9 is above max_ttl 3\n"},
    {"defaults = { max_ttl = 3; };\ntargets = ( \"a\",\n{ host = \"x\"; first_ttl = 9; } );",
     "f:3: first_ttl: 9 is above max_ttl 3\n"},
    {"targets = ( { host = \"x\"; source = \"::1\"; family = \"ipv4\"; } );",
     "f:1: source: is not of family ipv4\n"},
    /* ... also beside other faults, each of them, and none that only a refused value makes */
    {"targets = ( { host = \"x\"; first_ttl = 9; max_ttl = 3;\n source = \"::1\"; family = "
     "\"ipv4\"; probes = 0; } );",
     "f:2: probes: must be 1 to 1000, not 0\n"
     "f:1: first_ttl: 9 is above max_ttl 3\n"
     "f:2: source: is not of family ipv4\n"},
    {"defaults = { x = 1; };\ntargets = ( { name = \"x\"; first_ttl = 31; } );",
     "f:1: x: unknown key\n"
     "f:2: host: is missing\n"
     "f:2: first_ttl: 31 is above max_ttl 30\n"},
    {"targets = ( { host = \"x\"; first_ttl = 31; max_ttl = 256; } );",
     "f:1: max_ttl: must be 1 to 255, not 256\n"},
    {"defaults = { first_ttl = 9; source = \"::1\"; };\n"
     "targets = ( { host = \"x\"; first_ttl = 0; max_ttl = 3; family = \"ip4\"; } );",
     "f:2: first_ttl: must be 1 to 255, not 0\n"
     "f:2: family: must be one of any, ipv4, ipv6, not 'ip4'\n"},
    {"targets = ( { host = \"x\"; family = \"ipv4\"; source = \"::\"; max_ttl = 4;\n"
     " first_ttl = 5L; } );",
     "f:2: first_ttl: 5 is above max_ttl 4\n"
     "f:1: source: is not of family ipv4\n"},
    /* hosts and names */
    {"targets = ( { name = \"x\"; } );", "f:1: host: is missing\n"},
    {"targets = ( \"\" );", "f:1: host: must not be empty\n"},
    {"targets = ( { host = \"\"; } );", "f:1: host: must not be empty\n"},
    {"targets = ( { host = \"x\"; name = \"\"; } );", "f:1: name: must not be empty\n"},
    {"targets = ( { host = \"x\"; name = \"a\\nb\"; } );",
     "f:1: name: must not hold control characters\n"},
    {"targets = ( \"a\\x7f\" );", "f:1: host: must not hold control characters\n"},
    {"targets = ( \"a\\xff\" );", "f:1: host: must be UTF-8\n"},
    {"targets = (\n \"a\",\n \"b\",\n \"a\"\n);",
     "f:4: name: 'a' is also the name of the target in line 2\n"},
    {"targets = ( \"a\",\n { host = \"b\";\n name = \"a\"; } );",
     "f:3: name: 'a' is also the name of the target in line 1\n"},
    {"targets = ( { host = \"x\"; name = \"a/b\"; },\n{ host = \"x\"; name = \"a_b\"; } );",
     "f:2: name: 'a_b' is also the name of the target in line 1, as '/' becomes '_'\n"},
    /* tags */
    {GOOD "defaults = { tags = { hop = \"1\"; }; };",
     "f:2: tags: 'hop' is the name of a tag of the records' own\n"},
    {"targets = ( { host = \"x\"; tags = { target = \"1\"; family = \"1\"; protocol = \"1\"; }; } "
     ");",
     "f:1: tags: 'target' is the name of a tag of the records' own\n"
     "f:1: tags: 'family' is the name of a tag of the records' own\n"
     "f:1: tags: 'protocol' is the name of a tag of the records' own\n"},
    {"targets = ( { host = \"x\"; tags = { a = \"\\x80\"; }; } );",
     "f:1: tags: 'a' must be UTF-8\n"},
    /* twice, and all the rest is still told */
    {"targets = ( { host = \"x\"; probes = 3;\n probes = 4;\n tos = 256; } );\npps = -1;\ntargets "
     "= ();",
     "f:2: probes: is set twice, first in line 1\n"
     "f:5: targets: is set twice, first in line 1\n"
     "f:4: pps: must be 0 to 10000000, not -1\n"
     "f:3: tos: must be 0 to 255, not 256\n"},
    /* syntax */
    {"targets = ( \"x\" ;\n", "f:1: syntax error\n"},
    {"targets = (\n \"x\"\n", "f:3: syntax error\n"},
    {"targets = ( \"x );\n", "f:1: syntax error: this string is never closed\n"},
    {GOOD "\n/* targets\n", "f:3: syntax error: this comment is never closed\n"},
    {GOOD "\"x\"", "f:2: syntax error: no string can stand here\n"},
    {GOOD "pps = 1, \"x\"", "f:2: syntax error: no string can stand here\n"},
    {GOOD "pps = .;", "f:2: syntax error: a number without digits\n"},
    {GOOD "pps = -;", "f:2: syntax error: a number without digits\n"},
    {GOOD "pps = 10s;", "f:2: syntax error\n"},
    {GOOD "%", "f:2: syntax error\n"},
    {GOOD "@include \"other.conf\"\n", "f:2: @include: nothing can be included here\n"},
    {GOOD "@include other.conf\n", "f:2: @include: must be followed by a file's name in quotes\n"},
    {"targets = ( { host = \"h\";\nport = 80; } );", "f:2: port: icmp has no ports\n"},
    {"defaults = { tos = \"AF14\"; };\n" GOOD,
     "f:1: tos: must be a whole number, 0 to 255, or a DSCP name such as EF, AF41 or CS6, not "
     "'AF14'\n"},
    {GOOD "a = [ 1, \"x\" ];", "f:2: mismatched element type in array\n"},
    {"targets = ( \"a\\x00b\" );", "f:1: a string cannot hold a NUL byte\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct ht_config config;
        struct ht_text lines = {0};
        CU_ASSERT_EQUAL(read_text(faults[i].text, &config, &lines), HT_ERR_INVALID);
        const char *said = lines.data != NULL ? lines.data : "";
        if (strcmp(said, faults[i].lines) != 0)
            (void)fprintf(stderr, "\n%s\nsaid: %swant: %s", faults[i].text, said, faults[i].lines);
        CU_ASSERT_STRING_EQUAL(said, faults[i].lines);
        CU_ASSERT_PTR_NULL(config.targets);
        CU_ASSERT_PTR_NULL(config.memory);
        ht_config_fini(&config);
        ht_text_fini(&lines);
    }
}

static void fill(char *text, size_t length)
{
    memset(text, 'n', length);
    text[length] = '\0';
}

static void test_lengths(void)
{
    static const struct {
        size_t host, name;
        int code;
    } lengths[] = {{127, 0, HT_OK}, {128, 0, HT_ERR_INVALID}, {253, 127, HT_OK},
                   {253, 1, HT_OK}, {254, 1, HT_ERR_INVALID}, {1, 128, HT_ERR_INVALID},
                   {1, 127, HT_OK}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char host[300];
        char name[300];
        fill(host, lengths[i].host);
        fill(name, lengths[i].name);
        struct ht_text text = {0};
        struct ht_text lines = {0};
        ht_text_printf(&text, "targets = ( { host = \"%s\"; ", host);
        if (lengths[i].name > 0)
            ht_text_printf(&text, "name = \"%s\"; ", name);
        ht_text_puts(&text, "} );");
        struct ht_config config;
        CU_ASSERT_EQUAL(read_text(text.data, &config, &lines), lengths[i].code);
        ht_config_fini(&config);
        ht_text_fini(&text);
        ht_text_fini(&lines);
    }
}

static void test_nesting(void)
{
    struct ht_text text = {0};
    struct ht_text lines = {0};
    ht_text_puts(&text, "a = ");
    for (int i = 0; i < 100000; i++)
        ht_text_putc(&text, '(');
    struct ht_config config;
    CU_ASSERT_EQUAL(read_text(text.data, &config, &lines), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(lines.data, "f:1: groups and lists are nested too deeply\n");
    ht_text_fini(&text);
    ht_text_fini(&lines);
}

static void test_nul_byte(void)
{
    struct ht_config config;
    struct ht_text lines = {0};
    static const char text[] = "targets = (\n \"x\" ); \0 rubbish";
    CU_ASSERT_EQUAL(ht_config_read_text(text, sizeof text - 1, "f", HT_CONFIG_TARGETS, &config,
                                        collect, &lines),
                    HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(lines.data, "f:2: a NUL byte: this is not a text file\n");
    ht_text_fini(&lines);
}

static void test_many_targets(void)
{
    struct ht_text text = {0};
    ht_text_puts(&text, "defaults = { tags = { a = \"1\"; }; }; targets = ( \"t\"");
    for (int i = 0; i < 5000; i++)
        ht_text_printf(&text, ",\n{ host = \"h\"; name = \"t%d\"; tags = { b = \"%d\"; }; }", i, i);
    ht_text_puts(&text, ");");
    struct ht_config config;
    expect_good(text.data, &config);
    CU_ASSERT_EQUAL_FATAL(config.target_count, 5001);
    CU_ASSERT_EQUAL(config.targets[5000].tag_count, 2);
    CU_ASSERT_STRING_EQUAL(config.targets[5000].tags[1].value, "4999");
    ht_config_fini(&config);
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_interface_example), UNIT_CASE(test_precedence), UNIT_CASE(test_what_looks_back),
    UNIT_CASE(test_spellings),         UNIT_CASE(test_no_targets), UNIT_CASE(test_faults),
    UNIT_CASE(test_lengths),           UNIT_CASE(test_nesting),    UNIT_CASE(test_nul_byte),
    UNIT_CASE(test_many_targets),
};

UNIT_MAIN("config file", cases)
