#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoptrace/names.h"
#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/format.h"
#include "output/writers.h"

/* Tag keys and values. A control character is refused by parsers even escaped, and so is a
 * backslash at the end; any other backslash stands for itself, also before an escape. */
static const struct ht_charset tag_charset = {
    .ascii = {[1 ... 31] = "_", [' '] = "\\ ", [','] = "\\,", ['='] = "\\=", [127] = "_"},
    .c1 = "_",
    .invalid = HT_REPLACEMENT,
    .at_end = "_",
};

/* String fields. A newline would be legal, but who reads line by line would see two halves. */
static const struct ht_charset string_charset = {
    .ascii = {[1 ... 31] = "_", ['"'] = "\\\"", ['\\'] = "\\\\", [127] = "_"},
    .c1 = "_",
    .invalid = HT_REPLACEMENT,
};

/* One tag of a report: offsets into the bytes of its set, where both stand as they are written. */
struct tag {
    size_t key;
    size_t value; /* empty: claims the key and is not written */
};

/* A report's tags. */
struct tag_set {
    struct ht_text bytes;
    struct tag *tags;
    size_t count;
    size_t capacity;
    bool failed;
};

static void tag_set_fini(struct tag_set *set)
{
    ht_text_fini(&set->bytes);
    free(set->tags);
}

static bool tag_set_reserve(struct tag_set *set, size_t count)
{
    if (count <= set->capacity)
        return true;
    struct tag *tags = calloc(count, sizeof *tags);
    if (tags == NULL) {
        set->failed = true;
        return false;
    }
    free(set->tags);
    set->tags = tags;
    set->capacity = count;
    return true;
}

static size_t keep_string(struct tag_set *set, const char *string)
{
    size_t offset = set->bytes.length;
    ht_append_string(&set->bytes, string, &tag_charset);
    ht_text_putc(&set->bytes, '\0');
    return offset;
}

/* The key's next character without its escape. */
static const char *unescaped(const char *key)
{
    bool escape = key[0] == '\\' && (key[1] == ' ' || key[1] == ',' || key[1] == '=');
    return escape ? key + 1 : key;
}

/* Order of two written keys, as the reader who sorts them again will see it. */
static int compare_keys(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = unescaped(a);
        b = unescaped(b);
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    }
}

/* Adds a tag at its place; among equal keys the first one added stays first. */
static void tag_set_add(struct tag_set *set, const char *key, const char *value)
{
    struct tag added = {
        .key = keep_string(set, key),
        .value = keep_string(set, value),
    };
    if (set->bytes.failed)
        return;
    const char *bytes = set->bytes.data;
    size_t place = set->count++;
    while (place > 0 && compare_keys(bytes + set->tags[place - 1].key, bytes + added.key) > 0) {
        set->tags[place] = set->tags[place - 1];
        place--;
    }
    set->tags[place] = added;
}

/* Writes the sorted tags; of equal keys only the first, which is ours if one of them is. Returns
 * where "hop" belongs. */
static size_t tag_set_write(const struct tag_set *set, struct ht_text *text)
{
    const char *bytes = set->bytes.data;
    const char *previous = "";
    size_t hop = text->length;
    for (size_t i = 0; i < set->count; i++) {
        const char *key = bytes + set->tags[i].key;
        const char *value = bytes + set->tags[i].value;
        bool repeated = strcmp(key, previous) == 0; /* also: a key that is empty */
        previous = key;
        if (strcmp(key, "hop") == 0)
            hop = text->length;
        if (repeated || value[0] == '\0')
            continue;
        ht_text_putc(text, ',');
        ht_text_puts(text, key);
        ht_text_putc(text, '=');
        ht_text_puts(text, value);
    }
    return hop;
}

/* The names of the fields, and the one that readers keep for the timestamp. */
static bool is_taken(const char *key)
{
    static const char *const taken[] = {"address",       "addresses",    "destination",
                                        "duration_ms",   "error",        "forged",
                                        "hops",          "hostname",     "jitter_ms",
                                        "local_errors",  "loss_percent", "mpls",
                                        "path_hash",     "path_id",      "reached",
                                        "reached_value", "received",     "result_code",
                                        "rtt_avg_ms",    "rtt_max_ms",   "rtt_median_ms",
                                        "rtt_min_ms",    "rtt_p95_ms",   "rtt_stddev_ms",
                                        "sent",          "status",       "stop_reason",
                                        "time",          "ttl"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(key, taken[i]) == 0)
            return true;
    }
    return false;
}

/* A user's tag. One named as a field gets a '_' behind: a query could not tell the two apart. */
static void add_user_tag(struct tag_set *set, const struct ht_tag *tag)
{
    struct ht_text renamed = {0};
    if (tag->key == NULL || !is_taken(tag->key)) {
        tag_set_add(set, tag->key, tag->value);
        return;
    }
    ht_text_printf(&renamed, "%s_", tag->key);
    if (renamed.failed)
        set->failed = true;
    else
        tag_set_add(set, renamed.data, tag->value);
    ht_text_fini(&renamed);
}

