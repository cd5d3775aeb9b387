/* fields: the facts that the outputs tell, from the table that the outputs are made from, a line
 * each: what it is of, its names in JSON, influx lines and Prometheus ("-": it is not there), its
 * unit or type. */
#include <stdio.h>
#include <string.h>

#include "output/collectd_values.h"
#include "output/field_table.h"
#include "output/output.h"
#include "output/self_fields.h"

static const char *const scopes[] = {
    [HT_FIELD_OF_REPORT] = "record",
    [HT_FIELD_OF_HOP] = "hop",
    [HT_FIELD_OF_NODE] = "node",
    [HT_FIELD_OF_EVENT] = "event",
    [HT_FIELD_OF_WINDOW] = "window",
    [HT_FIELD_OF_FLOW] = "flow",
    [HT_FIELD_OF_LINK] = "link",
    [HT_FIELD_OF_MULTIPATH] = "multipath",
    [HT_FIELD_OF_BALANCER] = "balancer",
    [HT_FIELD_OF_MARKING] = "marking",
    [HT_FIELD_OF_TRANSLATOR] = "translator",
    [HT_FIELD_OF_MTU] = "mtu",
    [HT_FIELD_OF_MTU_LIMIT] = "mtu_limit",
    [HT_FIELD_OF_INTERFACE] = "interface",
};

/* Of JSON and influx lines. Prometheus has seconds for milliseconds, ratios for percent. */
static const char *unit(enum ht_field_type type)
{
    switch (type) {
    case HT_FIELD_HEX:
        return "8 hex digits";
    case HT_FIELD_MS:
    case HT_FIELD_NS:
        return "ms";
    case HT_FIELD_RATE:
        return "1/s";
    case HT_FIELD_PERCENT:
        return "%";
    case HT_FIELD_RTT:
        return "times";
    case HT_FIELD_BOOLEAN:
    case HT_FIELD_REACHED:
    case HT_FIELD_DESTINATION:
        return "boolean";
    case HT_FIELD_FLAG:
        return "boolean, 0/1";
    case HT_FIELD_REACHED_VALUE:
        return "0/1";
    case HT_FIELD_STRING:
    case HT_FIELD_MESSAGE:
    case HT_FIELD_NAME:
    case HT_FIELD_WORD:
        return "text";
    case HT_FIELD_ADDRESS:
        return "address";
    case HT_FIELD_TIME:
        return "time";
    case HT_FIELD_TAGS:
    case HT_FIELD_WINDOW:
    case HT_FIELD_MULTIPATH:
    case HT_FIELD_MTU:
    case HT_FIELD_INTERFACE:
        return "object";
    case HT_FIELD_MPLS:
    case HT_FIELD_STRINGS:
    case HT_FIELD_HOPS:
    case HT_FIELD_NODES:
    case HT_FIELD_FLOWS:
    case HT_FIELD_LINKS:
    case HT_FIELD_BALANCERS:
    case HT_FIELD_NUMBERS:
    case HT_FIELD_LARGE_NUMBERS:
    case HT_FIELD_WORDS:
    case HT_FIELD_MARKINGS:
    case HT_FIELD_TRANSLATORS:
    case HT_FIELD_MTU_LIMITS:
    case HT_FIELD_INTERFACES:
        return "list";
    case HT_FIELD_EVENT_COUNTS:
    case HT_FIELD_HOP_INFO:
        return "labels";
    default:
        return "number";
    }
}

static void show(const char *scope, const char *json, const struct ht_influx_key *influx,
                 const char *metric, const char *type)
{
    int length = influx->bytes != NULL ? (int)influx->length - 2 : 1;
    (void)printf("%s\t%s\t%.*s\t%s\t%s\n", scope, json != NULL ? json : "-", length,
                 influx->bytes != NULL ? influx->bytes + 1 : "-", metric != NULL ? metric : "-",
                 type);
}

static void show_fields(const struct ht_field *fields, size_t count)
{
    static const struct ht_influx_key none = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        const struct ht_field *field = &fields[i];
        bool by_stats = field->type == HT_FIELD_RTT;
        show(scopes[field->scope], field->json.position > 0 ? field->json.name : NULL,
             by_stats ? &none : &field->influx, field->metric.name, unit(field->type));
    }
}

static void show_stats(void)
{
    for (size_t i = 0; i < HT_STATS; i++)
        show("times", ht_stats[i].json.name, &ht_stats[i].influx,
             ht_stats[i].in_metric ? ht_stats[i].json.name : NULL, "ms");
}

/* The unit stands in the name. */
static const char *self_unit(const char *name)
{
    static const struct {
        const char *part;
        const char *unit;
    } units[] = {{"_percent", "%"}, {"_bytes", "bytes"}, {"_ms", "ms"}, {"_seconds", "s"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strstr(name, units[i].part) != NULL)
            return units[i].unit;
    }
    return "number";
}

/* Each has the same name in JSON and influx lines. */
static void show_self(void)
{
    const struct ht_self_field *field;
    for (size_t i = 0; (field = ht_self_field_at(i)) != NULL; i++) {
        const char *name = field->name != NULL ? field->name : "-";
        (void)printf("self\t%s\t%s\t%s%s\t%s\n", name, name,
                     field->metric != NULL ? "hoptrace_self_" : "",
                     field->metric != NULL ? field->metric : "-",
                     self_unit(field->name != NULL ? field->name : field->metric));
    }
}

/* Each has the same name in influx lines. */
static void show_events(void)
{
    for (int kind = 0; kind < HT_EVENT_KINDS; kind++) {
        const struct ht_event_field *own = ht_event_fields((enum ht_event_kind)kind);
        for (; own->name != NULL; own++) {
            struct ht_field field = ht_field_of_event(own);
            (void)printf("%s\t%s\t%s\t-\t%s\n", ht_event_name((enum ht_event_kind)kind), own->name,
                         own->name, unit(field.type));
        }
    }
}

static void show_value(void *user, const struct ht_collectd_value *value)
{
    (void)user;
    (void)printf("collectd\t%s%s%s\t-\t-\t-\n", value->type, value->instance[0] != '\0' ? "-" : "",
                 value->instance);
}

/* Of a target with two flows, a hop and a path MTU. */
static void show_values(void)
{
    static const struct ht_hop hop = {.ttl = 1};
    static const struct ht_flow_result flows[2] = {{.flow = 0}, {.flow = 1}};
    static const struct ht_multipath multipath = {.flows = 2};
    static const struct ht_mtu mtu = {.path = 1500};
    static const struct ht_report report = {.hops = &hop,
                                            .listed_hops = 1,
                                            .flows = flows,
                                            .flow_count = 2,
                                            .multipath = &multipath,
                                            .mtu = &mtu};
    struct ht_hop_range range = {0};
    ht_collectd_values(&report, &range, show_value, NULL);
}

int main(void)
{
    show_fields(ht_report_fields, HT_REPORT_FIELDS);
    show_fields(ht_hop_fields, HT_HOP_FIELDS);
    show_fields(ht_flow_fields, HT_FLOW_FIELDS);
    show_fields(ht_packet_fields, HT_PACKET_FIELDS);
    show_stats();
    show_fields(ht_event_fields_of_all, HT_EVENT_FIELDS);
    show_events();
    show_self();
    show_values();
    return ferror(stdout) != 0;
}
