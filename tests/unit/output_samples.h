/* Reports for the tests of the outputs, from the interface's own example to the most hostile
 * names that a configuration or a stranger's DNS can hold. */
#ifndef HT_TESTS_OUTPUT_SAMPLES_H
#define HT_TESTS_OUTPUT_SAMPLES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "hoptrace/report.h"
#include "output/output.h"

#define SAMPLE_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SAMPLE_IPV4(a, b, c, d)                                                                    \
    {                                                                                              \
        .version = HT_IPV4, .bytes = {(a), (b), (c), (d) }                                         \
    }
#define SAMPLE_NO_RTT                                                                              \
    {                                                                                              \
        NAN, NAN, NAN, NAN, NAN, NAN, NAN                                                          \
    }
#define SAMPLE_RTT                                                                                 \
    {                                                                                              \
        8.1, 8.3, 8.8, 0.2, 8.2, 8.8, 0.1                                                          \
    }
#define SAMPLE_TIME_NS INT64_C(1767323045678901000)

/* The example of the interface: what it shows, and one hop. */
static const struct ht_mpls sample_label[] = {{16001, 0, true, 1}};
static const struct ht_node sample_router[] = {
    {.facts.address = SAMPLE_IPV4(10, 0, 0, 1),
     .facts.received = 3,
     .rtt = {0.4, 0.5, 0.6, 0.1, 0.5, 0.6, 0.1},
     .loss_percent = NAN,
     .facts.icmp_type = 11,
     .facts.icmp_code = 0,
     .facts.reply_ttl = 64,
     .facts.mpls = sample_label,
     .facts.mpls_count = 1},
};
static const struct ht_hop sample_first_hop[] = {
    {.ttl = 1,
     .sent = 3,
     .received = 3,
     .loss_percent = 0,
     .rtt = {0.4, 0.5, 0.6, 0.1, 0.5, 0.6, 0.1},
     .nodes = sample_router,
     .node_count = 1},
};
static const struct ht_tag sample_site[] = {{"site", "fra1"}};
static const struct ht_report sample_full = {
    .name = "core-db",
    .host = "192.0.2.7",
    .tags = sample_site,
    .tag_count = 1,
    .address = SAMPLE_IPV4(192, 0, 2, 7),
    .source = SAMPLE_IPV4(10, 0, 0, 2),
    .family = HT_FAMILY_IPV4,
    .protocol = HT_TCP,
    .port = 5432,
    .max_ttl = 30,
    .probes = 3,
    .time_ns = SAMPLE_TIME_NS,
    .duration_ns = 41200000,
    .status = HT_STATUS_REACHED,
    .stop_reason = HT_STOP_DESTINATION,
    .hop_count = 12,
    .has_path_id = true,
    .path_id = 0x9f3a5c1e,
    .sent = 36,
    .received = 34,
    .time_source = HT_TIME_KERNEL,
    .loss_percent = 0,
    .rtt = SAMPLE_RTT,
    .hops = sample_first_hop,
    .listed_hops = 1,
};

/* A name that does not resolve, any family: nothing is known. */
static const struct ht_report sample_unresolved = {
    .name = "nosuch",
    .host = "nosuch.example",
    .family = HT_FAMILY_ANY,
    .protocol = HT_ICMP,
    .max_ttl = 30,
    .probes = 3,
    .time_ns = SAMPLE_TIME_NS,
    .duration_ns = 5000000000,
    .status = HT_STATUS_RESOLVE_ERROR,
    .stop_reason = HT_STOP_RESOLVE_ERROR,
    .error = "nosuch.example: no such name",
    .time_source = HT_TIME_USER,
    .loss_percent = NAN,
    .rtt = SAMPLE_NO_RTT,
};