/* Makes the tags of a report. "hop" has its place here and its value in each line. */
static void tag_set_make(struct tag_set *set, const struct ht_report *report)
{
    set->count = 0;
    ht_text_clear(&set->bytes);
    if (!tag_set_reserve(set, 4 + report->tag_count))
        return;
    bool known = report->family != HT_FAMILY_ANY;
    tag_set_add(set, "family", known ? ht_family_name(report->family) : "");
    tag_set_add(set, "hop", "");
    tag_set_add(set, "protocol", ht_protocol_name(report->protocol));
    tag_set_add(set, "target", ht_report_name(report));
    for (size_t i = 0; i < report->tag_count; i++)
        add_user_tag(set, &report->tags[i]);
    set->failed |= set->bytes.failed;
}

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
/* A key with its signs. */
#define KEY(name) PIECE("," name "=")

/* All fields of a line that have a longest form do not take so much together. */
#define FIELDS_MAX 1024

/* The fields of one line, in alphabetical order by the order of the calls. */
struct fields {
    struct ht_text *text;
    size_t begin;  /* where the first one begins, with a comma like the others until they end */
    char *next;    /* where the next one goes, with room for what has a longest form; NULL: no
                      memory */
    double value;  /* the last number: a hop with one answer says the same one five times */
    size_t length; /* of it as text; 0: none yet */
    unsigned decimals;
    char number[HT_NUMBER_MAX];
};

static void take_room(struct fields *fields)
{
    struct ht_text *text = fields->text;
    fields->next = ht_text_reserve(text, FIELDS_MAX) ? text->data + text->length : NULL;
}

static void give_back_room(struct fields *fields)
{
    struct ht_text *text = fields->text;
    if (fields->next == NULL)
        return;
    *fields->next = '\0';
    text->length = (size_t)(fields->next - text->data);
}

static void fields_begin(struct fields *fields, struct ht_text *text)
{
    fields->text = text;
    fields->begin = text->length;
    fields->length = 0;
    take_room(fields);
}

/* There is at least one field in each line. */
static void fields_end(struct fields *fields)
{
    give_back_room(fields);
    if (fields->next != NULL)
        fields->text->data[fields->begin] = ' ';
}

