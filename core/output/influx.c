#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hoptrace/names.h"
#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/field_table.h"
#include "output/format.h"
#include "output/influx_tags.h"
#include "output/writers.h"

/* String fields. A newline would be legal, but who reads line by line would see two halves. */
static const struct ht_charset string_charset = {
    .ascii = {[1 ... 31] = "_", ['"'] = "\\\"", ['\\'] = "\\\\", [127] = "_"},
    .c1 = "_",
    .invalid = HT_REPLACEMENT,
};

/* Parts of a report's first line, in its text, that are the same in all its lines. */
struct parts {
    size_t tags;
    size_t before_hop; /* the lengths of the tags before "hop", and of those behind it */
    size_t behind_hop;
    size_t ending; /* the time */
    size_t ending_length;
};

/* What is the same in each line, and its length. */
#define PIECE(string) "" string, sizeof(string) - 1

/* All fields of a line that have a longest form do not take so much together. */
#define FIELDS_MAX 1536

/* The fields of one line, in alphabetical order by the order of the table. Where the next one goes,
 * with room for what has a longest form, each function is given and returns: a pointer in memory
 * would have to be read again after each byte that is written. */
struct fields {
    struct ht_text *text;
    size_t begin;  /* where the first one begins, with a comma like the others until they end */
    double value;  /* the last number: a hop with one answer says the same one five times */
    size_t length; /* of it as text; 0: none yet */
    unsigned decimals;
    char number[HT_NUMBER_MAX];
    char nowhere[FIELDS_MAX]; /* where they go without memory */
};

static char *take_room(struct fields *fields)
{
    struct ht_text *text = fields->text;
    return ht_text_reserve(text, FIELDS_MAX) ? text->data + text->length : fields->nowhere;
}

static void give_back_room(const struct fields *fields, char *next)
{
    struct ht_text *text = fields->text;
    if (text->failed)
        return;
    *next = '\0';
    text->length = (size_t)(next - text->data);
}

static char *fields_begin(struct fields *fields, struct ht_text *text)
{
    fields->text = text;
    fields->begin = text->length;
    fields->length = 0;
    return take_room(fields);
}

/* There is at least one field in each line. */
static void fields_end(const struct fields *fields, char *next)
{
    give_back_room(fields, next);
    if (!fields->text->failed)
        fields->text->data[fields->begin] = ' ';
}

static inline char *put(char *next, const char *bytes, size_t length)
{
    memcpy(next, bytes, length);
    return next + length;
}

static void format_once(struct fields *fields, double value, unsigned decimals)
{
    if (fields->length != 0 && fields->decimals == decimals && value >= fields->value &&
        value <= fields->value)
        return;
    fields->value = value;
    fields->decimals = decimals;
    fields->length = ht_format_number(fields->number, value, decimals, 0);
}

/* Left out if there is no such number. */
static inline char *field_float(struct fields *fields, char *next, struct ht_influx_key key,
                                double value, unsigned decimals)
{
    if (!isfinite(value))
        return next;
    format_once(fields, value, decimals);
    if (fields->length == 0)
        return next;
    next = put(next, key.bytes, key.length);
    memcpy(next, fields->number, sizeof fields->number); /* a fixed length is no call */
    return next + fields->length;
}

static inline char *field_integer(char *next, struct ht_influx_key key, int64_t value)
{
    next = put(next, key.bytes, key.length);
    next += ht_format_integer(next, value);
    *next = 'i';
    return next + 1;
}

/* A string that has a longest form and nothing to escape. Left out if there is none. */
static inline char *field_word(char *next, struct ht_influx_key key, const char *word)
{
    if (word == NULL)
        return next;
    next = put(next, key.bytes, key.length);
    next = put(next, PIECE("\""));
    next = put(next, word, strlen(word));
    return put(next, PIECE("\""));
}

/* Any other. Left out if there is none or it is empty. */
static char *field_string(struct fields *fields, char *next, struct ht_influx_key key,
                          const char *value)
{
    if (value == NULL || value[0] == '\0')
        return next;
    next = put(next, key.bytes, key.length);
    next = put(next, PIECE("\""));
    give_back_room(fields, next);
    ht_append_string(fields->text, value, &string_charset);
    return put(take_room(fields), PIECE("\""));
}