/* IPv6, a silent hop, a hop with three addresses, two labels, an answer that is not ICMP's. */
static const struct ht_mpls sample_stack[] = {{24001, 5, false, 1}, {1048575, 7, true, 255}};
static const struct ht_node sample_balanced[] = {
    {.facts.address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 3}},
     .facts.received = 1,
     .rtt = {2, 2, 2, 0, 2, 2, NAN},
     .loss_percent = NAN,
     .facts.icmp_type = 3,
     .facts.icmp_code = 0,
     .facts.reply_ttl = 0},
    {.facts.address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}},
     .hostname = "ae1-3202.ear3.frankfurt1.example.net",
     .facts.received = 2,
     .rtt = {1.5, 1.75, 2, 0.25, 1.5, 2, 0.5},
     .loss_percent = NAN,
     .facts.icmp_type = 3,
     .facts.icmp_code = 0,
     .facts.reply_ttl = 62,
     .facts.mpls = sample_stack,
     .facts.mpls_count = 2},
    {.facts.address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
     .hostname = "b.example",
     .facts.received = 2,
     .rtt = {1.5, 1.75, 2, 0.25, 1.5, 2, 0.5},
     .loss_percent = NAN,
     .facts.icmp_type = 3,
     .facts.icmp_code = 0,
     .facts.reply_ttl = 62},
};
static const struct ht_node sample_ipv6_end[] = {
    {.facts.address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1}},
     .zone = "of no scope",
     .facts.received = 1,
     .rtt = {10.0006, 10.0006, 10.0006, 0, 10.0006, 10.0006, NAN},
     .loss_percent = NAN,
     .facts.icmp_type = 1,
     .facts.icmp_code = 4,
     .facts.reply_ttl = 60,
     .refusal = "port unreachable"},
};
static const struct ht_hop sample_ipv6_hops[] = {
    {.ttl = 2, .sent = 4, .received = 0, .loss_percent = 100, .rtt = SAMPLE_NO_RTT},
    {.ttl = 3,
     .shared = true,
     .sent = 6,
     .received = 5,
     .loss_percent = 100.0 * (1 - 5.0 / 6),
     .rtt = {1.5, 1.8, 2, 0.24, 2, 2, 0.375},
     .nodes = sample_balanced,
     .node_count = 3},
    {.ttl = 4,
     .sent = 3,
     .received = 1,
     .loss_percent = 100.0 * (1 - 1.0 / 3),
     .rtt = {10.0006, 10.0006, 10.0006, 0, 10.0006, 10.0006, NAN},
     .nodes = sample_ipv6_end,
     .node_count = 1},
};
static const struct ht_report sample_ipv6 = {
    .name = "v6",
    .host = "v6.example",
    .address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 9}},
    .source = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 2},
    .source_zone = "eth0",
    .family = HT_FAMILY_IPV6,
    .protocol = HT_UDP,
    .error = "2001:db8:1::1 at hop 4 says port unreachable",
    .port = 33434,
    .max_ttl = 64,
    .probes = 3,
    .time_ns = SAMPLE_TIME_NS,
    .duration_ns = 1234567891,
    .status = HT_STATUS_UNREACHABLE,
    .stop_reason = HT_STOP_UNREACHABLE,
    .hop_count = 4,
    .has_path_id = true,
    .path_id = 0x0000beef,
    .sent = 13,
    .received = 6,
    .local_errors = 2,
    .rx_overflows = 1,
    .time_source = HT_TIME_KERNEL_RX,
    .loss_percent = 100,
    .rtt = SAMPLE_NO_RTT,
    .hops = sample_ipv6_hops,
    .listed_hops = 3,
};

/* Nothing answered: the record is there all the same, without a hop. */
static const struct ht_report sample_silent = {
    .name = "silent",
    .host = "198.51.100.1",
    .address = SAMPLE_IPV4(198, 51, 100, 1),
    .source = SAMPLE_IPV4(10, 0, 0, 2),
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .max_ttl = 30,
    .probes = 3,
    .time_ns = 0,
    .duration_ns = 0,
    .status = HT_STATUS_INCOMPLETE,
    .stop_reason = HT_STOP_GAP_LIMIT,
    .sent = 20,
    .time_source = HT_TIME_USER,
    .loss_percent = 100,
    .rtt = SAMPLE_NO_RTT,
};

