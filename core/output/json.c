#include <stdbool.h>

#include "model/hop.h"
#include "output/fields.h"
#include "output/json_values.h"
#include "output/writers.h"

/* An array of such records, each of `size` bytes. */
static void put_list(struct ht_json_writer *writer, const char *key,
                     const struct ht_json_order *order, const void *records, size_t size,
                     size_t count)
{
    ht_json_begin(writer, key, '[');
    for (size_t i = 0; i < count; i++) {
        ht_json_begin(writer, NULL, '{');
        ht_json_put_plain(writer, order, (const char *)records + i * size);
        ht_json_end(writer, '}');
    }
    ht_json_end(writer, ']');
}

static void put_interface(struct ht_json_writer *writer, const char *key,
                          const struct ht_interface *interface)
{
    if (interface == NULL) {
        ht_json_put_null(writer, key);
        return;
    }
    ht_json_begin(writer, key, '{');
    ht_json_put_plain(writer, &writer->interface, interface);
    ht_json_end(writer, '}');
}

static void put_node(struct ht_json_writer *writer, const struct ht_node *node)
{
    for (size_t i = 0; i < writer->node.count; i++) {
        const struct ht_field *field = writer->node.fields[i];
        if (field->type == HT_FIELD_MPLS)
            ht_json_put_mpls(writer, field->json.name, node);
        else if (field->type == HT_FIELD_INTERFACE)
            put_interface(writer, field->json.name, ht_node_interface(&node->facts));
        else if (field->type == HT_FIELD_INTERFACES)
            put_list(writer, field->json.name, &writer->interface, node->facts.interfaces,
                     sizeof *node->facts.interfaces, node->facts.interface_count);
        else if (field->type == HT_FIELD_NUMBERS)
            ht_json_put_numbers(writer, field, node);
        else if (!ht_json_put_number(writer, field, node))
            (void)ht_json_put_text(writer, field, node);
    }
}

static void put_nodes(struct ht_json_writer *writer, const char *key, const struct ht_hop *hop)
{
    ht_json_begin(writer, key, '[');
    for (size_t i = 0; i < hop->node_count; i++) {
        ht_json_begin(writer, NULL, '{');
        put_node(writer, &hop->nodes[i]);
        ht_json_end(writer, '}');
    }
    ht_json_end(writer, ']');
}

static void put_hop(struct ht_json_writer *writer, const struct ht_report *report,
                    const struct ht_hop *hop)
{
    for (size_t i = 0; i < writer->hop.count; i++) {
        const struct ht_field *field = writer->hop.fields[i];
        if (field->known != 0 && !ht_field_flag(report, field->known))
            ht_json_put_null(writer, field->json.name);
        else if (field->type == HT_FIELD_NODES)
            put_nodes(writer, field->json.name, hop);
        else if (!ht_json_put_number(writer, field, hop))
            (void)ht_json_put_text(writer, field, hop);
    }
}

static void put_hops(struct ht_json_writer *writer, const char *key, const struct ht_report *report)
{
    ht_json_begin(writer, key, '[');
    for (size_t i = 0; i < report->listed_hops; i++) {
        ht_json_begin(writer, NULL, '{');
        put_hop(writer, report, &report->hops[i]);
        ht_json_end(writer, '}');
    }
    ht_json_end(writer, ']');
}

static void put_multipath(struct ht_json_writer *writer, const char *key,
                          const struct ht_multipath *multipath)
{
    if (multipath == NULL) {
        ht_json_put_null(writer, key);
        return;
    }
    ht_json_begin(writer, key, '{');
    ht_json_put_plain(writer, &writer->multipath, multipath);
    put_list(writer, "balancers", &writer->balancer, multipath->balancers,
             sizeof *multipath->balancers, multipath->balancer_count);
    ht_json_end(writer, '}');
}

static void put_mtu(struct ht_json_writer *writer, const char *key, const struct ht_mtu *mtu)
{
    if (mtu == NULL) {
        ht_json_put_null(writer, key);
        return;
    }
    ht_json_begin(writer, key, '{');
    for (size_t i = 0; i < writer->mtu.count; i++) {
        const struct ht_field *field = writer->mtu.fields[i];
        if (field->type == HT_FIELD_MTU_LIMITS)
            put_list(writer, field->json.name, &writer->mtu_limit, mtu->limits, sizeof *mtu->limits,
                     mtu->limit_count);
        else
            (void)ht_json_put_number(writer, field, mtu);
    }
    ht_json_end(writer, '}');
}

static void put_window(struct ht_json_writer *writer, const char *key,
                       const struct ht_report_window *window)
{
    if (window == NULL) {
        ht_json_put_null(writer, key);
        return;
    }
    ht_json_begin(writer, key, '{');
    for (size_t i = 0; i < writer->window.count; i++) {
        const struct ht_field *field = writer->window.fields[i];
        if (field->known != 0 && !ht_field_flag(window, field->known))
            ht_json_put_null(writer, field->json.name);
        else
            (void)ht_json_put_number(writer, field, window);
    }
    ht_json_end(writer, '}');
}

