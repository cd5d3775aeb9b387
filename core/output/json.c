#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/fields.h"
#include "output/format.h"
#include "output/writers.h"

/* json-c escapes what JSON wants escaped, but hands invalid UTF-8 through. */
static const struct ht_charset json_charset = {.invalid = HT_REPLACEMENT};

/* Builds the objects of one call. A value that cannot be made is remembered here and the caller
 * asks once, at the end: without that it would look like an honest null. */
struct builder {
    struct ht_text string; /* the string being cleaned */
    bool failed;
    struct order {
        const struct ht_field *fields[HT_POSITIONS_MAX];
        size_t count;
    } report, window, hop, node, event, flow, link, multipath, balancer, marking, translator,
        interface; /* the keys of each kind of object, in their order */
    const struct ht_stat *stats[HT_POSITIONS_MAX];
    size_t stat_count;
};

static void builder_init(struct builder *builder)
{
    *builder = (struct builder){0};
    builder->report.count = ht_fields_in_json(HT_FIELD_OF_REPORT, builder->report.fields);
    builder->window.count = ht_fields_in_json(HT_FIELD_OF_WINDOW, builder->window.fields);
    builder->hop.count = ht_fields_in_json(HT_FIELD_OF_HOP, builder->hop.fields);
    builder->node.count = ht_fields_in_json(HT_FIELD_OF_NODE, builder->node.fields);
    builder->flow.count = ht_fields_in_json(HT_FIELD_OF_FLOW, builder->flow.fields);
    builder->link.count = ht_fields_in_json(HT_FIELD_OF_LINK, builder->link.fields);
    builder->multipath.count = ht_fields_in_json(HT_FIELD_OF_MULTIPATH, builder->multipath.fields);
    builder->balancer.count = ht_fields_in_json(HT_FIELD_OF_BALANCER, builder->balancer.fields);
    builder->marking.count = ht_fields_in_json(HT_FIELD_OF_MARKING, builder->marking.fields);
    builder->translator.count =
        ht_fields_in_json(HT_FIELD_OF_TRANSLATOR, builder->translator.fields);
    builder->interface.count = ht_fields_in_json(HT_FIELD_OF_INTERFACE, builder->interface.fields);
    builder->event.count = ht_fields_in_json(HT_FIELD_OF_EVENT, builder->event.fields);
    builder->stat_count = ht_stats_in_json(builder->stats);
}

/* Keys outlive the object; json-c copies others, and loses the copy where memory is refused. */
#define NEW_KEY (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

/* Puts the value, which is the object's from now on, under a key that outlives the object. */
static void put(struct builder *builder, struct json_object *object, const char *key,
                struct json_object *value)
{
    if (value != NULL && json_object_object_add_ex(object, key, value, NEW_KEY) == 0)
        return;
    (void)json_object_put(value);
    builder->failed = true;
}

static void put_null(struct builder *builder, struct json_object *object, const char *key)
{
    if (json_object_object_add_ex(object, key, NULL, NEW_KEY) != 0)
        builder->failed = true;
}

static void push(struct builder *builder, struct json_object *array, struct json_object *value)
{
    if (value != NULL && json_object_array_add(array, value) == 0)
        return;
    (void)json_object_put(value);
    builder->failed = true;
}

/* The cleaned string, good until the next one; NULL when memory was refused. */
static const char *clean(struct builder *builder, const char *string)
{
    ht_text_clear(&builder->string);
    ht_append_string(&builder->string, string, &json_charset);
    if (builder->string.failed)
        builder->failed = true;
    return builder->string.failed ? NULL : builder->string.data;
}

static void put_string(struct builder *builder, struct json_object *object, const char *key,
                       const char *string)
{
    if (string == NULL) {
        put_null(builder, object, key);
        return;
    }
    const char *cleaned = clean(builder, string);
    put(builder, object, key, cleaned != NULL ? json_object_new_string(cleaned) : NULL);
}

static void put_integer(struct builder *builder, struct json_object *object, const char *key,
                        int64_t value)
{
    put(builder, object, key, json_object_new_int64(value));
}

static void put_flag(struct builder *builder, struct json_object *object, const char *key,
                     bool value)
{
    put(builder, object, key, json_object_new_boolean(value));
}

/* A whole number keeps ".0": readers that tell integers from floats see one type for a key. */
static void put_float(struct builder *builder, struct json_object *object, const char *key,
                      double value, unsigned decimals)
{
    char number[HT_NUMBER_MAX];
    if (ht_format_number(number, value, decimals, 1) == 0)
        put_null(builder, object, key);
    else
        put(builder, object, key, json_object_new_double_s(value, number));
}