static char *field_address(struct fields *fields, char *next, struct ht_influx_key key,
                           const struct ht_address *address, const char *zone)
{
    char text[HT_ADDRESS_TEXT_MAX];
    if (address->version == HT_IP_NONE)
        return next;
    ht_address_format_zoned(address, zone, text);
    return zone == NULL ? field_word(next, key, text) : field_string(fields, next, key, text);
}

/* "16001/0/1/1+...": label, tc, bottom, ttl of each entry. */
static char *field_mpls(struct fields *fields, char *next, struct ht_influx_key key,
                        const struct ht_node *node)
{
    if (node->facts.mpls_count == 0)
        return next;
    next = put(next, key.bytes, key.length);
    give_back_room(fields, next);
    for (size_t i = 0; i < node->facts.mpls_count; i++) {
        const struct ht_mpls *entry = &node->facts.mpls[i];
        ht_text_printf(fields->text, "%c%u/%u/%u/%u", i == 0 ? '"' : '+', (unsigned)entry->label,
                       (unsigned)entry->tc, entry->bottom ? 1U : 0U, (unsigned)entry->ttl);
    }
    return put(take_room(fields), PIECE("\""));
}

/* The name; without one the index. */
static char *field_interface(struct fields *fields, char *next, struct ht_influx_key key,
                             const struct ht_interface *interface)
{
    char index[16];
    if (interface == NULL)
        return next;
    if (interface->name[0] != '\0')
        return field_string(fields, next, key, interface->name);
    if (interface->index == 0)
        return next;
    (void)snprintf(index, sizeof index, "%u", (unsigned)interface->index);
    return field_word(next, key, index);
}

/* With commas between them. */
static char *field_strings(struct fields *fields, char *next, const struct ht_field *field,
                           const void *record)
{
    size_t count;
    const char *const *strings = ht_field_strings(field, record, &count);
    if (count == 0)
        return next;
    next = put(next, field->influx.bytes, field->influx.length);
    give_back_room(fields, next);
    for (size_t i = 0; i < count; i++) {
        ht_text_puts(fields->text, i == 0 ? "\"" : ",");
        ht_append_string(fields->text, strings[i], &string_charset);
    }
    return put(take_room(fields), PIECE("\""));
}

static char *field_hex(char *next, struct ht_influx_key key, uint32_t value)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%08x", (unsigned)value);
    return field_word(next, key, text);
}

static inline char *field_boolean(char *next, struct ht_influx_key key, bool value)
{
    next = put(next, key.bytes, key.length);
    return value ? put(next, PIECE("true")) : put(next, PIECE("false"));
}

/* What a line is about. */
struct subject {
    const struct ht_report *report;
    const struct ht_hop *hop;          /* NULL: the line is the target's */
    const struct ht_node *node;        /* that stands for the hop; NULL: none */
    const struct ht_flow_result *flow; /* NULL: the line is of none */
};