/* Cut short before anybody knew where the path ends: all that it says is what has answered. */
static const struct ht_report sample_cut_short = {
    .name = "cut",
    .host = "192.0.2.7",
    .address = SAMPLE_IPV4(192, 0, 2, 7),
    .source = SAMPLE_IPV4(10, 0, 0, 2),
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .max_ttl = 30,
    .probes = 3,
    .time_ns = SAMPLE_TIME_NS,
    .duration_ns = 41200000,
    .status = HT_STATUS_INCOMPLETE,
    .stop_reason = HT_STOP_INTERRUPTED,
    .reached_unknown = true,
    .path_unknown = true,
    .hop_count = 1,
    .sent = 3,
    .received = 3,
    .time_source = HT_TIME_KERNEL,
    .loss_percent = NAN,
    .rtt = SAMPLE_NO_RTT,
    .hops = sample_first_hop,
    .listed_hops = 1,
};

/* Strings that want out of their place. 127 bytes of them in the name, a backslash at its end. */
#define SAMPLE_HOSTILE                                                                             \
    " ,=\"\\\n\r\t\x01\x1b[31m\x7f\xff\xc3\xc2\x85/\\ \\,\\=\\\\#{}'%s\xe2\x80\xae\xed\xa0\x80"
#define SAMPLE_SIXTY "sixty-sixty-sixty-sixty-sixty-sixty-sixty-sixty-sixty-sixty-"
static const char sample_hostile_name[] =
    SAMPLE_SIXTY SAMPLE_HOSTILE "0123456789abcdefghijklmnop\\";
static const struct ht_tag sample_hostile_tags[] = {
    {"zone", SAMPLE_HOSTILE},
    {"empty", ""},
    {"", "no key"},
    {"target", "ours"},
    {"hop", "ours"},
    {"family", "ours"},
    {"protocol", "ours"},
    {"stat", "not influx'"},
    {"a b,c=d\\", "end\\"},
    {"a b,c=d_", "clash"},
    {"a-b", "1"},
    {"a_b", "2"},
    {"a.b", "3"},
    {"9lives", "cat"},
    {"__name__", "reserved"},
    {"--x", "reserved"},
    {"tab\tkey", "a\tb"},
    {"\xc3\xbc"
     "ber",
     "\xc3\xbc"},
    {"zone", "again"},
    {"backslashes", "\\\\"},
    {NULL, NULL},
};
static const struct ht_node sample_hostile_nodes[] = {
    {.facts.address = SAMPLE_IPV4(10, 0, 0, 1),
     .hostname = "\x1b]0;owned\x07" SAMPLE_HOSTILE,
     .facts.received = 1,
     .rtt = {INFINITY, -INFINITY, 1e300, -0.0, -0.0001, 1e-9, NAN},
     .loss_percent = NAN,
     .facts.icmp_type = 3,
     .facts.icmp_code = 77,
     .facts.reply_ttl = 0},
    {.facts.address = SAMPLE_IPV4(10, 0, 0, 2),
     .hostname = "",
     .facts.received = 1,
     .rtt = SAMPLE_NO_RTT,
     .loss_percent = NAN,
     .facts.by_tcp = true,
     .facts.reply_ttl = 0},
};
static const struct ht_hop sample_hostile_hops[] = {
    {.ttl = 255,
     .sent = UINT32_MAX,
     .received = UINT32_MAX,
     .loss_percent = NAN,
     .rtt = {INFINITY, -INFINITY, 1e300, -0.0, -0.0001, 1e-9, NAN},
     .nodes = sample_hostile_nodes,
     .node_count = 2},
};
static const struct ht_report sample_hostile = {
    .name = sample_hostile_name,
    .host = SAMPLE_HOSTILE,
    .tags = sample_hostile_tags,
    .tag_count = SAMPLE_COUNT(sample_hostile_tags),
    .address = SAMPLE_IPV4(192, 0, 2, 1),
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .max_ttl = 255,
    .probes = 1000,
    .time_ns = INT64_MAX,
    .duration_ns = INT64_MAX,
    .status = HT_STATUS_ERROR,
    .stop_reason = HT_STOP_ERROR,
    .error = "sendmsg: \"" SAMPLE_HOSTILE "\"",
    .hop_count = 255,
    .sent = UINT32_MAX,
    .received = UINT32_MAX,
    .local_errors = UINT32_MAX,
    .rx_overflows = UINT32_MAX,
    .time_source = HT_TIME_USER,
    .loss_percent = NAN,
    .rtt = {INFINITY, -INFINITY, 1e300, -0.0, -0.0001, 1e-9, NAN},
    .hops = sample_hostile_hops,
    .listed_hops = 1,
};