static void put_address(struct builder *builder, struct json_object *object, const char *key,
                        const struct ht_address *address, const char *zone)
{
    char text[HT_ADDRESS_TEXT_MAX];
    bool known = address->version != HT_IP_NONE;
    put_string(builder, object, key, known ? ht_address_format_zoned(address, zone, text) : NULL);
}

static void put_rtt(struct builder *builder, struct json_object *object, const char *key,
                    const struct ht_rtt *rtt)
{
    struct json_object *times = json_object_new_object();
    put(builder, object, key, times);
    for (size_t i = 0; i < builder->stat_count && !builder->failed; i++)
        put_float(builder, times, builder->stats[i]->json.name,
                  ht_stat_value(builder->stats[i], rtt), HT_MS_DECIMALS);
}

/* Keys are the user's: they are copied, and of equal ones the last counts. */
static void put_tags(struct builder *builder, struct json_object *object, const char *key_of_all,
                     const struct ht_tag *list, size_t count)
{
    struct json_object *tags = json_object_new_object();
    put(builder, object, key_of_all, tags);
    for (size_t i = 0; i < count && !builder->failed; i++) {
        const char *value = clean(builder, list[i].value);
        struct json_object *string = value != NULL ? json_object_new_string(value) : NULL;
        const char *key = clean(builder, list[i].key);
        if (string != NULL && key != NULL && json_object_object_add(tags, key, string) == 0)
            continue;
        (void)json_object_put(string);
        builder->failed = true;
    }
}

static void put_strings(struct builder *builder, struct json_object *object,
                        const struct ht_field *field, const void *record)
{
    size_t count;
    const char *const *strings = ht_field_strings(field, record, &count);
    struct json_object *array = json_object_new_array();
    put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++) {
        const char *cleaned = clean(builder, strings[i]);
        push(builder, array, cleaned != NULL ? json_object_new_string(cleaned) : NULL);
    }
}

static void put_numbers(struct builder *builder, struct json_object *object,
                        const struct ht_field *field, const void *record)
{
    size_t count;
    const uint8_t *numbers = ht_field_numbers(field, record, &count);
    struct json_object *array = json_object_new_array();
    put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++)
        push(builder, array, json_object_new_int64(numbers[i]));
}

static void put_large_numbers(struct builder *builder, struct json_object *object,
                              const struct ht_field *field, const void *record)
{
    size_t count;
    const uint32_t *numbers = ht_field_large_numbers(field, record, &count);
    struct json_object *array = json_object_new_array();
    put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++)
        push(builder, array, json_object_new_int64(numbers[i]));
}

static void put_words(struct builder *builder, struct json_object *object,
                      const struct ht_field *field, const void *record)
{
    struct json_object *array = json_object_new_array();
    put(builder, object, field->json.name, array);
    for (unsigned i = 0; i < HT_WORDS_MAX && !builder->failed; i++) {
        const char *word = field->words(record, i);
        if (word != NULL)
            push(builder, array, json_object_new_string(word));
    }
}

static void put_mpls(struct builder *builder, struct json_object *object, const char *key,
                     const struct ht_node *node)
{
    struct json_object *stack = json_object_new_array();
    put(builder, object, key, stack);
    for (size_t i = 0; i < node->facts.mpls_count && !builder->failed; i++) {
        const struct ht_mpls *mpls = &node->facts.mpls[i];
        struct json_object *entry = json_object_new_object();
        push(builder, stack, entry);
        if (builder->failed)
            return;
        put_integer(builder, entry, "label", mpls->label);
        put_integer(builder, entry, "tc", mpls->tc);
        put_flag(builder, entry, "bottom", mpls->bottom);
        put_integer(builder, entry, "ttl", mpls->ttl);
    }
}

static void put_time(struct builder *builder, struct json_object *object, const char *key,
                     int64_t time_ns)
{
    ht_text_clear(&builder->string);
    ht_append_time(&builder->string, time_ns);
    struct json_object *time =
        builder->string.failed ? NULL : json_object_new_string(builder->string.data);
    put(builder, object, key, time);
}

static void put_hex(struct builder *builder, struct json_object *object, const char *key,
                    uint32_t value)
{
    char digits[9];
    if (snprintf(digits, sizeof digits, "%08x", (unsigned)value) != 8)
        builder->failed = true;
    put_string(builder, object, key, digits);
}