/* The loops over rows below become straight code, in which the columns of a row are constants.
 * 64 is more than any table has rows. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE char *field_rtt(struct fields *fields, char *next, const struct ht_rtt *rtt)
{
#pragma GCC unroll 64
    for (size_t i = 0; i < HT_STATS; i++) {
        if (ht_stats[i].influx.bytes != NULL)
            next = field_float(fields, next, ht_stats[i].influx, ht_stat_value(&ht_stats[i], rtt),
                               HT_MS_DECIMALS);
    }
    return next;
}

ALWAYS_INLINE bool is_reached(const struct ht_report *report)
{
    return report->status == HT_STATUS_REACHED;
}

ALWAYS_INLINE bool is_destination(const struct ht_report *report, const struct ht_hop *hop)
{
    return hop != NULL && is_reached(report) && hop->ttl == report->hop_count;
}

/* Those that are no plain number. */
ALWAYS_INLINE char *write_special(struct fields *fields, char *next, const struct ht_field *field,
                                  const void *record, const struct subject *subject)
{
    switch (field->type) {
    case HT_FIELD_HEX:
        return field_hex(next, field->influx, *(const uint32_t *)ht_field_at(field, record));
    case HT_FIELD_STRING:
    case HT_FIELD_MESSAGE:
        return field_string(fields, next, field->influx, ht_field_string(field, record));
    case HT_FIELD_WORD:
        return field_word(next, field->influx, field->word(record));
    case HT_FIELD_ADDRESS:
        return field_address(fields, next, field->influx, ht_field_at(field, record),
                             ht_field_zone(field, record));
    case HT_FIELD_BOOLEAN:
        return field_boolean(next, field->influx, ht_field_flag(record, field->offset));
    case HT_FIELD_REACHED:
        return field_boolean(next, field->influx, is_reached(subject->report));
    case HT_FIELD_QUOTED:
        if (((const struct ht_node *)record)->facts.quoted)
            next = field_integer(next, field->influx, ht_field_integer(field, record));
        return next;
    case HT_FIELD_MARKING_HOP:
        if (subject->report->marking_count > 0)
            next = field_integer(next, field->influx, subject->report->marking[0].ttl);
        return next;
    case HT_FIELD_MTU_HOP:
        if (subject->report->mtu != NULL && subject->report->mtu->limit_count > 0)
            next = field_integer(next, field->influx, ht_mtu_hop(subject->report->mtu));
        return next;
    case HT_FIELD_DESTINATION:
        if (is_destination(subject->report, subject->hop))
            next = field_boolean(next, field->influx, true);
        return next;
    case HT_FIELD_MPLS:
        return field_mpls(fields, next, field->influx, record);
    case HT_FIELD_INTERFACE:
        return field_interface(fields, next, field->influx,
                               ht_node_interface(&((const struct ht_node *)record)->facts));
    case HT_FIELD_STRINGS:
        return field_strings(fields, next, field, record);
    default:
        return next; /* no line has the others */
    }
}

ALWAYS_INLINE char *write_known(struct fields *fields, char *next, const struct ht_field *field,
                                const void *record, const struct subject *subject)
{
    switch (field->type) {
    case HT_FIELD_UINT8:
    case HT_FIELD_UINT16:
    case HT_FIELD_UINT32:
    case HT_FIELD_SIZE:
    case HT_FIELD_ENUM:
    case HT_FIELD_FLAG:
        if (!field->zero_is_none || ht_field_integer(field, record) != 0)
            next = field_integer(next, field->influx, ht_field_integer(field, record));
        return next;
    case HT_FIELD_MS:
    case HT_FIELD_RATE:
        return field_float(fields, next, field->influx, ht_field_double(field, record),
                           HT_MS_DECIMALS);
    case HT_FIELD_PERCENT:
        return field_float(fields, next, field->influx, ht_field_double(field, record),
                           HT_PERCENT_DECIMALS);
    case HT_FIELD_NS:
        return field_float(fields, next, field->influx,
                           ht_ns_to_ms(*(const int64_t *)ht_field_at(field, record)),
                           HT_MS_DECIMALS);
    case HT_FIELD_RTT:
        return field_rtt(fields, next, ht_field_at(field, record));
    case HT_FIELD_REACHED_VALUE:
        return field_integer(next, field->influx, is_reached(subject->report));
    default:
        return write_special(fields, next, field, record, subject);
    }
}

ALWAYS_INLINE char *write_field(struct fields *fields, char *next, const struct ht_field *field,
                                const struct subject *subject)
{
    const struct ht_report *report = subject->report;
    const void *record = field->scope == HT_FIELD_OF_REPORT      ? (const void *)report
                         : field->scope == HT_FIELD_OF_WINDOW    ? (const void *)report->window
                         : field->scope == HT_FIELD_OF_MULTIPATH ? (const void *)report->multipath
                         : field->scope == HT_FIELD_OF_MTU       ? (const void *)report->mtu
                         : field->scope == HT_FIELD_OF_FLOW      ? (const void *)subject->flow
                         : field->scope == HT_FIELD_OF_HOP       ? (const void *)subject->hop
                                                                 : subject->node;
    bool own_flags = field->scope == HT_FIELD_OF_WINDOW || field->scope == HT_FIELD_OF_FLOW;
    const void *flags = own_flags ? record : report;
    if (field->influx.bytes == NULL || record == NULL ||
        (field->known != 0 && !ht_field_flag(flags, field->known)) ||
        (field->unfinished != 0 && ht_field_flag(flags, field->unfinished)))
        return next;
    return write_known(fields, next, field, record, subject);
}

