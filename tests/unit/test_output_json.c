#include <json-c/json.h>

#include "output_samples.h"
#include "unit.h"

/* Of a target with one flow, and of its nodes. */
#define NO_FLOWS                                                                                   \
    "\"flows\":[],\"links\":[],\"multipath\":null,\"sockets\":null,\"mtu\":null,\"as_path\":[],"   \
    "\"marking\":[],\"translators\":["                                                             \
    "],"
#define NO_FLOWS_OF_NODE                                                                           \
    "\"flows\":[],\"sent\":null,\"loss_percent\":null,\"quoted_tos\":null,\"quoted_ttl\":null,"    \
    "\"reply_hops\":null,\"interface\":null,\"interfaces\":[],\"asn\":null,\"as_name\":null"

#define EXAMPLE_RTT                                                                                \
    "{\"min\":8.1,\"avg\":8.3,\"max\":8.8,\"stddev\":0.2,\"median\":8.2,\"p95\":8.8,\"jitter\":0." \
    "1}"
#define HOP_RTT                                                                                    \
    "{\"min\":0.4,\"avg\":0.5,\"max\":0.6,\"stddev\":0.1,\"median\":0.5,\"p95\":0.6,\"jitter\":0." \
    "1}"
#define UNKNOWN_PLACE                                                                              \
    "\"path_loss_percent\":null,\"window_loss_percent\":null,\"rate_limit_pps\":null,"
#define NO_RTT                                                                                     \
    "{\"min\":null,\"avg\":null,\"max\":null,\"stddev\":null,\"median\":null,\"p95\":null,"        \
    "\"jitter\":null}"

static void the_example(void)
{
    CU_ASSERT(sample_is(
        "json", &sample_full,
        "{\"schema\":\"hoptrace/1\",\"target\":\"core-db\",\"host\":\"192.0.2.7\","
        "\"address\":\"192.0.2.7\",\"source\":\"10.0.0.2\",\"family\":\"ipv4\","
        "\"protocol\":\"tcp\",\"port\":5432,\"tags\":{\"site\":\"fra1\"},"
        "\"time\":\"2026-01-02T03:04:05.678901Z\",\"duration_ms\":41.2,\"status\":\"reached\","
        "\"stop_reason\":\"destination\",\"error\":null,\"hop_count\":12,"
        "\"path_id\":\"9f3a5c1e\",\"sent\":36,\"received\":34,\"local_errors\":0,"
        "\"rx_overflows\":0,\"forged\":0,\"time_source\":\"kernel\",\"loss_percent\":0.0,"
        "\"rtt_ms\":" EXAMPLE_RTT
        ",\"path_changes\":null,\"path_since\":null,\"window\":null," NO_FLOWS
        "\"hops\":[{\"ttl\":1,\"sent\":3,\"received\":3,"
        "\"shared\":false,\"loss_percent\":0.0,\"rtt_ms\":" HOP_RTT
        ",\"other_received\":0," UNKNOWN_PLACE "\"nodes\":["
        "{\"address\":\"10.0.0.1\",\"hostname\":null,\"received\":3,\"rtt_ms\":" HOP_RTT ","
        "\"icmp_type\":11,\"icmp_code\":0,\"reply_ttl\":64,\"mpls\":[{\"label\":16001,\"tc\":0,"
        "\"bottom\":true,\"ttl\":1}]," NO_FLOWS_OF_NODE "}]}]}\n"));
}

static void unknown_is_null_and_all_keys_are_there(void)
{
    CU_ASSERT(sample_is(
        "json", &sample_unresolved,
        "{\"schema\":\"hoptrace/1\",\"target\":\"nosuch\",\"host\":\"nosuch.example\","
        "\"address\":null,\"source\":null,\"family\":null,\"protocol\":\"icmp\",\"port\":null,"
        "\"tags\":{},\"time\":\"2026-01-02T03:04:05.678901Z\",\"duration_ms\":5000.0,"
        "\"status\":\"resolve_error\",\"stop_reason\":\"resolve_error\","
        "\"error\":\"nosuch.example: no such name\",\"hop_count\":0,\"path_id\":null,\"sent\":0,"
        "\"received\":0,\"local_errors\":0,\"rx_overflows\":0,\"forged\":0,\"time_source\":"
        "\"user\","
        "\"loss_percent\":null,\"rtt_ms\":" NO_RTT
        ",\"path_changes\":null,\"path_since\":null,\"window\":null," NO_FLOWS "\"hops\":[]}\n"));
}

