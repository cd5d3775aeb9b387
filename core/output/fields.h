/* The facts of records and events that the outputs tell: what each is called where, of which type
 * it is, and where a report, a hop, a node or an event has it. field_table.h has the rows; what one
 * kind of event tells is a row of model/event.c. Internal to output/. */
#ifndef HT_OUTPUT_FIELDS_H
#define HT_OUTPUT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"
#include "model/event.h"

/* What a field is a fact of. */
enum ht_field_scope {
    HT_FIELD_OF_REPORT,
    HT_FIELD_OF_HOP,
    HT_FIELD_OF_NODE,  /* JSON: of each; influx: of the one that stands for the hop, if there is one
                        */
    HT_FIELD_OF_EVENT, /* of every one */
    HT_FIELD_OF_WINDOW,    /* of a report that has one */
    HT_FIELD_OF_FLOW,      /* of each flow of a target with several */
    HT_FIELD_OF_LINK,      /* of each link between its nodes */
    HT_FIELD_OF_MULTIPATH, /* of a report of such a target */
    HT_FIELD_OF_BALANCER,
    HT_FIELD_OF_MARKING, /* of each change of the marking */
    HT_FIELD_OF_TRANSLATOR,
    HT_FIELD_OF_MTU,       /* of a report whose path MTU is known */
    HT_FIELD_OF_MTU_LIMIT, /* of each of its limits */
    HT_FIELD_OF_INTERFACE  /* of each interface of a node */
};

enum ht_field_type {
    /* Whole numbers. */
    HT_FIELD_UINT8,
    HT_FIELD_UINT16,
    HT_FIELD_UINT32,
    HT_FIELD_SIZE,
    HT_FIELD_ENUM,
    HT_FIELD_ICMP,   /* an uint8_t of a node; unknown of one that answered by TCP */
    HT_FIELD_QUOTED, /* an uint8_t of a node; unknown of one that quoted nothing */
    HT_FIELD_HEX,    /* an uint32_t as eight digits */

    /* Numbers; NaN: unknown. */
    HT_FIELD_MS,
    HT_FIELD_RATE,    /* a second */
    HT_FIELD_PERCENT, /* Prometheus: a ratio */
    HT_FIELD_NS,      /* an int64_t, told in milliseconds; Prometheus: in seconds */
    HT_FIELD_RTT,     /* a struct ht_rtt: all of ht_stats */

    HT_FIELD_BOOLEAN,
    HT_FIELD_FLAG,    /* a bool; but in JSON told as 0 or 1 */
    HT_FIELD_STRING,  /* anything; NULL: unknown */
    HT_FIELD_MESSAGE, /* the same, as an array of the struct */
    HT_FIELD_NAME,    /* likewise; empty: unknown */
    HT_FIELD_WORD,    /* what the row's function gives: short, nothing to escape; NULL: unknown */
    HT_FIELD_ADDRESS, /* a struct ht_address and its zone */
    HT_FIELD_TIME,    /* an int64_t of nanoseconds since 1970 */

    /* Whether the destination answered, as a boolean and as 0 or 1. */
    HT_FIELD_REACHED,
    HT_FIELD_REACHED_VALUE,
    HT_FIELD_DESTINATION, /* this hop is its */

