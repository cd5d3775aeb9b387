/* The plugin's files that know nothing of the daemon: mailbox, targets, configuration, values. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_daemon.h"
#include "hoptrace.h"
#include "mailbox.h"
#include "output/collectd_values.h"
#include "setup.h"
#include "target.h"
#include "unit.h"

/* ---- mailbox ---- */

/* Puts a record of this number with `events` events, whose ttls are this number too. */
static bool put_number(struct mailbox *mailbox, uint32_t number, size_t events)
{
    struct ht_report report = {.name = "n", .host = "h", .sent = number};
    struct ht_event event = {.name = "n", .host = "h", .ttl = (uint8_t)number};
    struct letter letter = {.report = ht_report_copy(&report)};
    for (size_t i = 0; i < events; i++)
        CU_ASSERT_TRUE(ht_event_list_add(&letter.events, &event));
    return mailbox_put(mailbox, &letter);
}

/* The number of the record that is taken; UINT32_MAX: there is none. */
static uint32_t take_number(struct mailbox *mailbox)
{
    struct letter letter = mailbox_take(mailbox);
    uint32_t number = letter.report != NULL ? letter.report->sent : UINT32_MAX;
    letter_fini(&letter);
    return number;
}

static void mailbox_keeps_order(void)
{
    struct mailbox mailbox;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&mailbox), 0);
    CU_ASSERT_EQUAL(take_number(&mailbox), UINT32_MAX);
    for (uint32_t i = 0; i < 2; i++)
        CU_ASSERT_TRUE(put_number(&mailbox, i, 0));
    for (uint32_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(take_number(&mailbox), i);
    CU_ASSERT_EQUAL(take_number(&mailbox), UINT32_MAX);
    CU_ASSERT_TRUE(put_number(&mailbox, 3, 1));
    mailbox_fini(&mailbox);
}

static void mailbox_drops_the_oldest(void)
{
    struct mailbox mailbox;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&mailbox), 0);
    for (uint32_t i = 0; i < MAILBOX_SLOTS; i++)
        CU_ASSERT_TRUE(put_number(&mailbox, i, 0));
    CU_ASSERT_FALSE(put_number(&mailbox, MAILBOX_SLOTS, 0));
    CU_ASSERT_EQUAL(take_number(&mailbox), 1);
    mailbox_fini(&mailbox);
}

/* The events of a record that was not read come with the next one, in their order. */
static void mailbox_keeps_events(void)
{
    struct mailbox mailbox;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&mailbox), 0);
    for (uint32_t i = 0; i < MAILBOX_SLOTS; i++)
        CU_ASSERT_TRUE(put_number(&mailbox, i, i == 3 ? 0 : 1));
    for (uint32_t i = 0; i < 4; i++)
        CU_ASSERT_FALSE(put_number(&mailbox, MAILBOX_SLOTS + i, 2));
    static const uint8_t first[] = {0, 1, 2, 4};
    struct letter letter = mailbox_take(&mailbox);
    CU_ASSERT_EQUAL(letter.report->sent, 4);
    CU_ASSERT_EQUAL_FATAL(letter.events.count, sizeof first);
    for (size_t i = 0; i < sizeof first; i++)
        CU_ASSERT_EQUAL(letter.events.events[i]->ttl, first[i]);
    letter_fini(&letter);
    letter = mailbox_take(&mailbox);
    CU_ASSERT_EQUAL(letter.events.count, 1);
    letter_fini(&letter);
    mailbox_fini(&mailbox);
}

/* A daemon that does not read for days: the last of many events are kept. */
static void mailbox_bounds_events(void)
{
    struct mailbox mailbox;
    CU_ASSERT_EQUAL_FATAL(mailbox_init(&mailbox), 0);
    for (uint32_t i = 0; i < 100; i++)
        (void)put_number(&mailbox, i, 3);
    struct letter letter = mailbox_take(&mailbox);
    CU_ASSERT_EQUAL(letter.report->sent, 100 - MAILBOX_SLOTS);
    CU_ASSERT_EQUAL_FATAL(letter.events.count, HT_EVENTS_MAX);
    CU_ASSERT_EQUAL(letter.events.events[HT_EVENTS_MAX - 1]->ttl, 100 - MAILBOX_SLOTS);
    CU_ASSERT_EQUAL(letter.events.events[0]->ttl, 100 - MAILBOX_SLOTS - HT_EVENTS_MAX / 3);
    letter_fini(&letter);
    mailbox_fini(&mailbox);
}

/* ---- target ---- */