/* A whole number; null for one that says that there is none. */
static void put_whole(struct builder *builder, struct json_object *object,
                      const struct ht_field *field, const void *record)
{
    int64_t value = ht_field_integer(field, record);
    const struct ht_node *node = record;
    bool none = (field->type == HT_FIELD_ICMP && node->facts.by_tcp) ||
                (field->type == HT_FIELD_QUOTED && !node->facts.quoted);
    if (none || (field->zero_is_none && value == 0))
        put_null(builder, object, field->json.name);
    else
        put(builder, object, field->json.name, json_object_new_int64(value));
}

/* Puts a field of a report, a hop or a node that is a number, and one that is text. False: it is
 * something else. */
static bool put_number(struct builder *builder, struct json_object *object,
                       const struct ht_field *field, const void *record)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_UINT8:
    case HT_FIELD_UINT16:
    case HT_FIELD_UINT32:
    case HT_FIELD_SIZE:
    case HT_FIELD_ENUM:
    case HT_FIELD_ICMP:
    case HT_FIELD_QUOTED:
        put_whole(builder, object, field, record);
        return true;
    case HT_FIELD_MS:
    case HT_FIELD_RATE:
        put_float(builder, object, key, ht_field_double(field, record), HT_MS_DECIMALS);
        return true;
    case HT_FIELD_PERCENT:
        put_float(builder, object, key, ht_field_double(field, record), HT_PERCENT_DECIMALS);
        return true;
    case HT_FIELD_NS:
        put_float(builder, object, key, ht_ns_to_ms(*(const int64_t *)ht_field_at(field, record)),
                  HT_MS_DECIMALS);
        return true;
    case HT_FIELD_RTT:
        put_rtt(builder, object, key, ht_field_at(field, record));
        return true;
    case HT_FIELD_BOOLEAN:
    case HT_FIELD_FLAG:
        put_flag(builder, object, key, *(const bool *)ht_field_at(field, record));
        return true;
    default:
        return false;
    }
}

static bool put_text(struct builder *builder, struct json_object *object,
                     const struct ht_field *field, const void *record)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_HEX:
        put_hex(builder, object, key, *(const uint32_t *)ht_field_at(field, record));
        return true;
    case HT_FIELD_STRING:
    case HT_FIELD_MESSAGE:
    case HT_FIELD_NAME:
        put_string(builder, object, key, ht_field_string(field, record));
        return true;
    case HT_FIELD_WORD:
        put_string(builder, object, key, field->word(record));
        return true;
    case HT_FIELD_ADDRESS:
        put_address(builder, object, key, ht_field_at(field, record), ht_field_zone(field, record));
        return true;
    case HT_FIELD_TIME:
        put_time(builder, object, key, *(const int64_t *)ht_field_at(field, record));
        return true;
    default:
        return false;
    }
}

/* Puts the fields of a record that has no objects in it. */
static void put_plain(struct builder *builder, struct json_object *object,
                      const struct order *order, const void *record)
{
    for (size_t i = 0; i < order->count && !builder->failed; i++) {
        const struct ht_field *field = order->fields[i];
        if (field->known != 0 && !ht_field_flag(record, field->known))
            put_null(builder, object, field->json.name);
        else if (field->type == HT_FIELD_NUMBERS)
            put_numbers(builder, object, field, record);
        else if (field->type == HT_FIELD_WORDS)
            put_words(builder, object, field, record);
        else if (!put_number(builder, object, field, record))
            (void)put_text(builder, object, field, record);
    }
}

/* An array of such records, each of `size` bytes. */
static void put_list(struct builder *builder, struct json_object *object, const char *key,
                     const struct order *order, const void *records, size_t size, size_t count)
{
    struct json_object *list = json_object_new_array();
    put(builder, object, key, list);
    for (size_t i = 0; i < count && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        push(builder, list, entry);
        if (!builder->failed)
            put_plain(builder, entry, order, (const char *)records + i * size);
    }
}

static void put_interface(struct builder *builder, struct json_object *object, const char *key,
                          const struct ht_interface *interface)
{
    struct json_object *entry = interface != NULL ? json_object_new_object() : NULL;
    if (interface == NULL) {
        put_null(builder, object, key);
        return;
    }
    put(builder, object, key, entry);
    if (!builder->failed)
        put_plain(builder, entry, &builder->interface, interface);
}

static void put_node(struct builder *builder, struct json_object *object,
                     const struct ht_node *node)
{
    for (size_t i = 0; i < builder->node.count && !builder->failed; i++) {
        const struct ht_field *field = builder->node.fields[i];
        if (field->type == HT_FIELD_MPLS)
            put_mpls(builder, object, field->json.name, node);
        else if (field->type == HT_FIELD_INTERFACE)
            put_interface(builder, object, field->json.name, ht_node_interface(&node->facts));
        else if (field->type == HT_FIELD_INTERFACES)
            put_list(builder, object, field->json.name, &builder->interface, node->facts.interfaces,
                     sizeof *node->facts.interfaces, node->facts.interface_count);
        else if (field->type == HT_FIELD_NUMBERS)
            put_numbers(builder, object, field, node);
        else if (!put_number(builder, object, field, node))
            (void)put_text(builder, object, field, node);
    }
}