static const struct ht_report *const sample_reports[] = {
    &sample_full,   &sample_unresolved, &sample_ipv6,
    &sample_silent, &sample_cut_short,  &sample_hostile,
};

/* Events: all that one can tell; as little as it can; and one that wants out of its place. */
static const struct ht_event sample_path_changed = {
    .kind = HT_EVENT_PATH_CHANGED,
    .severity = HT_SEVERITY_WARNING,
    .message = "core-db: the path changed at hop 5, from 10.0.4.1 to 10.0.5.1",
    .name = "core-db",
    .host = "192.0.2.7",
    .tags = sample_site,
    .tag_count = 1,
    .address = SAMPLE_IPV4(192, 0, 2, 7),
    .family = HT_FAMILY_IPV4,
    .protocol = HT_TCP,
    .port = 5432,
    .time_ns = SAMPLE_TIME_NS,
    .old_address = SAMPLE_IPV4(10, 0, 4, 1),
    .new_address = SAMPLE_IPV4(10, 0, 5, 1),
    .ttl = 5,
    .old_hops = 11,
    .new_hops = 12,
    .has_old_path_id = true,
    .has_new_path_id = true,
    .old_path_id = 0x0000beef,
    .new_path_id = 0x9f3a5c1e,
    .seen_before = true,
};
static const struct ht_event sample_path_lost = {
    .kind = HT_EVENT_PATH_CHANGED,
    .severity = HT_SEVERITY_FAILURE,
    .message = "changed",
    .name = "core-db",
    .host = "192.0.2.7",
    .family = HT_FAMILY_ANY,
    .protocol = HT_ICMP,
    .time_ns = 0,
};
static const struct ht_event sample_address_changed = {
    .kind = HT_EVENT_ADDRESS_CHANGED,
    .severity = HT_SEVERITY_OKAY,
    .message = "v6.example is at 2001:db8:1::9 now, no longer at fe80::1%eth0",
    .name = "v6",
    .host = "v6.example",
    .address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 9}},
    .family = HT_FAMILY_IPV6,
    .protocol = HT_UDP,
    .port = 33434,
    .time_ns = SAMPLE_TIME_NS,
    .old_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 2},
    .old_zone = "eth0",
    .new_address = {.version = HT_IPV6, .bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 9}},
};
static const struct ht_tag sample_event_tags[] = {
    {"event", "ours"},         {"message", "a field"},  {"new_address", "a field"},
    {"ttl", "a field"},        {"severity", "a field"}, {"seen_before", "a field"},
    {"sort", "of the user's"},
};
static const struct ht_event sample_hostile_event = {
    .kind = HT_EVENT_PATH_CHANGED,
    .severity = HT_SEVERITY_WARNING,
    .message = SAMPLE_SIXTY SAMPLE_SIXTY SAMPLE_SIXTY SAMPLE_HOSTILE "0123456789abcdefghij\\\\\\",
    .name = sample_hostile_name,
    .host = SAMPLE_HOSTILE,
    .tags = sample_hostile_tags,
    .tag_count = SAMPLE_COUNT(sample_hostile_tags),
    .address = SAMPLE_IPV4(192, 0, 2, 1),
    .address_zone = SAMPLE_HOSTILE,
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = INT64_MAX,
    .old_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 2},
    .old_zone = SAMPLE_HOSTILE,
    .new_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 2}, .scope_id = 3},
    .new_zone = "\\",
    .ttl = 255,
    .old_hops = 255,
};
static const struct ht_event sample_loss_began = {
    .kind = HT_EVENT_LOSS_BEGAN,
    .severity = HT_SEVERITY_WARNING,
    .message = "core-db: 10.5% loss, beginning between hop 4 and hop 6",
    .name = "core-db",
    .host = "192.0.2.7",
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = SAMPLE_TIME_NS,
    .has_place = true,
    .after_hop = 4,
    .by_hop = 6,
    .after_address = SAMPLE_IPV4(10, 0, 4, 1),
    .by_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 2},
    .by_zone = "eth0",
    .loss_percent = 10.5,
};
static const struct ht_event sample_rtt_rose = {
    .kind = HT_EVENT_RTT_ROSE,
    .severity = HT_SEVERITY_WARNING,
    .message = "core-db: slower",
    .name = "core-db",
    .host = "192.0.2.7",
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = SAMPLE_TIME_NS,
    .has_place = true,
    .by_hop = 1,
    .by_address = SAMPLE_IPV4(10, 0, 0, 1),
    .rtt_ms = 16,
    .usual_rtt_ms = 8.25,
};
/* Nothing of it is known. */
static const struct ht_event sample_rtt_fell = {
    .kind = HT_EVENT_RTT_FELL,
    .severity = HT_SEVERITY_OKAY,
    .message = "core-db: as usual",
    .name = "core-db",
    .host = "192.0.2.7",
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = SAMPLE_TIME_NS,
    .rtt_ms = NAN,
    .usual_rtt_ms = NAN,
};
static const struct ht_event sample_unreached = {
    .kind = HT_EVENT_UNREACHED,
    .severity = HT_SEVERITY_FAILURE,
    .message = "core-db: no answer",
    .name = "core-db",
    .host = "192.0.2.7",
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = SAMPLE_TIME_NS,
    .status = HT_STATUS_INCOMPLETE,
    .stop_reason = HT_STOP_GAP_LIMIT,
    .last_hop = 7,
    .last_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 7}, .scope_id = 2},
    .last_zone = "eth0",
};
static const char *const sample_names[] = {"web 1", "web\"2\"", sample_hostile_name};
static const struct ht_event sample_common_cause = {
    .kind = HT_EVENT_COMMON_CAUSE,
    .severity = HT_SEVERITY_FAILURE,
    .message = "12 targets",
    .name = "core-db",
    .host = "192.0.2.7",
    .tags = sample_site,
    .tag_count = 1,
    .family = HT_FAMILY_IPV4,
    .protocol = HT_ICMP,
    .time_ns = SAMPLE_TIME_NS,
    .after_address = {.version = HT_IPV6, .bytes = {0xfe, 0x80, [15] = 3}, .scope_id = 2},
    .after_zone = "eth1",
    .by_address = SAMPLE_IPV4(10, 0, 6, 1),
    .of = HT_EVENT_LOSS_BEGAN,
    .targets = 12,
    .names = sample_names,
    .name_count = 2,
};
static const struct ht_event sample_hostile_cause = {
    .kind = HT_EVENT_COMMON_CAUSE,
    .severity = HT_SEVERITY_WARNING,
    .message = SAMPLE_HOSTILE,
    .family = HT_FAMILY_ANY,
    .protocol = HT_ICMP,
    .of = HT_EVENT_KINDS,
    .targets = UINT32_MAX,
    .names = sample_names,
    .name_count = SAMPLE_COUNT(sample_names),
};
static const struct ht_event *const sample_events[] = {
    &sample_path_changed, &sample_path_lost,     &sample_address_changed, &sample_hostile_event,
    &sample_loss_began,   &sample_rtt_rose,      &sample_rtt_fell,        &sample_unreached,
    &sample_common_cause, &sample_hostile_cause,
};

