#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "hoptrace/names.h"
#include "hoptrace/time.h"
#include "output/format.h"
#include "output/writers.h"

/* json-c escapes what JSON wants escaped, but hands invalid UTF-8 through. */
static const struct ht_charset json_charset = {.invalid = HT_REPLACEMENT};

/* Builds the objects of one call. A value that cannot be made is remembered here and the caller
 * asks once, at the end: without that it would look like an honest null. */
struct builder {
    struct ht_text string; /* the string being cleaned */
    bool failed;
};

/* Puts the value, which is the object's from now on, under a key that outlives the object. */
static void put(struct builder *builder, struct json_object *object, const char *key,
                struct json_object *value)
{
    const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;
    if (value != NULL && json_object_object_add_ex(object, key, value, flags) == 0)
        return;
    (void)json_object_put(value);
    builder->failed = true;
}

static void put_null(struct builder *builder, struct json_object *object, const char *key)
{
    if (json_object_object_add(object, key, NULL) != 0)
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

/* As put_integer, null for a number below 0. */
static void put_known(struct builder *builder, struct json_object *object, const char *key,
                      int value)
{
    if (value < 0)
        put_null(builder, object, key);
    else
        put_integer(builder, object, key, value);
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

static void put_rtt(struct builder *builder, struct json_object *object, const struct ht_rtt *rtt)
{
    struct json_object *times = json_object_new_object();
    put(builder, object, "rtt_ms", times);
    if (builder->failed)
        return;
    put_float(builder, times, "min", rtt->min_ms, HT_MS_DECIMALS);
    put_float(builder, times, "avg", rtt->avg_ms, HT_MS_DECIMALS);
    put_float(builder, times, "max", rtt->max_ms, HT_MS_DECIMALS);
    put_float(builder, times, "stddev", rtt->stddev_ms, HT_MS_DECIMALS);
    put_float(builder, times, "median", rtt->median_ms, HT_MS_DECIMALS);
    put_float(builder, times, "p95", rtt->p95_ms, HT_MS_DECIMALS);
    put_float(builder, times, "jitter", rtt->jitter_ms, HT_MS_DECIMALS);
}

/* Keys are the user's: they are copied, and of equal ones the last counts. */
static void put_tags(struct builder *builder, struct json_object *object,
                     const struct ht_report *report)
{
    struct json_object *tags = json_object_new_object();
    put(builder, object, "tags", tags);
    for (size_t i = 0; i < report->tag_count && !builder->failed; i++) {
        const char *value = clean(builder, report->tags[i].value);
        struct json_object *string = value != NULL ? json_object_new_string(value) : NULL;
        const char *key = clean(builder, report->tags[i].key);
        if (string != NULL && key != NULL && json_object_object_add(tags, key, string) == 0)
            continue;
        (void)json_object_put(string);
        builder->failed = true;
    }
}

static void put_mpls(struct builder *builder, struct json_object *object,
                     const struct ht_node *node)
{
    struct json_object *stack = json_object_new_array();
    put(builder, object, "mpls", stack);
    for (size_t i = 0; i < node->mpls_count && !builder->failed; i++) {
        const struct ht_mpls *mpls = &node->mpls[i];
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

static void put_nodes(struct builder *builder, struct json_object *object, const struct ht_hop *hop)
{
    struct json_object *nodes = json_object_new_array();
    put(builder, object, "nodes", nodes);
    for (size_t i = 0; i < hop->node_count && !builder->failed; i++) {
        const struct ht_node *node = &hop->nodes[i];
        struct json_object *entry = json_object_new_object();
        push(builder, nodes, entry);
        if (builder->failed)
            return;
        put_address(builder, entry, "address", &node->address, node->zone);
        put_string(builder, entry, "hostname", node->hostname);
        put_integer(builder, entry, "received", node->received);
        put_rtt(builder, entry, &node->rtt);
        put_known(builder, entry, "icmp_type", node->icmp_type);
        put_known(builder, entry, "icmp_code", node->icmp_code);
        put_known(builder, entry, "reply_ttl", node->reply_ttl);
        put_mpls(builder, entry, node);
    }
}

static void put_hops(struct builder *builder, struct json_object *object,
                     const struct ht_report *report)
{
    struct json_object *hops = json_object_new_array();
    put(builder, object, "hops", hops);
    for (size_t i = 0; i < report->listed_hops && !builder->failed; i++) {
        const struct ht_hop *hop = &report->hops[i];
        struct json_object *entry = json_object_new_object();
        push(builder, hops, entry);
        if (builder->failed)
            return;
        put_integer(builder, entry, "ttl", hop->ttl);
        put_integer(builder, entry, "sent", hop->sent);
        put_integer(builder, entry, "received", hop->received);
        put_flag(builder, entry, "shared", hop->shared);
        put_float(builder, entry, "loss_percent", hop->loss_percent, HT_PERCENT_DECIMALS);
        put_rtt(builder, entry, &hop->rtt);
        put_integer(builder, entry, "other_received", hop->other_received);
        put_nodes(builder, entry, hop);
    }
}

static void put_time(struct builder *builder, struct json_object *object,
                     const struct ht_report *report)
{
    ht_text_clear(&builder->string);
    ht_append_time(&builder->string, report->time_ns);
    struct json_object *time =
        builder->string.failed ? NULL : json_object_new_string(builder->string.data);
    put(builder, object, "time", time);
}

static void put_path_id(struct builder *builder, struct json_object *object,
                        const struct ht_report *report)
{
    char digits[9];
    if (snprintf(digits, sizeof digits, "%08x", (unsigned)report->path_id) != 8)
        builder->failed = true;
    put_string(builder, object, "path_id", report->has_path_id ? digits : NULL);
}

/* What was asked for, and of whom. */
static void put_target(struct builder *builder, struct json_object *object,
                       const struct ht_report *report)
{
    bool known = report->family != HT_FAMILY_ANY;
    put_string(builder, object, "schema", "hoptrace/1");
    put_string(builder, object, "target", ht_report_name(report));
    put_string(builder, object, "host", report->host);
    put_address(builder, object, "address", &report->address, report->address_zone);
    put_address(builder, object, "source", &report->source, report->source_zone);
    put_string(builder, object, "family", known ? ht_family_name(report->family) : NULL);
    put_string(builder, object, "protocol", ht_protocol_name(report->protocol));
    put_known(builder, object, "port", report->port != 0 ? report->port : -1);
    put_tags(builder, object, report);
}

/* What came of it. */
static void put_result(struct builder *builder, struct json_object *object,
                       const struct ht_report *report)
{
    put_time(builder, object, report);
    put_float(builder, object, "duration_ms", ht_ns_to_ms(report->duration_ns), HT_MS_DECIMALS);
    put_string(builder, object, "status", ht_status_name(report->status));
    put_string(builder, object, "stop_reason", ht_stop_reason_name(report->stop_reason));
    put_string(builder, object, "error", report->error);
    put_integer(builder, object, "hop_count", report->hop_count);
    put_path_id(builder, object, report);
    put_integer(builder, object, "sent", report->sent);
    put_integer(builder, object, "received", report->received);
    put_integer(builder, object, "local_errors", report->local_errors);
    put_integer(builder, object, "rx_overflows", report->rx_overflows);
    put_integer(builder, object, "forged", report->forged);
    put_string(builder, object, "time_source", ht_time_source_name(report->time_source));
    put_float(builder, object, "loss_percent", report->loss_percent, HT_PERCENT_DECIMALS);
    put_rtt(builder, object, &report->rtt);
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

static void write_report(struct ht_text *text, struct builder *builder,
                         const struct ht_report *report, int flags)
{
    struct json_object *object = json_object_new_object();
    if (object == NULL) {
        builder->failed = true;
        return;
    }
    put_target(builder, object, report);
    put_result(builder, object, report);
    put_hops(builder, object, report);
    size_t length = 0;
    const char *line = builder->failed ? NULL : print(object, flags, &length);
    if (line != NULL)
        ht_text_append(text, line, length);
    else
        builder->failed = true;
    (void)json_object_put(object);
}

static void write_all(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                      const struct layout *layout)
{
    struct builder builder = {0};
    if (count == 0)
        return;
    ht_text_puts(text, layout->begin);
    for (size_t i = 0; i < count && !text->failed; i++) {
        if (i > 0)
            ht_text_puts(text, layout->between);
        write_report(text, &builder, reports[i], layout->flags | JSON_C_TO_STRING_NOSLASHESCAPE);
        if (builder.failed)
            text->failed = true;
    }
    ht_text_puts(text, layout->end);
    ht_text_fini(&builder.string);
}

void ht_write_json(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                   const struct ht_output_context *context)
{
    static const struct layout lines = {JSON_C_TO_STRING_PLAIN, "", "\n", "\n"};
    (void)context;
    write_all(text, reports, count, &lines);
}

void ht_write_json_pretty(struct ht_text *text, const struct ht_report *const *reports,
                          size_t count, const struct ht_output_context *context)
{
    static const struct layout indented = {JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, "",
                                           "\n", "\n"};
    (void)context;
    write_all(text, reports, count, &indented);
}

void ht_write_json_array(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                         const struct ht_output_context *context)
{
    static const struct layout array = {JSON_C_TO_STRING_PLAIN, "[", ",", "]\n"};
    (void)context;
    write_all(text, reports, count, &array);
}
