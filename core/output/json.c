#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "model/hop.h"
#include "output/fields.h"
#include "output/format.h"
#include "output/json_values.h"
#include "output/writers.h"

/* An array of such records, each of `size` bytes. */
static void put_list(struct ht_json_builder *builder, struct json_object *object, const char *key,
                     const struct ht_json_order *order, const void *records, size_t size,
                     size_t count)
{
    struct json_object *list = json_object_new_array();
    ht_json_put(builder, object, key, list);
    for (size_t i = 0; i < count && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        ht_json_push(builder, list, entry);
        if (!builder->failed)
            ht_json_put_plain(builder, entry, order, (const char *)records + i * size);
    }
}

static void put_interface(struct ht_json_builder *builder, struct json_object *object,
                          const char *key, const struct ht_interface *interface)
{
    struct json_object *entry = interface != NULL ? json_object_new_object() : NULL;
    if (interface == NULL) {
        ht_json_put_null(builder, object, key);
        return;
    }
    ht_json_put(builder, object, key, entry);
    if (!builder->failed)
        ht_json_put_plain(builder, entry, &builder->interface, interface);
}

static void put_node(struct ht_json_builder *builder, struct json_object *object,
                     const struct ht_node *node)
{
    for (size_t i = 0; i < builder->node.count && !builder->failed; i++) {
        const struct ht_field *field = builder->node.fields[i];
        if (field->type == HT_FIELD_MPLS)
            ht_json_put_mpls(builder, object, field->json.name, node);
        else if (field->type == HT_FIELD_INTERFACE)
            put_interface(builder, object, field->json.name, ht_node_interface(&node->facts));
        else if (field->type == HT_FIELD_INTERFACES)
            put_list(builder, object, field->json.name, &builder->interface, node->facts.interfaces,
                     sizeof *node->facts.interfaces, node->facts.interface_count);
        else if (field->type == HT_FIELD_NUMBERS)
            ht_json_put_numbers(builder, object, field, node);
        else if (!ht_json_put_number(builder, object, field, node))
            (void)ht_json_put_text(builder, object, field, node);
    }
}

static void put_nodes(struct ht_json_builder *builder, struct json_object *object, const char *key,
                      const struct ht_hop *hop)
{
    struct json_object *nodes = json_object_new_array();
    ht_json_put(builder, object, key, nodes);
    for (size_t i = 0; i < hop->node_count && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        ht_json_push(builder, nodes, entry);
        if (!builder->failed)
            put_node(builder, entry, &hop->nodes[i]);
    }
}

static void put_hop(struct ht_json_builder *builder, struct json_object *object,
                    const struct ht_report *report, const struct ht_hop *hop)
{
    for (size_t i = 0; i < builder->hop.count && !builder->failed; i++) {
        const struct ht_field *field = builder->hop.fields[i];
        if (field->known != 0 && !ht_field_flag(report, field->known))
            ht_json_put_null(builder, object, field->json.name);
        else if (field->type == HT_FIELD_NODES)
            put_nodes(builder, object, field->json.name, hop);
        else if (!ht_json_put_number(builder, object, field, hop))
            (void)ht_json_put_text(builder, object, field, hop);
    }
}

static void put_hops(struct ht_json_builder *builder, struct json_object *object, const char *key,
                     const struct ht_report *report)
{
    struct json_object *hops = json_object_new_array();
    ht_json_put(builder, object, key, hops);
    for (size_t i = 0; i < report->listed_hops && !builder->failed; i++) {
        struct json_object *entry = json_object_new_object();
        ht_json_push(builder, hops, entry);
        if (!builder->failed)
            put_hop(builder, entry, report, &report->hops[i]);
    }
}

static void put_multipath(struct ht_json_builder *builder, struct json_object *object,
                          const char *key, const struct ht_multipath *multipath)
{
    struct json_object *entry = multipath != NULL ? json_object_new_object() : NULL;
    if (multipath == NULL) {
        ht_json_put_null(builder, object, key);
        return;
    }
    ht_json_put(builder, object, key, entry);
    if (!builder->failed)
        ht_json_put_plain(builder, entry, &builder->multipath, multipath);
    if (!builder->failed)
        put_list(builder, entry, "balancers", &builder->balancer, multipath->balancers,
                 sizeof *multipath->balancers, multipath->balancer_count);
}