static struct target *settled_target(const char *name, int64_t interval_ns)
{
    struct ht_settings defaults;
    ht_settings_init(&defaults);
    struct target *target = target_new(name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(target);
    CU_ASSERT_EQUAL_FATAL(target_settle(target, &defaults, interval_ns, NULL), HT_OK);
    return target;
}

static void instance_has_no_slash(void)
{
    struct target *target = settled_target("/a/b", HT_NS_PER_S);
    CU_ASSERT_STRING_EQUAL(target->instance, "_a_b");
    CU_ASSERT_STRING_EQUAL(target->name, "/a/b");
    CU_ASSERT_STRING_EQUAL(target->host, "/a/b");
    target_free(target);
}

static void time_never_goes_back(void)
{
    struct target *target = settled_target("t", 10 * HT_NS_PER_S);
    const int64_t start = 1000 * HT_NS_PER_S;
    CU_ASSERT_EQUAL(target_value_time(target, start), start);
    CU_ASSERT_EQUAL(target_value_time(target, start + 10 * HT_NS_PER_S), start + 10 * HT_NS_PER_S);
    /* The clock was set back by half a minute: a second each round, until it has caught up. */
    CU_ASSERT_EQUAL(target_value_time(target, start - 10 * HT_NS_PER_S), start + 11 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(target_value_time(target, start), start + 12 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(target_value_time(target, start + 12 * HT_NS_PER_S), start + 13 * HT_NS_PER_S);
    CU_ASSERT_EQUAL(target_value_time(target, start + 22 * HT_NS_PER_S), start + 22 * HT_NS_PER_S);
    target_free(target);
}

static void short_rounds_catch_up_too(void)
{
    struct target *target = settled_target("t", 100 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(target_value_time(target, HT_NS_PER_S), HT_NS_PER_S);
    CU_ASSERT_EQUAL(target_value_time(target, HT_NS_PER_S), HT_NS_PER_S + 50 * HT_NS_PER_MS);
    target_free(target);
}

/* ---- configuration ---- */

static struct option text(const char *key, const char *value)
{
    return (struct option){.key = key, .type = OPTION_TEXT, .text = value};
}

static struct option number(const char *key, double value)
{
    return (struct option){.key = key, .type = OPTION_NUMBER, .number = value};
}

static void add_target(struct setup *setup, const char *name, const struct option *options,
                       size_t count)
{
    struct option head = text("Target", name);
    setup_target(setup, &head, options, count);
}

static void set_globally(struct setup *setup, struct option option)
{
    setup_option(setup, &option);
}

static void defaults_reach_every_target(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option own[] = {text("hOST", "192.0.2.1"), number("MaxTTL", 7), number("Interval", 0.5),
                           number("fwMark", 4294967295.0), text("Source", "fe80::1%eth0")};
    add_target(&setup, "first", own, sizeof own / sizeof own[0]);
    set_globally(&setup, number("MaxTtl", 9));
    set_globally(&setup, number("Pps", 0));
    add_target(&setup, "second", NULL, 0);
    setup_settle(&setup, 10 * HT_NS_PER_S);

    const struct target *first = setup.targets;
    const struct target *second = first->next;
    CU_ASSERT_STRING_EQUAL(first->host, "192.0.2.1");
    CU_ASSERT_EQUAL(first->settings.max_ttl, 7);
    CU_ASSERT_EQUAL(first->settings.interval_ns, 500 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(first->settings.numeric);
    CU_ASSERT_EQUAL(first->settings.fwmark, 4294967295U);
    CU_ASSERT_STRING_EQUAL(first->settings.source_zone, "eth0");
    CU_ASSERT_STRING_EQUAL(second->host, "second");
    CU_ASSERT_EQUAL(second->settings.max_ttl, 9);
    CU_ASSERT_EQUAL(second->settings.interval_ns, 10 * HT_NS_PER_S);
    CU_ASSERT_PTR_NULL(second->next);
    CU_ASSERT_EQUAL(setup.process.pps, 0);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 0);
    setup_fini(&setup);
}

/* As the daemon's own options are read. */
static void quotes_do_not_matter(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option own[] = {text("MaxTtl", "20"),    text("Timeout", "0.5"), text("Numeric", "No"),
                           text("ShareHops", "ON"), text("Tos", "cs6"),     text("Port", "81"),
                           text("Protocol", "udp")};
    add_target(&setup, "own", own, sizeof own / sizeof own[0]);
    set_globally(&setup, text("Pps", "7"));
    set_globally(&setup, text("Deadline", "0"));
    set_globally(&setup, text("Probes", "5"));
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    const struct ht_settings *settings = &setup.targets->settings;
    CU_ASSERT_EQUAL(settings->max_ttl, 20);
    CU_ASSERT_EQUAL(settings->timeout_ns, 500 * HT_NS_PER_MS);
    CU_ASSERT_FALSE(settings->numeric);
    CU_ASSERT_TRUE(settings->share_hops);
    CU_ASSERT_EQUAL(settings->tos, 192);
    CU_ASSERT_EQUAL(settings->port, 81);
    CU_ASSERT_EQUAL(settings->probes, 5);
    CU_ASSERT_EQUAL(setup.process.pps, 7);

    struct option wrong[] = {text("MaxTtl", "20x"), text("Numeric", "maybe"), text("Tos", "EF1")};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        set_globally(&setup, wrong[i]);
    set_globally(&setup, text("Pps", "many"));
    CU_ASSERT_EQUAL(fake_daemon_lines(), 4);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("MaxTtl: must be a whole number, 1 to 255, not '20x'"),
                    1);
    setup_fini(&setup);
}

static void what_looks_back(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option own[] = {text("Timeout", "auto"), number("EndProbes", 20), number("Window", 30),
                           text("LossWarning", "0.5"), text("HopValues", "none")};
    add_target(&setup, "own", own, sizeof own / sizeof own[0]);
    set_globally(&setup, number("RttWarning", 12.5));
    set_globally(&setup, number("LossWarning", 1));
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    const struct ht_settings *settings = &setup.targets->settings;
    CU_ASSERT_EQUAL(settings->timeout_ns, HT_TIMEOUT_AUTO);
    CU_ASSERT_EQUAL(settings->end_probes, 20);
    CU_ASSERT_EQUAL(settings->window, 30);
    CU_ASSERT_EQUAL(settings->hop_values, HT_HOP_VALUES_NONE);
    CU_ASSERT_DOUBLE_EQUAL(settings->loss_warning, 0.5, 0);
    CU_ASSERT_DOUBLE_EQUAL(settings->rtt_warning, 12.5, 0);
    set_globally(&setup, number("Window", 2.5));
    set_globally(&setup, text("RttWarning", "auto"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("Window: must be a whole number, 2 to 1000"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("RttWarning: must be a percentage, 0 to 10000"), 1);
    setup_fini(&setup);
}

/* What falls to other hosts is not measured here, wherever the line stands, and the log says so. */
static void shards(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    add_target(&setup, "target-0", NULL, 0);
    add_target(&setup, "target-2", NULL, 0);
    add_target(&setup, "target-1", NULL, 0);
    set_globally(&setup, text("shard", "3/3"));
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    CU_ASSERT_STRING_EQUAL(setup.targets->name, "target-0");
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets->next);
    CU_ASSERT_STRING_EQUAL(setup.targets->next->name, "target-1");
    CU_ASSERT_PTR_NULL(setup.targets->next->next);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("1 target falls to other hosts than 3 of 3"), 1);
    set_globally(&setup, text("Shard", "4/3"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("Shard: must be K/N"), 1);
    setup_fini(&setup);
}

static void events_and_state(void)
{
    struct setup setup;
    char path[] = "one";
    setup_init(&setup);
    fake_daemon_reset();
    CU_ASSERT_TRUE(setup.process.events); /* unlike the program's */
    CU_ASSERT_PTR_NULL(setup.process.state);
    set_globally(&setup, text("STATE", path));
    path[0] = 'x'; /* the daemon frees what it has read */
    CU_ASSERT_STRING_EQUAL(setup.process.state, "one");
    set_globally(&setup, text("State", "two"));
    set_globally(&setup, text("Events", "no"));
    CU_ASSERT_FALSE(setup.process.events);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 0);
    set_globally(&setup, text("State", ""));
    set_globally(&setup, number("State", 5));
    set_globally(&setup, text("Events", "two"));
    CU_ASSERT_EQUAL(fake_daemon_lines_with("State: must not be empty; this line is ignored"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("State: must be a string; this line is ignored"), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("Events: must be true or false"), 1);
    CU_ASSERT_STRING_EQUAL(setup.process.state, "two");
    CU_ASSERT_FALSE(setup.process.events);
    struct option own = text("State", "own");
    add_target(&setup, "t", &own, 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("State: is for all targets together"), 1);
    setup_fini(&setup);
    CU_ASSERT_PTR_NULL(setup.process.state);
}

static void a_port_needs_a_protocol(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option port = number("Port", 80);
    add_target(&setup, "own", &port, 1);
    set_globally(&setup, number("Port", 81));
    add_target(&setup, "by default", NULL, 0);
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("\"own\" is skipped: Port: icmp has no ports"), 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    CU_ASSERT_STRING_EQUAL(setup.targets->name, "by default");
    setup_fini(&setup);
}

static void faulty_targets_are_skipped(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option faults[] = {
        number("MaxTtl", 2.5),  number("MaxTtl", 1e300), number("MaxTtl", NAN),
        number("Timeout", NAN), number("Protocol", 1),   text("Family", "ipv5"),
        text("Host", ""),       number("Pps", 10),       {.key = "Tos", .type = OPTION_MALFORMED},
    };
    const size_t count = sizeof faults / sizeof faults[0];
    for (size_t i = 0; i < count; i++)
        add_target(&setup, "faulty", &faults[i], 1);
    CU_ASSERT_PTR_NULL(setup.targets);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("target \"faulty\" is skipped: "), count);

    add_target(&setup, "a/b", NULL, 0);
    add_target(&setup, "a_b", NULL, 0);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("\"a_b\" is skipped: there is a target \"a/b\""), 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    CU_ASSERT_PTR_NULL(setup.targets->next);
    CU_ASSERT_EQUAL(fake_daemon_lines(), count + 1);
    setup_fini(&setup);
}

/* The name is the host unless the block has another one. */
static void hosts_that_are_none(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option multicast = text("Host", "ff02::1");
    struct option good = text("Host", "192.0.2.1");
    add_target(&setup, "0.0.0.0", NULL, 0);
    add_target(&setup, "group", &multicast, 1);
    add_target(&setup, "::", &good, 1);
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 2);
    CU_ASSERT_EQUAL(
        fake_daemon_lines_with("target \"0.0.0.0\" is skipped: Host: stands for no host"), 1);
    CU_ASSERT_EQUAL(
        fake_daemon_lines_with("target \"group\" is skipped: Host: is a multicast address"), 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup.targets);
    CU_ASSERT_STRING_EQUAL(setup.targets->name, "::");
    CU_ASSERT_PTR_NULL(setup.targets->next);
    setup_fini(&setup);
}

static void contradictions_are_found_last(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    struct option first_ttl = number("FirstTtl", 20);
    add_target(&setup, "one", NULL, 0);
    add_target(&setup, "two", &first_ttl, 1);
    add_target(&setup, "three", NULL, 0);
    set_globally(&setup, number("MaxTtl", 10));
    setup_settle(&setup, HT_NS_PER_S);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 1);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("target \"two\" is skipped: first_ttl"), 1);
    CU_ASSERT_STRING_EQUAL(setup.targets->next->name, "three");
    setup_fini(&setup);
}