static void put_nodes(struct builder *builder, struct json_object *object, const char *key,
                      const struct ht_hop *hop)
{
    struct json_object *nodes = json_object_new_array();
    put(builder, object, key, nodes);
    for (size_t i = 0; i < hop->node_count && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        push(builder, nodes, entry);
        if (!builder->failed)
            put_node(builder, entry, &hop->nodes[i]);
    }
}

static void put_hop(struct builder *builder, struct json_object *object,
                    const struct ht_report *report, const struct ht_hop *hop)
{
    for (size_t i = 0; i < builder->hop.count && !builder->failed; i++) {
        const struct ht_field *field = builder->hop.fields[i];
        if (field->known != 0 && !ht_field_flag(report, field->known))
            put_null(builder, object, field->json.name);
        else if (field->type == HT_FIELD_NODES)
            put_nodes(builder, object, field->json.name, hop);
        else if (!put_number(builder, object, field, hop))
            (void)put_text(builder, object, field, hop);
    }
}

static void put_hops(struct builder *builder, struct json_object *object, const char *key,
                     const struct ht_report *report)
{
    struct json_object *hops = json_object_new_array();
    put(builder, object, key, hops);
    for (size_t i = 0; i < report->listed_hops && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        push(builder, hops, entry);
        if (!builder->failed)
            put_hop(builder, entry, report, &report->hops[i]);
    }
}

static void put_multipath(struct builder *builder, struct json_object *object, const char *key,
                          const struct ht_multipath *multipath)
{
    struct json_object *entry = multipath != NULL ? json_object_new_object() : NULL;
    if (multipath == NULL) {
        put_null(builder, object, key);
        return;
    }
    put(builder, object, key, entry);
    if (!builder->failed)
        put_plain(builder, entry, &builder->multipath, multipath);
    if (!builder->failed)
        put_list(builder, entry, "balancers", &builder->balancer, multipath->balancers,
                 sizeof *multipath->balancers, multipath->balancer_count);
}

static void put_window(struct builder *builder, struct json_object *object, const char *key,
                       const struct ht_report_window *window)
{
    struct json_object *entry = window != NULL ? json_object_new_object() : NULL;
    if (window == NULL) {
        put_null(builder, object, key);
        return;
    }
    put(builder, object, key, entry);
    for (size_t i = 0; i < builder->window.count && !builder->failed; i++) {
        const struct ht_field *field = builder->window.fields[i];
        if (field->known != 0 && !ht_field_flag(window, field->known))
            put_null(builder, entry, field->json.name);
        else
            (void)put_number(builder, entry, field, window);
    }
}

/* Puts what several flows tell. False: the field is something else. */
static bool put_flows(struct builder *builder, struct json_object *object,
                      const struct ht_field *field, const struct ht_report *report)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_FLOWS:
        put_list(builder, object, key, &builder->flow, report->flows, sizeof *report->flows,
                 report->flow_count);
        return true;
    case HT_FIELD_LINKS:
        put_list(builder, object, key, &builder->link, report->links, sizeof *report->links,
                 report->link_count);
        return true;
    case HT_FIELD_MULTIPATH:
        put_multipath(builder, object, key, report->multipath);
        return true;
    default:
        return false;
    }
}

/* Puts what the network does to packets. False: the field is something else. */
static bool put_packets(struct builder *builder, struct json_object *object,
                        const struct ht_field *field, const struct ht_report *report)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_MARKINGS:
        put_list(builder, object, key, &builder->marking, report->marking, sizeof *report->marking,
                 report->marking_count);
        return true;
    case HT_FIELD_LARGE_NUMBERS:
        put_large_numbers(builder, object, field, report);
        return true;
    case HT_FIELD_TRANSLATORS:
        put_list(builder, object, key, &builder->translator, report->translators,
                 sizeof *report->translators, report->translator_count);
        return true;
    default:
        return false;
    }
}