static void what_was_cut_short_is_null(void)
{
    struct ht_text text = sample_written("json", &sample_cut_short);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data,
                                  "\"status\":\"incomplete\",\"stop_reason\":\"interrupted\","
                                  "\"error\":null,\"hop_count\":1,\"path_id\":null,\"sent\":3,"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text.data, "\"loss_percent\":null,\"rtt_ms\":" NO_RTT
                          ",\"path_changes\":null,\"path_since\":null,\"window\":null," NO_FLOWS
                          "\"hops\":[{"));
    ht_text_fini(&text);
}

static void an_array_is_one_line(void)
{
    struct ht_text array = {0};
    ht_output_find("json-array")
        ->write(&array, sample_records, SAMPLE_COUNT(sample_records), &sample_context);
    CU_ASSERT_PTR_EQUAL(strchr(array.data, '\n'), array.data + array.length - 1);
    struct json_object *records = json_tokener_parse(array.data);
    CU_ASSERT_EQUAL_FATAL(json_object_get_type(records), json_type_array);
    CU_ASSERT_EQUAL(json_object_array_length(records), SAMPLE_COUNT(sample_reports));
    for (size_t i = 0; i < SAMPLE_COUNT(sample_reports); i++) {
        struct ht_text alone = sample_written("json", sample_reports[i]);
        struct json_object *record = json_tokener_parse(alone.data);
        CU_ASSERT(json_object_equal(record, json_object_array_get_idx(records, i)));
        (void)json_object_put(record);
        ht_text_fini(&alone);
    }
    (void)json_object_put(records);
    ht_text_fini(&array);
}

/* The parsed object, to be put away by the caller. */
static struct json_object *parsed(const char *format, const struct ht_report *report)
{
    struct ht_text text = sample_written(format, report);
    struct json_object *object = json_tokener_parse(text.data);
    ht_text_fini(&text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    return object;
}

static struct json_object *at(struct json_object *object, const char *pointer)
{
    struct json_object *found = NULL;
    CU_ASSERT_EQUAL(json_pointer_get(object, pointer, &found), 0);
    return found;
}

static void silent_hops_and_many_nodes(void)
{
    struct json_object *object = parsed("json", &sample_ipv6);
    CU_ASSERT_EQUAL(json_object_array_length(at(object, "/hops")), 3);
    CU_ASSERT_EQUAL(json_object_array_length(at(object, "/hops/0/nodes")), 0);
    CU_ASSERT_PTR_NULL(at(object, "/hops/0/rtt_ms/min"));
    CU_ASSERT_EQUAL(json_object_array_length(at(object, "/hops/1/nodes")), 3);
    CU_ASSERT_TRUE(json_object_get_boolean(at(object, "/hops/1/shared")));
    CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/hops/1/nodes/0/address")),
                           "2001:db8::3");
    CU_ASSERT_PTR_NULL(at(object, "/hops/1/nodes/0/reply_ttl"));
    CU_ASSERT_EQUAL(json_object_array_length(at(object, "/hops/1/nodes/1/mpls")), 2);
    CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/source")), "fe80::1%eth0");
    (void)json_object_put(object);
}

static void tcp_answers_have_no_icmp(void)
{
    struct json_object *object = parsed("json", &sample_hostile);
    CU_ASSERT_EQUAL(json_object_get_int(at(object, "/hops/0/nodes/0/icmp_code")), 77);
    CU_ASSERT_PTR_NULL(at(object, "/hops/0/nodes/1/icmp_type"));
    CU_ASSERT_PTR_NULL(at(object, "/hops/0/nodes/1/icmp_code"));
    CU_ASSERT_PTR_NULL(at(object, "/hops/0/nodes/1/reply_ttl"));
    (void)json_object_put(object);
}