static void bad_lines_change_nothing(void)
{
    struct setup setup;
    setup_init(&setup);
    fake_daemon_reset();
    set_globally(&setup, number("MaxTtl", 20));
    set_globally(&setup, number("MaxTtl", 300));
    set_globally(&setup, number("Pps", 1e9));
    set_globally(&setup, number("Deadline", 10));
    set_globally(&setup, number("Deadline", 0));
    set_globally(&setup, text("Bogus", "x"));
    CU_ASSERT_EQUAL(setup.defaults.max_ttl, 20);
    CU_ASSERT_EQUAL(setup.process.pps, 1000);
    CU_ASSERT_EQUAL(fake_daemon_lines(), 4);
    CU_ASSERT_EQUAL(fake_daemon_lines_with("this line is ignored"), 4);
    setup_fini(&setup);
}

/* ---- values ---- */

static void print_value(void *user, const struct ht_collectd_value *value)
{
    char *text = user;
    size_t used = strlen(text);
    (void)snprintf(text + used, 2000 - used, "%s%s%s=%.6g ", value->type,
                   value->instance[0] != '\0' ? "-" : "", value->instance,
                   isnan(value->number) ? -1 : value->number);
}

static const struct ht_rtt silence = {.avg_ms = NAN, .stddev_ms = NAN};