static void put_report(struct builder *builder, struct json_object *object,
                       const struct ht_report *report)
{
    for (size_t i = 0; i < builder->report.count && !builder->failed; i++) {
        const struct ht_field *field = builder->report.fields[i];
        const char *key = field->json.name;
        if (field->known != 0 && !ht_field_flag(report, field->known))
            put_null(builder, object, key);
        else if (field->type == HT_FIELD_TAGS)
            put_tags(builder, object, key, report->tags, report->tag_count);
        else if (field->type == HT_FIELD_WINDOW)
            put_window(builder, object, key, report->window);
        else if (field->type == HT_FIELD_HOPS)
            put_hops(builder, object, key, report);
        else if (!put_flows(builder, object, field, report) &&
                 !put_packets(builder, object, field, report) &&
                 !put_number(builder, object, field, report))
            (void)put_text(builder, object, field, report);
    }
}

static void put_event_field(struct builder *builder, struct json_object *object,
                            const struct ht_field *field, const struct ht_event *event)
{
    if (field->known != 0 && !ht_field_flag(event, field->known))
        put_null(builder, object, field->json.name);
    else if (field->type == HT_FIELD_TAGS)
        put_tags(builder, object, field->json.name, event->tags, event->tag_count);
    else if (field->type == HT_FIELD_STRINGS)
        put_strings(builder, object, field, event);
    else if (!put_number(builder, object, field, event))
        (void)put_text(builder, object, field, event);
}

static void put_event(struct builder *builder, struct json_object *object,
                      const struct ht_event *event)
{
    for (size_t i = 0; i < builder->event.count && !builder->failed; i++)
        put_event_field(builder, object, builder->event.fields[i], event);
    const struct ht_event_field *own = ht_event_fields(event->kind);
    for (; own->name != NULL && !builder->failed; own++) {
        struct ht_field field = ht_field_of_event(own);
        put_event_field(builder, object, &field, event);
    }
}

/* The object as text, its own; NULL: no memory. json-c leaves out what finds no room in its buffer
 * and goes on: errno alone tells. */
static const char *print(struct json_object *object, int flags, size_t *length)
{
    errno = 0;
    const char *text = json_object_to_json_string_length(object, flags, length);
    return errno == ENOMEM || errno == EFBIG ? NULL : text;
}

/* What stands around the objects of one call. */
struct layout {
    int flags; /* json-c's */
    const char *begin;
    const char *between;
    const char *end;
};

/* A call's text, and what has been written of it. */
struct page {
    struct ht_text *text;
    struct builder builder;
    const struct layout *layout;
    bool begun; /* an object stands in it */
};

/* Writes an object that was made, and frees it. */
static void write_object(struct page *page, struct json_object *object)
{
    int flags = page->layout->flags | JSON_C_TO_STRING_NOSLASHESCAPE;
    size_t length = 0;
    const char *line = page->builder.failed ? NULL : print(object, flags, &length);
    if (line != NULL) {
        ht_text_puts(page->text, page->begun ? page->layout->between : page->layout->begin);
        ht_text_append(page->text, line, length);
        page->begun = true;
    } else {
        page->text->failed = true;
    }
    (void)json_object_put(object);
}

static void write_record(struct page *page, const struct ht_output_record *record)
{
    size_t count = record->event_count + (record->report != NULL);
    for (size_t i = 0; i < count && !page->text->failed; i++) {
        struct json_object *object = json_object_new_object();
        if (object == NULL)
            page->builder.failed = true;
        else if (i < record->event_count)
            put_event(&page->builder, object, record->events[i]);
        else
            put_report(&page->builder, object, record->report);
        write_object(page, object);
    }
}

static void write_all(struct ht_text *text, const struct ht_output_record *records, size_t count,
                      const struct layout *layout)
{
    struct page page = {.text = text, .layout = layout};
    if (count == 0)
        return;
    builder_init(&page.builder);
    for (size_t i = 0; i < count && !text->failed; i++)
        write_record(&page, &records[i]);
    ht_text_puts(text, layout->end);
    ht_text_fini(&page.builder.string);
}

void ht_write_json(struct ht_text *text, const struct ht_output_record *records, size_t count,
                   const struct ht_output_context *context)
{
    static const struct layout lines = {JSON_C_TO_STRING_PLAIN, "", "\n", "\n"};
    (void)context;
    write_all(text, records, count, &lines);
}

void ht_write_json_pretty(struct ht_text *text, const struct ht_output_record *records,
                          size_t count, const struct ht_output_context *context)
{
    static const struct layout indented = {JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, "",
                                           "\n", "\n"};
    (void)context;
    write_all(text, records, count, &indented);
}

void ht_write_json_array(struct ht_text *text, const struct ht_output_record *records, size_t count,
                         const struct ht_output_context *context)
{
    static const struct layout array = {JSON_C_TO_STRING_PLAIN, "[", ",", "]\n"};
    (void)context;
    write_all(text, records, count, &array);
}