static void hostile_names_survive(void)
{
    struct ht_text text = sample_written("json", &sample_hostile);
    size_t control = 0;
    for (size_t i = 0; i < text.length; i++)
        control += (unsigned char)text.data[i] < 32;
    CU_ASSERT_EQUAL(control, 1); /* the newline at the end */
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tokener, text.data, (int)text.length);
    CU_ASSERT_EQUAL(json_tokener_get_error(tokener), json_tokener_success);
    CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/tags/backslashes")), "\\\\");
    CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/tags/tab\tkey")), "a\tb");
    (void)json_object_put(object);
    json_tokener_free(tokener);
    ht_text_fini(&text);
}

static void pretty_says_the_same(void)
{
    for (size_t i = 0; i < SAMPLE_COUNT(sample_reports); i++) {
        struct json_object *line = parsed("json", sample_reports[i]);
        struct json_object *pretty = parsed("json-pretty", sample_reports[i]);
        CU_ASSERT_TRUE(json_object_equal(line, pretty));
        (void)json_object_put(line);
        (void)json_object_put(pretty);
    }
    struct ht_text text = sample_written("json-pretty", &sample_full);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "{\n  \"schema\": \"hoptrace/1\",\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n  \"duration_ms\": 41.2,\n"));
    CU_ASSERT_STRING_EQUAL(text.data + text.length - 2, "}\n");
    ht_text_fini(&text);
}

static void one_object_a_line(void)
{
    struct ht_text text = {0};
    size_t count = SAMPLE_COUNT(sample_reports);
    ht_output_find("json")->write(&text, sample_records, count, NULL);
    size_t lines = 0;
    for (char *end = strchr(text.data, '\n'); end != NULL; end = strchr(end + 1, '\n'))
        lines++;
    CU_ASSERT_EQUAL(lines, count);
    ht_text_fini(&text);
}

/* ---- events ---- */

static void an_event(void)
{
    CU_ASSERT(sample_event_is(
        "json", &sample_path_changed,
        "{\"schema\":\"hoptrace-event/1\",\"event\":\"path_changed\",\"severity\":\"warning\","
        "\"message\":\"core-db: the path changed at hop 5, from 10.0.4.1 to 10.0.5.1\","
        "\"target\":\"core-db\",\"host\":\"192.0.2.7\",\"address\":\"192.0.2.7\","
        "\"family\":\"ipv4\",\"protocol\":\"tcp\",\"port\":5432,\"tags\":{\"site\":\"fra1\"},"
        "\"time\":\"2026-01-02T03:04:05.678901Z\",\"flow\":0,\"ttl\":5,"
        "\"old_address\":\"10.0.4.1\",\"new_address\":\"10.0.5.1\",\"old_path_id\":\"0000beef\","
        "\"new_path_id\":\"9f3a5c1e\",\"old_hops\":11,\"new_hops\":12,\"seen_before\":true}\n"));
    CU_ASSERT(sample_event_is(
        "json", &sample_address_changed,
        "{\"schema\":\"hoptrace-event/1\",\"event\":\"address_changed\",\"severity\":\"okay\","
        "\"message\":\"v6.example is at 2001:db8:1::9 now, no longer at fe80::1%eth0\","
        "\"target\":\"v6\",\"host\":\"v6.example\",\"address\":\"2001:db8:1::9\","
        "\"family\":\"ipv6\",\"protocol\":\"udp\",\"port\":33434,\"tags\":{},"
        "\"time\":\"2026-01-02T03:04:05.678901Z\",\"flow\":0,\"old_address\":\"fe80::1%eth0\","
        "\"new_address\":\"2001:db8:1::9\"}\n"));
}

static void what_an_event_does_not_know_is_null(void)
{
    CU_ASSERT(sample_event_is(
        "json", &sample_path_lost,
        "{\"schema\":\"hoptrace-event/1\",\"event\":\"path_changed\",\"severity\":\"failure\","
        "\"message\":\"changed\",\"target\":\"core-db\",\"host\":\"192.0.2.7\","
        "\"address\":null,\"family\":null,\"protocol\":\"icmp\",\"port\":null,\"tags\":{},"
        "\"time\":\"1970-01-01T00:00:00.000000Z\",\"flow\":0,\"ttl\":0,\"old_address\":null,"
        "\"new_address\":null,\"old_path_id\":null,\"new_path_id\":null,\"old_hops\":0,"
        "\"new_hops\":0,\"seen_before\":false}\n"));
}