static void all_values_of_a_record(void)
{
    struct ht_hop hops[] = {
        {.ttl = 9, .sent = 3, .received = 3, .rtt = {.avg_ms = 1.5, .stddev_ms = 0.25}},
        {.ttl = 10, .sent = 4, .loss_percent = 100, .rtt = silence},
    };
    struct ht_report report = {
        .status = HT_STATUS_UNREACHABLE,
        .hop_count = 10,
        .has_path_id = true,
        .path_id = 4000000001,
        .loss_percent = 50,
        .rtt = {.avg_ms = 8, .stddev_ms = 2},
        .hops = hops,
        .listed_hops = 2,
    };
    char said[2000] = "";
    struct ht_hop_range range = {0};
    ht_collectd_values(&report, &range, print_value, said);
    CU_ASSERT_STRING_EQUAL(said, "ping=8 ping_stddev=2 ping_droprate=0.5 gauge-hops=10 "
                                 "gauge-reached=0 gauge-path_id=4e+09 gauge-result_code=2 "
                                 "gauge-path_changes=-1 gauge-loss_significant=-1 "
                                 "gauge-loss_after_hop=-1 gauge-loss_by_hop=-1 gauge-rtt_risen=-1 "
                                 "ping-hop-09=1.5 ping_stddev-hop-09=0.25 ping_droprate-hop-09=0 "
                                 "ping_droprate-path-09=-1 "
                                 "ping-hop-10=-1 ping_stddev-hop-10=-1 ping_droprate-hop-10=1 "
                                 "ping_droprate-path-10=-1 ");
}