    /* Lists. */
    HT_FIELD_MPLS,
    HT_FIELD_INTERFACES, /* of a node: objects */
    HT_FIELD_INTERFACE,  /* that of them which stands for all; influx: its name, else its index */
    HT_FIELD_TAGS,
    HT_FIELD_STRINGS, /* an array of strings and their number; influx: with commas between them */
    HT_FIELD_EVENT_COUNTS, /* a sample of the metric for each kind, with its name as label `event`
                            */
    HT_FIELD_WINDOW,       /* an object of the fields of that scope */
    HT_FIELD_MULTIPATH,    /* likewise */
    HT_FIELD_HOPS,
    HT_FIELD_NODES,
    HT_FIELD_FLOWS, /* objects: of a report's flows, links and balancers */
    HT_FIELD_LINKS,
    HT_FIELD_BALANCERS,
    HT_FIELD_MARKINGS, /* likewise: of its changes of the marking, and its translators */
    HT_FIELD_TRANSLATORS,
    HT_FIELD_MTU,           /* an object of the fields of that scope */
    HT_FIELD_MTU_LIMITS,    /* a list in it */
    HT_FIELD_MTU_HOP,       /* the hop that limits the path */
    HT_FIELD_MARKING_HOP,   /* the lowest hop of the changes of the marking */
    HT_FIELD_WORDS,         /* what the row's function gives, all that are not NULL */
    HT_FIELD_LARGE_NUMBERS, /* an array of uint32_t and their number */
    HT_FIELD_NUMBERS,       /* an array of uint16_t and their number */
    HT_FIELD_HOP_INFO       /* of a hop: who answers there, as labels of the metric */
};

/* A key of the line protocol as it is written, with its signs: ",key=". */
struct ht_influx_key {
    const char *bytes; /* NULL: not there */
    size_t length;
};

/* A key of a JSON object, and its position among the others, from 1 on without gaps. */
struct ht_json_key {
    unsigned position; /* 0: not there */
    const char *name;
};

/* A Prometheus metric, and its position among the others, from 1 on without gaps. */
struct ht_metric {
    unsigned position; /* 0: not there */
    const char *name;
    const char *help;
    bool counter; /* it only grows, as long as its target is remembered */
};

/* One fact. Offsets are those in the struct of the scope, but for the two flags: of a hop or a node
 * those in the report. A fact of a window is unknown of a report without one. */
struct ht_field {
    enum ht_field_scope scope;
    enum ht_field_type type;
    size_t offset;
    size_t zone;  /* HT_FIELD_ADDRESS: offset of the zone's name; 0: it has none */
    size_t count; /* HT_FIELD_STRINGS, _NUMBERS, _LARGE_NUMBERS: offset of their number */
    const char *(*word)(const void *record); /* HT_FIELD_WORD */
    /* HT_FIELD_WORDS: word `index`; NULL: it does not apply. */
    const char *(*words)(const void *record, unsigned index);
    size_t known;      /* flag that is true if the fact is known; 0: there is none */
    size_t unfinished; /* flag that is true if it is only what was found so far, which JSON alone
                          tells; 0: there is none */
    bool zero_is_none; /* of a whole number: 0 means that there is none */
    struct ht_influx_key influx;
    struct ht_json_key json;
    struct ht_metric metric;
};

/* One number of a struct ht_rtt. */
struct ht_stat {
    size_t offset;
    struct ht_influx_key influx; /* without a key: a field of its own tells it */
    struct ht_json_key json;
    bool in_metric; /* a sample of the metric, with the JSON key as label `stat` */
};

/* Above every position. */
#define HT_POSITIONS_MAX 48

/* Fills `order` with the fields of the scope that have a JSON key, by their positions; returns how
 * many there are. */
size_t ht_fields_in_json(enum ht_field_scope scope, const struct ht_field *order[HT_POSITIONS_MAX]);

/* The same of all fields that are a metric. */
size_t ht_fields_in_metrics(const struct ht_field *order[HT_POSITIONS_MAX]);

/* The same of the numbers of a struct ht_rtt. */
size_t ht_stats_in_json(const struct ht_stat *order[HT_POSITIONS_MAX]);

/* Whether the influx lines of records, or those of this kind of event, have a field of this name.
 */
bool ht_field_is_in_influx(const char *name);
bool ht_field_is_in_event(enum ht_event_kind kind, const char *name);

/* The fact that one kind of event tells, as a field of scope HT_FIELD_OF_EVENT: its name is that in
 * JSON, and no position is set. */
struct ht_field ht_field_of_event(const struct ht_event_field *own);

/* The words of a struct ht_report. */
const char *ht_field_schema(const void *report);
const char *ht_field_name(const void *report);
const char *ht_field_family(const void *report);
const char *ht_field_protocol(const void *report);
const char *ht_field_status(const void *report);
const char *ht_field_stop_reason(const void *report);
const char *ht_field_time_source(const void *report);
const char *ht_field_sockets(const void *report);