static inline void put(struct fields *fields, const char *bytes, size_t length)
{
    if (fields->next == NULL)
        return;
    memcpy(fields->next, bytes, length);
    fields->next += length;
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
static inline void field_float(struct fields *fields, const char *key, size_t key_length,
                               double value, unsigned decimals)
{
    if (!isfinite(value))
        return;
    format_once(fields, value, decimals);
    if (fields->length == 0 || fields->next == NULL)
        return;
    put(fields, key, key_length);
    memcpy(fields->next, fields->number, sizeof fields->number); /* a fixed length is no call */
    fields->next += fields->length;
}

static inline void field_integer(struct fields *fields, const char *key, size_t key_length,
                                 int64_t value)
{
    if (fields->next == NULL)
        return;
    put(fields, key, key_length);
    fields->next += ht_format_integer(fields->next, value);
    *fields->next++ = 'i';
}

/* A string that has a longest form and nothing to escape. */
static inline void field_word(struct fields *fields, const char *key, size_t key_length,
                              const char *word)
{
    put(fields, key, key_length);
    put(fields, PIECE("\""));
    put(fields, word, strlen(word));
    put(fields, PIECE("\""));
}

/* Any other. Left out if there is none or it is empty. */
static void field_string(struct fields *fields, const char *key, size_t key_length,
                         const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    put(fields, key, key_length);
    put(fields, PIECE("\""));
    give_back_room(fields);
    ht_append_string(fields->text, value, &string_charset);
    take_room(fields);
    put(fields, PIECE("\""));
}

static void field_address(struct fields *fields, const struct ht_address *address, const char *zone)
{
    char text[HT_ADDRESS_TEXT_MAX];
    if (address->version == HT_IP_NONE)
        return;
    ht_address_format_zoned(address, zone, text);
    if (zone == NULL)
        field_word(fields, KEY("address"), text);
    else
        field_string(fields, KEY("address"), text);
}

/* "16001/0/1/1+...": label, tc, bottom, ttl of each entry. */
static void field_mpls(struct fields *fields, const struct ht_node *node)
{
    if (node->mpls_count == 0)
        return;
    put(fields, KEY("mpls"));
    give_back_room(fields);
    for (size_t i = 0; i < node->mpls_count; i++) {
        const struct ht_mpls *entry = &node->mpls[i];
        ht_text_printf(fields->text, "%c%u/%u/%u/%u", i == 0 ? '"' : '+', (unsigned)entry->label,
                       (unsigned)entry->tc, entry->bottom ? 1U : 0U, (unsigned)entry->ttl);
    }
    take_room(fields);
    put(fields, PIECE("\""));
}

static void field_rtt(struct fields *fields, const struct ht_rtt *rtt)
{
    field_float(fields, KEY("rtt_avg_ms"), rtt->avg_ms, HT_MS_DECIMALS);
    field_float(fields, KEY("rtt_max_ms"), rtt->max_ms, HT_MS_DECIMALS);
    field_float(fields, KEY("rtt_median_ms"), rtt->median_ms, HT_MS_DECIMALS);
    field_float(fields, KEY("rtt_min_ms"), rtt->min_ms, HT_MS_DECIMALS);
    field_float(fields, KEY("rtt_p95_ms"), rtt->p95_ms, HT_MS_DECIMALS);
    field_float(fields, KEY("rtt_stddev_ms"), rtt->stddev_ms, HT_MS_DECIMALS);
}

/* As a number too: stores and queries that cannot do with text take differences of that. */
static void field_path_id(struct fields *fields, const struct ht_report *report)
{
    char text[16];
    if (!report->has_path_id)
        return;
    field_integer(fields, KEY("path_hash"), report->path_id);
    (void)snprintf(text, sizeof text, "%08x", (unsigned)report->path_id);
    field_word(fields, KEY("path_id"), text);
}

/* As a boolean and as a number. */
static void field_reached(struct fields *fields, const struct ht_report *report)
{
    if (report->reached_unknown)
        return;
    if (report->status == HT_STATUS_REACHED)
        put(fields, PIECE(",reached=true,reached_value=1i"));
    else
        put(fields, PIECE(",reached=false,reached_value=0i"));
}

static void write_target(struct ht_text *text, const struct ht_report *report,
                         const struct tag_set *set, struct parts *parts)
{
    ht_text_append(text, PIECE("traceroute"));
    parts->tags = text->length;
    parts->before_hop = tag_set_write(set, text) - parts->tags;
    parts->behind_hop = text->length - parts->tags - parts->before_hop;
    struct fields fields;
    fields_begin(&fields, text);
    field_address(&fields, &report->address, report->address_zone);
    field_float(&fields, KEY("duration_ms"), ht_ns_to_ms(report->duration_ns), HT_MS_DECIMALS);
    field_string(&fields, KEY("error"), report->error);
    field_integer(&fields, KEY("forged"), report->forged);
    if (!report->path_unknown)
        field_integer(&fields, KEY("hops"), report->hop_count);
    field_float(&fields, KEY("jitter_ms"), report->rtt.jitter_ms, HT_MS_DECIMALS);
    field_integer(&fields, KEY("local_errors"), report->local_errors);
    field_float(&fields, KEY("loss_percent"), report->loss_percent, HT_PERCENT_DECIMALS);
    field_path_id(&fields, report);
    field_reached(&fields, report);
    field_integer(&fields, KEY("received"), report->received);
    field_integer(&fields, KEY("result_code"), report->status);
    field_rtt(&fields, &report->rtt);
    field_integer(&fields, KEY("sent"), report->sent);
    field_word(&fields, KEY("status"), ht_status_name(report->status));
    field_word(&fields, KEY("stop_reason"), ht_stop_reason_name(report->stop_reason));
    fields_end(&fields);
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
    fields_begin(&fields, text);
    const struct ht_node *node = ht_hop_main_node(hop);
    if (node != NULL) {
        field_address(&fields, &node->address, node->zone);
        field_integer(&fields, KEY("addresses"), (int64_t)hop->node_count);
        if (report->status == HT_STATUS_REACHED && hop->ttl == report->hop_count)
            put(&fields, PIECE(",destination=true"));
        field_string(&fields, KEY("hostname"), node->hostname);
    }
    field_float(&fields, KEY("jitter_ms"), hop->rtt.jitter_ms, HT_MS_DECIMALS);
    field_float(&fields, KEY("loss_percent"), hop->loss_percent, HT_PERCENT_DECIMALS);
    if (node != NULL)
        field_mpls(&fields, node);
    field_integer(&fields, KEY("received"), hop->received);
    field_rtt(&fields, &hop->rtt);
    field_integer(&fields, KEY("sent"), hop->sent);
    field_integer(&fields, KEY("ttl"), hop->ttl);
    fields_end(&fields);
    ht_text_repeat(text, parts->ending, parts->ending_length);
}

void ht_write_influx(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                     const struct ht_output_context *context)
{
    (void)context;
    struct tag_set set = {0};
    for (size_t i = 0; i < count && !text->failed; i++) {
        const struct ht_report *report = reports[i];
        struct parts parts;
        tag_set_make(&set, report);
        if (set.failed) {
            text->failed = true;
            break;
        }
        write_target(text, report, &set, &parts);
        for (size_t j = 0; j < report->listed_hops && !text->failed; j++)
            write_hop(text, report, &report->hops[j], &parts);
    }
    tag_set_fini(&set);
}