static void write_target(struct ht_text *text, const struct ht_report *report,
                         const struct ht_tag_set *set, struct parts *parts)
{
    ht_text_append(text, PIECE("traceroute"));
    parts->tags = text->length;
    parts->before_hop = ht_tag_set_write(set, text) - parts->tags;
    parts->behind_hop = text->length - parts->tags - parts->before_hop;
    struct fields fields;
    char *next = fields_begin(&fields, text);
    const struct subject subject = {.report = report};
#pragma GCC unroll 64
    for (size_t i = 0; i < HT_REPORT_FIELDS; i++)
        next = write_field(&fields, next, &ht_report_fields[i], &subject);
    fields_end(&fields, next);
    parts->ending = text->length;
    ht_text_putc(text, ' ');
    ht_append_integer(text, report->time_ns);
    ht_text_putc(text, '\n');
    parts->ending_length = text->length - parts->ending;
}

static void write_hop(struct ht_text *text, const struct ht_report *report,
                      const struct ht_hop *hop, const struct parts *parts)
{
    ht_text_append(text, PIECE("traceroute_hop"));
    ht_text_repeat(text, parts->tags, parts->before_hop);
    ht_text_append(text, PIECE(",hop="));
    ht_append_integer(text, hop->ttl);
    ht_text_repeat(text, parts->tags + parts->before_hop, parts->behind_hop);
    struct fields fields;
    char *next = fields_begin(&fields, text);
    const struct subject subject = {.report = report, .hop = hop, .node = ht_hop_main_node(hop)};
#pragma GCC unroll 64
    for (size_t i = 0; i < HT_HOP_FIELDS; i++)
        next = write_field(&fields, next, &ht_hop_fields[i], &subject);
    fields_end(&fields, next);
    ht_text_repeat(text, parts->ending, parts->ending_length);
}

/* ---- several flows ---- */

/* The end of a line whose tags are its own. */
static void end_line(struct ht_text *text, const struct ht_tag_set *set, int64_t time_ns)
{
    ht_text_putc(text, ' ');
    ht_append_integer(text, time_ns);
    ht_text_putc(text, '\n');
    text->failed |= set->failed;
}

static void write_flow(struct ht_text *text, const struct ht_report *report,
                       const struct ht_flow_result *flow, struct ht_tag_set *set)
{
    struct fields fields;
    ht_tag_set_make_of_flow(set, report, flow->flow);
    ht_text_append(text, PIECE("traceroute_flow"));
    (void)ht_tag_set_write(set, text);
    char *next = fields_begin(&fields, text);
    const struct subject subject = {.report = report, .flow = flow};
    for (size_t i = 0; i < HT_FLOW_FIELDS; i++)
        next = write_field(&fields, next, &ht_flow_fields[i], &subject);
    fields_end(&fields, next);
    end_line(text, set, report->time_ns);
}

/* Of one of several nodes of a hop. */
static void write_node(struct ht_text *text, const struct ht_report *report,
                       const struct ht_hop *hop, const struct ht_node *node, struct ht_tag_set *set)
{
    struct fields fields;
    ht_tag_set_make_of_node(set, report, node->branch, hop->ttl);
    ht_text_append(text, PIECE("traceroute_node"));
    (void)ht_tag_set_write(set, text);
    char *next = fields_begin(&fields, text);
    next = field_address(&fields, next, (struct ht_influx_key){PIECE(",address=")},
                         &node->facts.address, node->zone);
    next = field_integer(next, (struct ht_influx_key){PIECE(",flows=")}, (int64_t)node->flow_count);
    next = field_string(&fields, next, (struct ht_influx_key){PIECE(",hostname=")}, node->hostname);
    next = field_float(&fields, next, (struct ht_influx_key){PIECE(",loss_percent=")},
                       node->loss_percent, HT_PERCENT_DECIMALS);
    next = field_integer(next, (struct ht_influx_key){PIECE(",received=")}, node->facts.received);
    next = field_rtt(&fields, next, &node->rtt);
    next = field_integer(next, (struct ht_influx_key){PIECE(",sent=")}, node->flows_sent);
    fields_end(&fields, next);
    end_line(text, set, report->time_ns);
}