static const struct ht_output_record sample_records[] = {
    {.report = &sample_full},   {.report = &sample_unresolved}, {.report = &sample_ipv6},
    {.report = &sample_silent}, {.report = &sample_cut_short},  {.report = &sample_hostile},
};

static const struct ht_output_context sample_context = {.hostname = "probe1", .interval_s = 60};

/* A report that is remembered, with one event. */
static const uint32_t sample_counts[HT_EVENT_KINDS] = {3, 0};
static inline struct ht_report sample_remembered(void)
{
    struct ht_report report = sample_full;
    report.remembered = true;
    report.path_changes = 3;
    report.path_since_ns = SAMPLE_TIME_NS - INT64_C(3600000000000);
    report.event_counts = sample_counts;
    report.event_kinds = SAMPLE_COUNT(sample_counts);
    return report;
}

/* A report whose path loses from hop 4 to hop 6, and is slow from the first hop on. */
static const struct ht_report_window sample_window = {
    .rounds = 20,
    .sent = 60,
    .received = 54,
    .loss_percent = 10,
    .rtt = SAMPLE_RTT,
    .loss_significant = true,
    .has_loss_place = true,
    .loss_after_hop = 4,
    .loss_by_hop = 6,
    .rtt_risen = true,
    .has_rtt_place = true,
    .rtt_after_hop = 0,
    .rtt_by_hop = 1,
};
static const struct ht_hop sample_where_hop[] = {
    {.ttl = 1,
     .sent = 3,
     .received = 3,
     .rtt = SAMPLE_RTT,
     .nodes = sample_router,
     .node_count = 1,
     .path_loss_percent = 2.5,
     .window_loss_percent = 40,
     .rate_limit_pps = 0.9876},
};
static inline struct ht_report sample_where(void)
{
    struct ht_report report = sample_remembered();
    report.window = &sample_window;
    report.hops = sample_where_hop;
    return report;
}