/* Of one that is remembered; the second record has one hop less. */
static void where_a_path_breaks(void)
{
    struct ht_hop hops[] = {
        {.ttl = 1, .sent = 3, .loss_percent = NAN, .rtt = silence, .path_loss_percent = 25},
        {.ttl = 2, .sent = 3, .loss_percent = NAN, .rtt = silence, .path_loss_percent = NAN},
    };
    static const struct ht_report_window window = {
        .loss_significant = true, .has_loss_place = true, .loss_by_hop = 2, .rtt_risen = true};
    struct ht_report report = {.loss_percent = NAN,
                               .rtt = silence,
                               .hops = hops,
                               .listed_hops = 2,
                               .remembered = true,
                               .window = &window};
    char said[2000] = "";
    struct ht_hop_range range = {0};
    ht_collectd_values(&report, &range, print_value, said);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " gauge-loss_significant=1 gauge-loss_after_hop=0 "
                                        "gauge-loss_by_hop=2 gauge-rtt_risen=1 ping-hop-01=-1 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " ping_droprate-path-01=0.25 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " ping_droprate-path-02=-1 "));
    hops[1].path_loss_percent = 50;
    report.listed_hops = 1;
    said[0] = '\0';
    ht_collectd_values(&report, &range, print_value, said);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " ping_droprate-path-01=0.25 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " ping_droprate-path-02=-1 "));
}

static void nothing_is_nan(void)
{
    struct ht_report report = {
        .status = HT_STATUS_RESOLVE_ERROR, .loss_percent = NAN, .rtt = silence};
    char said[2000] = "";
    struct ht_hop_range range = {0};
    ht_collectd_values(&report, &range, print_value, said);
    CU_ASSERT_STRING_EQUAL(said, "ping=-1 ping_stddev=-1 ping_droprate=-1 gauge-hops=0 "
                                 "gauge-reached=0 gauge-path_id=-1 gauge-result_code=3 "
                                 "gauge-path_changes=-1 gauge-loss_significant=-1 "
                                 "gauge-loss_after_hop=-1 gauge-loss_by_hop=-1 "
                                 "gauge-rtt_risen=-1 ");
}

static const struct unit_case cases[] = {
    UNIT_CASE(mailbox_keeps_order),
    UNIT_CASE(mailbox_drops_the_oldest),
    UNIT_CASE(mailbox_keeps_events),
    UNIT_CASE(mailbox_bounds_events),
    UNIT_CASE(instance_has_no_slash),
    UNIT_CASE(time_never_goes_back),
    UNIT_CASE(short_rounds_catch_up_too),
    UNIT_CASE(defaults_reach_every_target),
    UNIT_CASE(quotes_do_not_matter),
    UNIT_CASE(what_looks_back),
    UNIT_CASE(shards),
    UNIT_CASE(events_and_state),
    UNIT_CASE(a_port_needs_a_protocol),
    UNIT_CASE(faulty_targets_are_skipped),
    UNIT_CASE(hosts_that_are_none),
    UNIT_CASE(contradictions_are_found_last),
    UNIT_CASE(bad_lines_change_nothing),
    UNIT_CASE(all_values_of_a_record),
    UNIT_CASE(where_a_path_breaks),
    UNIT_CASE(nothing_is_nan),
};

UNIT_MAIN("collectd/plugin", cases)
