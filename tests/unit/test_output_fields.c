/* The table of fields: what its readers rely on. */
#include <string.h>

#include "output/field_table.h"
#include "unit.h"

/* The line protocol wants the keys of a line sorted: a store need not do it again. */
static void expect_sorted(const struct ht_field *fields, size_t count)
{
    const char *previous = "";
    for (size_t i = 0; i < count; i++) {
        const char *key = fields[i].influx.bytes;
        if (key == NULL)
            continue;
        CU_ASSERT_TRUE(strcmp(previous, key) < 0);
        CU_ASSERT_EQUAL(strlen(key), fields[i].influx.length);
        previous = key;
    }
}

static void lines_are_sorted(void)
{
    expect_sorted(ht_report_fields, HT_REPORT_FIELDS);
    expect_sorted(ht_hop_fields, HT_HOP_FIELDS);
    const char *previous = ",rtt";
    for (size_t i = 0; i < HT_STATS; i++) {
        const char *key = ht_stats[i].influx.bytes;
        CU_ASSERT_TRUE(key == NULL || strcmp(previous, key) < 0);
        previous = key != NULL ? key : previous;
    }
}

/* Of a scope: every position from the first to the last has one field, and every key stands once.
 */
static void expect_positions(enum ht_field_scope scope, size_t with_key)
{
    const struct ht_field *order[HT_POSITIONS_MAX] = {NULL};
    size_t count = ht_fields_in_json(scope, order);
    CU_ASSERT_EQUAL(count, with_key);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(order[i]);
        CU_ASSERT_EQUAL(order[i]->scope, scope);
        for (size_t j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(order[i]->json.name, order[j]->json.name);
    }
}

static void positions_have_no_gaps(void)
{
    size_t with_key[HT_FIELD_OF_INTERFACE + 1] = {0};
    size_t metrics = 0;
    for (size_t i = 0; i < HT_REPORT_FIELDS; i++) {
        CU_ASSERT_TRUE_FATAL(ht_report_fields[i].json.position <= HT_POSITIONS_MAX);
        with_key[ht_report_fields[i].scope] += ht_report_fields[i].json.position != 0;
        metrics += ht_report_fields[i].metric.position != 0;
    }
    for (size_t i = 0; i < HT_HOP_FIELDS; i++) {
        CU_ASSERT_TRUE_FATAL(ht_hop_fields[i].json.position <= HT_POSITIONS_MAX);
        with_key[ht_hop_fields[i].scope] += ht_hop_fields[i].json.position != 0;
        metrics += ht_hop_fields[i].metric.position != 0;
    }
    for (size_t i = 0; i < HT_FLOW_FIELDS; i++) {
        with_key[ht_flow_fields[i].scope] += ht_flow_fields[i].json.position != 0;
        metrics += ht_flow_fields[i].metric.position != 0;
    }
    for (size_t i = 0; i < HT_EVENT_FIELDS; i++)
        with_key[ht_event_fields_of_all[i].scope] += ht_event_fields_of_all[i].json.position != 0;
    expect_positions(HT_FIELD_OF_EVENT, with_key[HT_FIELD_OF_EVENT]);
    expect_positions(HT_FIELD_OF_REPORT, with_key[HT_FIELD_OF_REPORT]);
    expect_positions(HT_FIELD_OF_WINDOW, with_key[HT_FIELD_OF_WINDOW]);
    expect_positions(HT_FIELD_OF_HOP, with_key[HT_FIELD_OF_HOP]);
    expect_positions(HT_FIELD_OF_NODE, with_key[HT_FIELD_OF_NODE]);
    expect_positions(HT_FIELD_OF_FLOW, with_key[HT_FIELD_OF_FLOW]);
    expect_positions(HT_FIELD_OF_LINK, with_key[HT_FIELD_OF_LINK]);
    expect_positions(HT_FIELD_OF_MULTIPATH, with_key[HT_FIELD_OF_MULTIPATH]);
    expect_positions(HT_FIELD_OF_MTU, with_key[HT_FIELD_OF_MTU]);
    expect_positions(HT_FIELD_OF_BALANCER, with_key[HT_FIELD_OF_BALANCER]);
    const struct ht_field *order[HT_POSITIONS_MAX] = {NULL};
    CU_ASSERT_EQUAL(ht_fields_in_metrics(order), metrics);
    for (size_t i = 0; i < metrics; i++)
        CU_ASSERT_PTR_NOT_NULL(order[i]);
    const struct ht_stat *stats[HT_POSITIONS_MAX] = {NULL};
    CU_ASSERT_EQUAL(ht_stats_in_json(stats), HT_STATS);
    for (size_t i = 0; i < HT_STATS; i++)
        CU_ASSERT_PTR_NOT_NULL(stats[i]);
}

static void names_of_fields_are_taken(void)
{
    static const char *const taken[] = {"address",    "destination", "hops",           "jitter_ms",
                                        "rtt_p95_ms", "ttl",         "loss_after_hop", "rtt_risen"};
    static const char *const other[] = {"", "rtt", "rtt_p95", "rtt_p95_ms_", "hop_count", ",ttl"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        CU_ASSERT_TRUE(ht_field_is_in_influx(taken[i]));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        CU_ASSERT_FALSE(ht_field_is_in_influx(other[i]));
}

/* What one kind of event tells has another name than what all of them tell. */
static void facts_of_events_are_told_apart(void)
{
    for (int i = 0; i < HT_EVENT_KINDS; i++) {
        const struct ht_event_field *own = ht_event_fields((enum ht_event_kind)i);
        for (; own->name != NULL; own++) {
            CU_ASSERT_TRUE(ht_field_is_in_event((enum ht_event_kind)i, own->name));
            for (size_t j = 0; j < HT_EVENT_FIELDS; j++)
                CU_ASSERT_STRING_NOT_EQUAL(own->name, ht_event_fields_of_all[j].json.name);
        }
    }
    CU_ASSERT_TRUE(ht_field_is_in_event(HT_EVENT_ADDRESS_CHANGED, "severity"));
    CU_ASSERT_FALSE(ht_field_is_in_event(HT_EVENT_ADDRESS_CHANGED, "ttl"));
    CU_ASSERT_FALSE(ht_field_is_in_event(HT_EVENT_ADDRESS_CHANGED, "target"));
}

static const struct unit_case cases[] = {
    UNIT_CASE(lines_are_sorted),
    UNIT_CASE(positions_have_no_gaps),
    UNIT_CASE(names_of_fields_are_taken),
    UNIT_CASE(facts_of_events_are_told_apart),
};

UNIT_MAIN("output fields", cases)