/* Puts what several flows tell. False: the field is something else. */
static bool put_flows(struct ht_json_writer *writer, const struct ht_field *field,
                      const struct ht_report *report)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_FLOWS:
        put_list(writer, key, &writer->flow, report->flows, sizeof *report->flows,
                 report->flow_count);
        return true;
    case HT_FIELD_LINKS:
        put_list(writer, key, &writer->link, report->links, sizeof *report->links,
                 report->link_count);
        return true;
    case HT_FIELD_MULTIPATH:
        put_multipath(writer, key, report->multipath);
        return true;
    default:
        return false;
    }
}

/* Puts what the network does to packets. False: the field is something else. */
static bool put_packets(struct ht_json_writer *writer, const struct ht_field *field,
                        const struct ht_report *report)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_MARKINGS:
        put_list(writer, key, &writer->marking, report->marking, sizeof *report->marking,
                 report->marking_count);
        return true;
    case HT_FIELD_MTU:
        put_mtu(writer, key, report->mtu);
        return true;
    case HT_FIELD_LARGE_NUMBERS:
        ht_json_put_large_numbers(writer, field, report);
        return true;
    case HT_FIELD_TRANSLATORS:
        put_list(writer, key, &writer->translator, report->translators, sizeof *report->translators,
                 report->translator_count);
        return true;
    default:
        return false;
    }
}

static void put_report(struct ht_json_writer *writer, const struct ht_report *report)
{
    for (size_t i = 0; i < writer->report.count; i++) {
        const struct ht_field *field = writer->report.fields[i];
        const char *key = field->json.name;
        if (field->known != 0 && !ht_field_flag(report, field->known))
            ht_json_put_null(writer, key);
        else if (field->type == HT_FIELD_TAGS)
            ht_json_put_tags(writer, key, report->tags, report->tag_count);
        else if (field->type == HT_FIELD_WINDOW)
            put_window(writer, key, report->window);
        else if (field->type == HT_FIELD_HOPS)
            put_hops(writer, key, report);
        else if (!put_flows(writer, field, report) && !put_packets(writer, field, report) &&
                 !ht_json_put_number(writer, field, report))
            (void)ht_json_put_text(writer, field, report);
    }
}

static void put_event_field(struct ht_json_writer *writer, const struct ht_field *field,
                            const struct ht_event *event)
{
    if (field->known != 0 && !ht_field_flag(event, field->known))
        ht_json_put_null(writer, field->json.name);
    else if (field->type == HT_FIELD_TAGS)
        ht_json_put_tags(writer, field->json.name, event->tags, event->tag_count);
    else if (field->type == HT_FIELD_STRINGS)
        ht_json_put_strings(writer, field, event);
    else if (!ht_json_put_number(writer, field, event))
        (void)ht_json_put_text(writer, field, event);
}

static void put_event(struct ht_json_writer *writer, const struct ht_event *event)
{
    for (size_t i = 0; i < writer->event.count; i++)
        put_event_field(writer, writer->event.fields[i], event);
    const struct ht_event_field *own = ht_event_fields(event->kind);
    for (; own->name != NULL; own++) {
        struct ht_field field = ht_field_of_event(own);
        put_event_field(writer, &field, event);
    }
}

/* What stands around the objects of one call. */
struct layout {
    bool pretty;
    const char *begin;
    const char *between;
    const char *end;
};

static void write_all(struct ht_text *text, const struct ht_output_record *records, size_t count,
                      const struct layout *layout)
{
    struct ht_json_writer writer;
    const char *before = layout->begin;
    if (count == 0)
        return;
    ht_json_init(&writer, text, layout->pretty);
    for (size_t i = 0; i < count; i++) {
        const struct ht_output_record *record = &records[i];
        size_t objects = record->event_count + (record->report != NULL);
        for (size_t j = 0; j < objects; j++) {
            ht_text_puts(text, before);
            before = layout->between;
            ht_json_begin(&writer, NULL, '{');
            if (j < record->event_count)
                put_event(&writer, record->events[j]);
            else
                put_report(&writer, record->report);
            ht_json_end(&writer, '}');
        }
    }
    ht_text_puts(text, layout->end);
    ht_json_fini(&writer);
}

void ht_write_json(struct ht_text *text, const struct ht_output_record *records, size_t count,
                   const struct ht_output_context *context)
{
    static const struct layout lines = {false, "", "\n", "\n"};
    (void)context;
    write_all(text, records, count, &lines);
}

void ht_write_json_pretty(struct ht_text *text, const struct ht_output_record *records,
                          size_t count, const struct ht_output_context *context)
{
    static const struct layout indented = {true, "", "\n", "\n"};
    (void)context;
    write_all(text, records, count, &indented);
}

void ht_write_json_array(struct ht_text *text, const struct ht_output_record *records, size_t count,
                         const struct ht_output_context *context)
{
    static const struct layout array = {false, "[", ",", "]\n"};
    (void)context;
    write_all(text, records, count, &array);
}