/* Two records, the first with two events. */
static struct ht_text two_records(const char *format)
{
    static const struct ht_event *const both[] = {&sample_address_changed, &sample_path_changed};
    static const struct ht_output_record records[] = {
        {.report = &sample_full, .events = both, .event_count = 2}, {.report = &sample_silent}};
    struct ht_text text = {0};
    ht_output_find(format)->write(&text, records, 2, &sample_context);
    return text;
}

static const char *const in_order[] = {"v6", "core-db", "core-db", "silent"};

static void events_stand_before_their_record(void)
{
    struct ht_text text = two_records("json");
    char *line = text.data;
    for (size_t i = 0; i < SAMPLE_COUNT(in_order); i++) {
        struct json_object *object = json_tokener_parse(line);
        CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/target")), in_order[i]);
        CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/schema")),
                               i < 2 ? "hoptrace-event/1" : "hoptrace/1");
        (void)json_object_put(object);
        line = strchr(line, '\n') + 1;
    }
    CU_ASSERT_EQUAL(*line, '\0');
    ht_text_fini(&text);
}

static void an_array_has_events_too(void)
{
    struct ht_text text = two_records("json-array");
    struct json_object *array = json_tokener_parse(text.data);
    CU_ASSERT_PTR_EQUAL(strchr(text.data, '\n'), text.data + text.length - 1);
    CU_ASSERT_EQUAL_FATAL(json_object_array_length(array), SAMPLE_COUNT(in_order));
    for (size_t i = 0; i < SAMPLE_COUNT(in_order); i++) {
        struct json_object *object = json_object_array_get_idx(array, i);
        CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/target")), in_order[i]);
    }
    (void)json_object_put(array);
    ht_text_fini(&text);
}

static void pretty_events(void)
{
    struct ht_text text = two_records("json-pretty");
    CU_ASSERT_PTR_EQUAL(strstr(text.data, "{\n  \"schema\": \"hoptrace-event/1\",\n"), text.data);
    CU_ASSERT_PTR_NOT_NULL(strstr(text.data, "\n}\n{\n  \"schema\": \"hoptrace/1\",\n"));
    ht_text_fini(&text);
}

static void hostile_events_survive(void)
{
    struct ht_text text = sample_event_written("json", &sample_hostile_event);
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    size_t length = strlen(text.data);
    struct json_object *object = json_tokener_parse_ex(tokener, text.data, (int)length);
    CU_ASSERT_EQUAL(json_tokener_get_error(tokener), json_tokener_success);
    CU_ASSERT_EQUAL(strcspn(text.data, "\n"), length - 1);
    CU_ASSERT_STRING_EQUAL(json_object_get_string(at(object, "/new_address")), "fe80::2%\\");
    (void)json_object_put(object);
    json_tokener_free(tokener);
    ht_text_fini(&text);
}

static void changes_of_what_is_remembered(void)
{
    struct ht_report report = sample_remembered();
    struct ht_text text = sample_written("json", &report);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text.data, ",\"path_changes\":3,\"path_since\":"
                   "\"2026-01-02T02:04:05.678901Z\",\"window\":null," NO_FLOWS "\"hops\":["));
    ht_text_fini(&text);
}

static bool is_written(const struct ht_report *report, const char *expected)
{
    struct ht_text text = sample_written("json", report);
    bool found = strstr(text.data, expected) != NULL;
    if (!found)
        (void)printf("\n--- expected\n%s\n--- written\n%s", expected, text.data);
    ht_text_fini(&text);
    return found;
}