/* The same, of which nothing is known yet. */
static const struct ht_report_window sample_new_window = {
    .rounds = 1,
    .loss_percent = NAN,
    .rtt = SAMPLE_NO_RTT,
    .loss_after_hop = 1,
    .loss_by_hop = 2,
    .rtt_after_hop = 3,
    .rtt_by_hop = 4,
};
static const struct ht_hop sample_new_hop[] = {
    {.ttl = 1,
     .sent = 3,
     .rtt = SAMPLE_NO_RTT,
     .path_loss_percent = NAN,
     .window_loss_percent = NAN,
     .rate_limit_pps = NAN},
};
static inline struct ht_report sample_where_unknown(void)
{
    struct ht_report report = sample_remembered();
    report.window = &sample_new_window;
    report.hops = sample_new_hop;
    return report;
}

/* The line of an event before that of sample_silent, as a string that ht_text_fini frees. */
static inline struct ht_text sample_event_written(const char *format, const struct ht_event *event)
{
    const struct ht_output_record record = {
        .report = &sample_silent, .events = &event, .event_count = 1};
    struct ht_text text = {0};
    ht_output_find(format)->write(&text, &record, 1, &sample_context);
    char *end = strchr(text.data, '\n');
    if (end != NULL)
        end[1] = '\0';
    return text;
}

/* Whether the format writes the event as `expected`; shows the difference if not. */
static inline bool sample_event_is(const char *format, const struct ht_event *event,
                                   const char *expected)
{
    struct ht_text text = sample_event_written(format, event);
    bool same = !text.failed && strcmp(text.data, expected) == 0;
    if (!same)
        (void)printf("\n--- expected\n%s--- written\n%s---\n", expected, text.data);
    ht_text_fini(&text);
    return same;
}

/* One report in a format, as a string that ht_text_fini frees. */
static inline struct ht_text sample_written(const char *format, const struct ht_report *report)
{
    const struct ht_output_record record = {.report = report};
    struct ht_text text = {0};
    ht_output_find(format)->write(&text, &record, 1, &sample_context);
    return text;
}

/* Whether the format writes the report as `expected`; shows the difference if not. */
static inline bool sample_is(const char *format, const struct ht_report *report,
                             const char *expected)
{
    struct ht_text text = sample_written(format, report);
    bool same = !text.failed && text.data != NULL && strcmp(text.data, expected) == 0;
    if (!same)
        (void)printf("\n--- expected\n%s--- written\n%s---\n", expected,
                     text.data != NULL ? text.data : "(nothing)\n");
    ht_text_fini(&text);
    return same;
}

/* Whether `expected` is in what the format writes of the report; shows both if not. */
static inline bool sample_has(const char *format, const struct ht_report *report,
                              const char *expected)
{
    struct ht_text text = sample_written(format, report);
    bool found = text.data != NULL && strstr(text.data, expected) != NULL;
    if (!found)
        (void)printf("\n--- expected\n%s\n--- written\n%s", expected,
                     text.data != NULL ? text.data : "");
    ht_text_fini(&text);
    return found;
}

#endif