static void put_mtu(struct ht_json_builder *builder, struct json_object *object, const char *key,
                    const struct ht_mtu *mtu)
{
    struct json_object *entry = mtu != NULL ? json_object_new_object() : NULL;
    if (mtu == NULL) {
        ht_json_put_null(builder, object, key);
        return;
    }
    ht_json_put(builder, object, key, entry);
    for (size_t i = 0; i < builder->mtu.count && !builder->failed; i++) {
        const struct ht_field *field = builder->mtu.fields[i];
        if (field->type == HT_FIELD_MTU_LIMITS)
            put_list(builder, entry, field->json.name, &builder->mtu_limit, mtu->limits,
                     sizeof *mtu->limits, mtu->limit_count);
        else
            (void)ht_json_put_number(builder, entry, field, mtu);
    }
}

static void put_window(struct ht_json_builder *builder, struct json_object *object, const char *key,
                       const struct ht_report_window *window)
{
    struct json_object *entry = window != NULL ? json_object_new_object() : NULL;
    if (window == NULL) {
        ht_json_put_null(builder, object, key);
        return;
    }
    ht_json_put(builder, object, key, entry);
    for (size_t i = 0; i < builder->window.count && !builder->failed; i++) {
        const struct ht_field *field = builder->window.fields[i];
        if (field->known != 0 && !ht_field_flag(window, field->known))
            ht_json_put_null(builder, entry, field->json.name);
        else
            (void)ht_json_put_number(builder, entry, field, window);
    }
}

/* Puts what several flows tell. False: the field is something else. */
static bool put_flows(struct ht_json_builder *builder, struct json_object *object,
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
static bool put_packets(struct ht_json_builder *builder, struct json_object *object,
                        const struct ht_field *field, const struct ht_report *report)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_MARKINGS:
        put_list(builder, object, key, &builder->marking, report->marking, sizeof *report->marking,
                 report->marking_count);
        return true;
    case HT_FIELD_MTU:
        put_mtu(builder, object, key, report->mtu);
        return true;
    case HT_FIELD_LARGE_NUMBERS:
        ht_json_put_large_numbers(builder, object, field, report);
        return true;
    case HT_FIELD_TRANSLATORS:
        put_list(builder, object, key, &builder->translator, report->translators,
                 sizeof *report->translators, report->translator_count);
        return true;
    default:
        return false;
    }
}

static void put_report(struct ht_json_builder *builder, struct json_object *object,
                       const struct ht_report *report)
{
    for (size_t i = 0; i < builder->report.count && !builder->failed; i++) {
        const struct ht_field *field = builder->report.fields[i];
        const char *key = field->json.name;
        if (field->known != 0 && !ht_field_flag(report, field->known))
            ht_json_put_null(builder, object, key);
        else if (field->type == HT_FIELD_TAGS)
            ht_json_put_tags(builder, object, key, report->tags, report->tag_count);
        else if (field->type == HT_FIELD_WINDOW)
            put_window(builder, object, key, report->window);
        else if (field->type == HT_FIELD_HOPS)
            put_hops(builder, object, key, report);
        else if (!put_flows(builder, object, field, report) &&
                 !put_packets(builder, object, field, report) &&
                 !ht_json_put_number(builder, object, field, report))
            (void)ht_json_put_text(builder, object, field, report);
    }
}

static void put_event_field(struct ht_json_builder *builder, struct json_object *object,
                            const struct ht_field *field, const struct ht_event *event)
{
    if (field->known != 0 && !ht_field_flag(event, field->known))
        ht_json_put_null(builder, object, field->json.name);
    else if (field->type == HT_FIELD_TAGS)
        ht_json_put_tags(builder, object, field->json.name, event->tags, event->tag_count);
    else if (field->type == HT_FIELD_STRINGS)
        ht_json_put_strings(builder, object, field, event);
    else if (!ht_json_put_number(builder, object, field, event))
        (void)ht_json_put_text(builder, object, field, event);
}

static void put_event(struct ht_json_builder *builder, struct json_object *object,
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
    struct ht_json_builder builder;
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
    ht_json_init(&page.builder);
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