static void windows(void)
{
    const struct ht_report where = sample_where();
    CU_ASSERT(is_written(
        &where,
        "\"window\":{\"rounds\":20,\"sent\":60,\"received\":54,\"loss_percent\":10.0,"
        "\"rtt_ms\":" EXAMPLE_RTT ",\"loss_significant\":true,\"loss_after_hop\":4,"
        "\"loss_by_hop\":6,\"rtt_risen\":true,\"rtt_after_hop\":0,\"rtt_by_hop\":1}," NO_FLOWS
        "\"hops\":["));
    CU_ASSERT(is_written(&where, ",\"other_received\":0,\"path_loss_percent\":2.5,"
                                 "\"window_loss_percent\":40.0,\"rate_limit_pps\":0.988,"
                                 "\"nodes\":["));
    const struct ht_report unknown = sample_where_unknown();
    CU_ASSERT(is_written(&unknown,
                         "\"window\":{\"rounds\":1,\"sent\":0,\"received\":0,\"loss_percent\":null,"
                         "\"rtt_ms\":" NO_RTT ",\"loss_significant\":false,\"loss_after_hop\":null,"
                         "\"loss_by_hop\":null,\"rtt_risen\":false,\"rtt_after_hop\":null,"
                         "\"rtt_by_hop\":null}," NO_FLOWS "\"hops\":["));
    CU_ASSERT(is_written(&unknown, ",\"other_received\":0," UNKNOWN_PLACE "\"nodes\":[]"));
}

/* What stands behind the common fields. */
static bool event_ends_in(const struct ht_event *event, const char *expected)
{
    struct ht_text text = sample_event_written("json", event);
    const char *own = strstr(text.data, "\"flow\":0,");
    bool same = own != NULL && strcmp(own + 8, expected) == 0;
    if (!same)
        (void)printf("\n--- expected\n%s--- written\n%s", expected, text.data);
    ht_text_fini(&text);
    return same;
}

static void events_of_loss_time_and_outage(void)
{
    CU_ASSERT(event_ends_in(&sample_loss_began,
                            ",\"loss_percent\":10.5,\"after_hop\":4,\"by_hop\":6,"
                            "\"after_address\":\"10.0.4.1\",\"by_address\":\"fe80::1%eth0\"}\n"));
    CU_ASSERT(event_ends_in(&sample_rtt_rose,
                            ",\"rtt_ms\":16.0,\"usual_rtt_ms\":8.25,\"after_hop\":0,\"by_hop\":1,"
                            "\"after_address\":null,\"by_address\":\"10.0.0.1\"}\n"));
    CU_ASSERT(event_ends_in(&sample_rtt_fell,
                            ",\"rtt_ms\":null,\"usual_rtt_ms\":null,\"after_hop\":null,"
                            "\"by_hop\":null,\"after_address\":null,\"by_address\":null}\n"));
    CU_ASSERT(event_ends_in(&sample_unreached,
                            ",\"status\":\"incomplete\",\"stop_reason\":\"gap_limit\","
                            "\"last_hop\":7,\"last_address\":\"fe80::7%eth0\"}\n"));
}

static void one_cause_of_many(void)
{
    CU_ASSERT(event_ends_in(&sample_common_cause,
                            ",\"of\":\"loss_began\",\"targets\":12,"
                            "\"names\":[\"web 1\",\"web\\\"2\\\"\"],"
                            "\"after_address\":\"fe80::3%eth1\",\"by_address\":\"10.0.6.1\"}\n"));
    struct ht_text text = sample_event_written("json", &sample_hostile_cause);
    struct json_object *object = json_tokener_parse(text.data);
    CU_ASSERT_EQUAL(json_object_array_length(at(object, "/names")), SAMPLE_COUNT(sample_names));
    (void)json_object_put(object);
    ht_text_fini(&text);
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_example),
    UNIT_CASE(unknown_is_null_and_all_keys_are_there),
    UNIT_CASE(what_was_cut_short_is_null),
    UNIT_CASE(an_array_is_one_line),
    UNIT_CASE(silent_hops_and_many_nodes),
    UNIT_CASE(tcp_answers_have_no_icmp),
    UNIT_CASE(hostile_names_survive),
    UNIT_CASE(pretty_says_the_same),
    UNIT_CASE(one_object_a_line),
    UNIT_CASE(an_event),
    UNIT_CASE(what_an_event_does_not_know_is_null),
    UNIT_CASE(events_stand_before_their_record),
    UNIT_CASE(an_array_has_events_too),
    UNIT_CASE(pretty_events),
    UNIT_CASE(hostile_events_survive),
    UNIT_CASE(changes_of_what_is_remembered),
    UNIT_CASE(windows),
    UNIT_CASE(events_of_loss_time_and_outage),
    UNIT_CASE(one_cause_of_many),
};

UNIT_MAIN("output json", cases)