/* Of a struct ht_flow_result, and of a struct ht_balancer. */
const char *ht_field_flow_status(const void *flow);
const char *ht_field_balanced_by(const void *balancer);

/* Words of an HT_FIELD_WORDS, at most. */
#define HT_WORDS_MAX 8

/* Which parts a struct ht_marking changes; which fields a struct ht_translator rewrites. */
const char *ht_field_marking_part(const void *marking, unsigned index);
const char *ht_field_translated(const void *translator, unsigned index);

const char *ht_field_interface_role(const void *interface);

/* The words of a struct ht_event. */
const char *ht_field_event_schema(const void *event);
const char *ht_field_event(const void *event);
const char *ht_field_severity(const void *event);
const char *ht_field_event_name(const void *event);
const char *ht_field_event_family(const void *event);
const char *ht_field_event_protocol(const void *event);

/* ---- values ---- */

static inline const void *ht_field_at(const struct ht_field *field, const void *record)
{
    return (const char *)record + field->offset;
}

/* Whether the flag at this offset of the report, or the event, is true. */
static inline bool ht_field_flag(const void *record, size_t offset)
{
    return *(const bool *)((const char *)record + offset);
}

/* The hop that limits the path; there is one. */
static inline uint8_t ht_mtu_hop(const struct ht_mtu *mtu)
{
    return mtu->limits[mtu->limit_count - 1].ttl;
}

/* A field of a whole number. */
static inline int64_t ht_field_integer(const struct ht_field *field, const void *record)
{
    const void *value = ht_field_at(field, record);
    switch (field->type) {
    case HT_FIELD_UINT8:
    case HT_FIELD_ICMP:
    case HT_FIELD_QUOTED:
        return *(const uint8_t *)value;
    case HT_FIELD_FLAG:
        return *(const bool *)value;
    case HT_FIELD_UINT16:
        return *(const uint16_t *)value;
    case HT_FIELD_SIZE:
        return (int64_t) * (const size_t *)value;
    case HT_FIELD_ENUM:
    case HT_FIELD_REACHED_VALUE:
        return *(const int *)value;
    default:
        return *(const uint32_t *)value;
    }
}

static inline double ht_field_double(const struct ht_field *field, const void *record)
{
    return *(const double *)ht_field_at(field, record);
}

static inline const char *ht_field_string(const struct ht_field *field, const void *record)
{
    const char *value = ht_field_at(field, record);
    if (field->type == HT_FIELD_NAME)
        return value[0] != '\0' ? value : NULL;
    if (field->type == HT_FIELD_MESSAGE)
        return value;
    return *(const char *const *)(const void *)value;
}

static inline const char *ht_field_zone(const struct ht_field *field, const void *record)
{
    return field->zone != 0 ? *(const char *const *)((const char *)record + field->zone) : NULL;
}

/* A field of several strings, and how many there are. */
static inline const char *const *ht_field_strings(const struct ht_field *field, const void *record,
                                                  size_t *count)
{
    *count = *(const size_t *)((const char *)record + field->count);
    return *(const char *const *const *)ht_field_at(field, record);
}

/* A field of several numbers, and how many there are. */
static inline const uint16_t *ht_field_numbers(const struct ht_field *field, const void *record,
                                               size_t *count)
{
    *count = *(const size_t *)((const char *)record + field->count);
    return *(const uint16_t *const *)ht_field_at(field, record);
}

static inline const uint32_t *ht_field_large_numbers(const struct ht_field *field,
                                                     const void *record, size_t *count)
{
    *count = *(const size_t *)((const char *)record + field->count);
    return *(const uint32_t *const *)ht_field_at(field, record);
}

static inline double ht_stat_value(const struct ht_stat *stat, const struct ht_rtt *rtt)
{
    return *(const double *)((const char *)rtt + stat->offset);
}

#endif