static void write_flows(struct ht_text *text, const struct ht_report *report, size_t hops,
                        struct ht_tag_set *set)
{
    for (size_t i = 0; i < report->flow_count && !text->failed; i++)
        write_flow(text, report, &report->flows[i], set);
    for (size_t i = 0; report->flow_count > 0 && i < hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        for (size_t k = 0; k < hop->node_count && !text->failed; k++) {
            if (hop->nodes[k].branch != 0)
                write_node(text, report, hop, &hop->nodes[k], set);
        }
    }
}

/* ---- events ---- */

/* The fields of one event's line. */
struct event_fields {
    struct ht_field by_name[HT_EVENT_FIELDS + HT_EVENT_FIELDS_MAX];
    size_t count;
};

static void insert(struct event_fields *fields, const struct ht_field *field)
{
    size_t place = fields->count++;
    for (; place > 0 && strcmp(fields->by_name[place - 1].json.name, field->json.name) > 0; place--)
        fields->by_name[place] = fields->by_name[place - 1];
    fields->by_name[place] = *field;
}

static void collect(struct event_fields *fields, enum ht_event_kind kind)
{
    fields->count = 0;
    for (size_t i = 0; i < HT_EVENT_FIELDS; i++) {
        if (ht_event_fields_of_all[i].influx.bytes != NULL)
            insert(fields, &ht_event_fields_of_all[i]);
    }
    for (const struct ht_event_field *own = ht_event_fields(kind); own->name != NULL; own++) {
        struct ht_field field = ht_field_of_event(own);
        insert(fields, &field);
    }
}

static char *write_event_field(struct fields *fields, char *next, const struct ht_field *field,
                               const struct ht_event *event)
{
    char key[40];
    struct ht_field keyed = *field;
    int length = snprintf(key, sizeof key, ",%s=", field->json.name);
    if (length < 0 || (field->known != 0 && !ht_field_flag(event, field->known)))
        return next;
    keyed.influx = (struct ht_influx_key){key, (size_t)length};
    return write_known(fields, next, &keyed, event, NULL);
}

static void write_event(struct ht_text *text, const struct ht_event *event, struct ht_tag_set *set)
{
    struct event_fields order;
    struct fields fields;
    ht_tag_set_make_of_event(set, event);
    collect(&order, event->kind);
    ht_text_append(text, PIECE("traceroute_event"));
    (void)ht_tag_set_write(set, text);
    char *next = fields_begin(&fields, text);
    for (size_t i = 0; i < order.count; i++)
        next = write_event_field(&fields, next, &order.by_name[i], event);
    fields_end(&fields, next);
    end_line(text, set, event->time_ns);
}

/* ---- records ---- */

static void write_record(struct ht_text *text, const struct ht_output_record *record,
                         struct ht_tag_set *set)
{
    const struct ht_report *report = record->report;
    struct parts parts;
    for (size_t i = 0; i < record->event_count; i++)
        write_event(text, record->events[i], set);
    if (report == NULL)
        return;
    ht_tag_set_make(set, report);
    text->failed |= set->failed;
    if (text->failed)
        return;
    write_target(text, report, set, &parts);
    size_t hops = report->hides_hop_values ? 0 : report->listed_hops;
    for (size_t i = 0; i < hops && !text->failed; i++)
        write_hop(text, report, &report->hops[i], &parts);
    write_flows(text, report, hops, set);
}

void ht_write_influx(struct ht_text *text, const struct ht_output_record *records, size_t count,
                     const struct ht_output_context *context)
{
    (void)context;
    struct ht_tag_set set = {0};
    for (size_t i = 0; i < count && !text->failed; i++)
        write_record(text, &records[i], &set);
    ht_tag_set_fini(&set);
}
