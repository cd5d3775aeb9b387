#include <string.h>

#include "hoptrace/time.h"
#include "output/collectd_values.h"
#include "output/format.h"
#include "output/self_fields.h"
#include "output/writers.h"

/* Longest part of an identifier: collectd's DATA_MAX_NAME_LEN without the terminator. It cuts
 * longer ones without a word; also this keeps a line far below the 1,200 bytes that end it. */
#define PART_MAX 127

/* Nothing grows as collectd counts: the backslash before a quote is gone once it has read the
 * line, and what cannot be read becomes one byte each. */
static const struct ht_charset identifier_charset = {
    .ascii = {[1 ... 31] = "_", ['"'] = "\\\"", ['/'] = "_", ['\\'] = "\\\\", [127] = "_"},
    .c1 = "_",
    .invalid = "_",
};

/* The same in what a person reads. */
static const struct ht_charset message_charset = {
    .ascii = {[1 ... 31] = "_", ['"'] = "\\\"", ['\\'] = "\\\\", [127] = "_"},
    .c1 = "_",
    .invalid = "_",
};

/* What all lines of a report share. */
struct lines {
    struct ht_text *text;
    struct ht_text head; /* from PUTVAL to the instance */
    struct ht_text tail; /* from the closing quote to the time */
};

/* Appends a part of the identifier, cut to what collectd keeps, never inside a character. */
static void append_part(struct ht_text *text, const char *string)
{
    char part[PART_MAX + 1];
    size_t length = strnlen(string, sizeof part);
    if (length == sizeof part) {
        length = PART_MAX;
        while (length > 0 && ((unsigned char)string[length] & 0xc0U) == 0x80)
            length--;
    }
    memcpy(part, string, length);
    part[length] = '\0';
    ht_append_string(text, part, &identifier_charset);
}

/* The time as collectd takes it. Below two seconds between rounds it needs its fraction: two
 * rounds of one second would have the same time, and collectd drops the second one. */
static void append_epoch(struct ht_text *text, int64_t time_ns, double shortest_s)
{
    ht_append_integer(text, time_ns / HT_NS_PER_S);
    if (shortest_s > 0 && shortest_s < 2)
        ht_text_printf(text, ".%03d", (int)(time_ns % HT_NS_PER_S / HT_NS_PER_MS));
}

static const char *host_of(const struct ht_output_context *context)
{
    const char *hostname = context->hostname;
    return hostname != NULL && hostname[0] != '\0' ? hostname : "localhost";
}

/* `name`: the instance; NULL: none. */
static void make_lines(struct lines *lines, const char *name, int64_t time_ns,
                       const struct ht_output_context *context)
{
    ht_text_clear(&lines->head);
    ht_text_puts(&lines->head, "PUTVAL \"");
    append_part(&lines->head, host_of(context));
    ht_text_puts(&lines->head, "/traceroute");
    if (name != NULL) {
        ht_text_putc(&lines->head, '-');
        append_part(&lines->head, name);
    }
    ht_text_putc(&lines->head, '/');

    ht_text_clear(&lines->tail);
    ht_text_puts(&lines->tail, "\" ");
    if (context->interval_s > 0) {
        ht_text_puts(&lines->tail, "interval=");
        ht_append_number(&lines->tail, context->interval_s, 3, 3);
        ht_text_putc(&lines->tail, ' ');
    }
    append_epoch(&lines->tail, time_ns, context->shortest_s);
    ht_text_putc(&lines->tail, ':');
}

static void put_value(void *user, const struct ht_collectd_value *value)
{
    const struct lines *lines = user;
    struct ht_text *text = lines->text;
    ht_text_append(text, lines->head.data, lines->head.length);
    ht_text_puts(text, value->type);
    if (value->instance[0] != '\0') {
        ht_text_putc(text, '-');
        ht_text_puts(text, value->instance);
    }
    ht_text_append(text, lines->tail.data, lines->tail.length);
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, value->number, value->decimals, 0);
    ht_text_puts(text, length > 0 ? number : "U");
    ht_text_putc(text, '\n');
}

/* A notification. With all parts at their longest, and each of their bytes escaped, the line has
 * 254 + 254 + 510 bytes of theirs and 115 to 160 of its own. */
static void put_event(struct ht_text *text, const struct ht_event *event,
                      const struct ht_output_context *context)
{
    ht_text_puts(text, "PUTNOTIF host=\"");
    append_part(text, host_of(context));
    ht_text_puts(text, "\" plugin=traceroute plugin_instance=\"");
    append_part(text, ht_event_target(event));
    ht_text_printf(text,
                   "\" type=gauge type_instance=%s severity=%s time=", ht_event_name(event->kind),
                   ht_severity_name(event->severity));
    append_epoch(text, event->time_ns, context->shortest_s);
    ht_text_puts(text, " message=\"");
    ht_append_string(text, event->message, &message_charset);
    ht_text_puts(text, "\"\n");
}

static void put_record(struct lines *lines, const struct ht_output_record *record,
                       const struct ht_output_context *context)
{
    struct ht_hop_range none = {0};
    for (size_t i = 0; i < record->event_count; i++)
        put_event(lines->text, record->events[i], context);
    if (record->report == NULL)
        return;
    make_lines(lines, ht_report_name(record->report), record->report->time_ns, context);
    if (lines->head.failed || lines->tail.failed) {
        lines->text->failed = true;
        return;
    }
    ht_collectd_values(record->report, record->hops != NULL ? record->hops : &none, put_value,
                       lines);
}

void ht_write_putval(struct ht_text *text, const struct ht_output_record *records, size_t count,
                     const struct ht_output_context *context)
{
    static const struct ht_output_context nothing_known = {0};
    struct lines lines = {.text = text};
    for (size_t i = 0; i < count && !text->failed; i++)
        put_record(&lines, &records[i], context != NULL ? context : &nothing_known);
    ht_text_fini(&lines.head);
    ht_text_fini(&lines.tail);
}

void ht_write_self_putval(struct ht_text *text, const struct ht_health *health,
                          const struct ht_output_context *context)
{
    static const struct ht_output_context nothing_known = {0};
    struct lines lines = {.text = text};
    make_lines(&lines, NULL, health->time_ns, context != NULL ? context : &nothing_known);
    if (lines.head.failed || lines.tail.failed)
        text->failed = true;
    else
        ht_collectd_self_values(health, put_value, &lines);
    ht_text_fini(&lines.head);
    ht_text_fini(&lines.tail);
}
