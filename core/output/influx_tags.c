#include "output/influx_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hoptrace/names.h"
#include "output/fields.h"
#include "output/format.h"

/* Tag keys and values. A control character is refused by parsers even escaped, and so is a
 * backslash at the end; any other backslash stands for itself, also before an escape. */
static const struct ht_charset tag_charset = {
    .ascii = {[1 ... 31] = "_", [' '] = "\\ ", [','] = "\\,", ['='] = "\\=", [127] = "_"},
    .c1 = "_",
    .invalid = HT_REPLACEMENT,
    .at_end = "_",
};

void ht_tag_set_fini(struct ht_tag_set *set)
{
    ht_text_fini(&set->bytes);
    free(set->tags);
}

static bool tag_set_reserve(struct ht_tag_set *set, size_t count)
{
    if (count <= set->capacity)
        return true;
    struct ht_influx_tag *tags = calloc(count, sizeof *tags);
    if (tags == NULL) {
        set->failed = true;
        return false;
    }
    free(set->tags);
    set->tags = tags;
    set->capacity = count;
    return true;
}

static size_t keep_string(struct ht_tag_set *set, const char *string)
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
static void tag_set_add(struct ht_tag_set *set, const char *key, const char *value)
{
    struct ht_influx_tag added = {
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

size_t ht_tag_set_write(const struct ht_tag_set *set, struct ht_text *text)
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

/* What the tags are made of. */
struct source {
    const char *name;
    enum ht_family family;
    enum ht_protocol protocol;
    const struct ht_tag *tags;
    size_t tag_count;
    const struct ht_event *event; /* NULL: they are a report's */
    int flow;                     /* -1: no such tag */
    int branch;                   /* 0: likewise */
    int ttl;                      /* 0: the tag "hop" is claimed, and not written */
};

/* A number below 1,000; "" for one below `least`. */
static void add_number(struct ht_tag_set *set, const char *key, int value, int least)
{
    char number[16] = "";
    if (value >= least && snprintf(number, sizeof number, "%d", value) < 0)
        set->failed = true;
    tag_set_add(set, key, number);
}

/* The name of a field, or the one that readers keep for the timestamp. */
static bool is_taken(const struct source *source, const char *key)
{
    return strcmp(key, "time") == 0 || ht_field_is_in_influx(key) ||
           (source->event != NULL && ht_field_is_in_event(source->event->kind, key));
}

/* A user's tag. One named as a field gets a '_' behind: a query could not tell the two apart. */
static void add_user_tag(struct ht_tag_set *set, const struct source *source,
                         const struct ht_tag *tag)
{
    struct ht_text renamed = {0};
    if (tag->key == NULL || !is_taken(source, tag->key)) {
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

static void make(struct ht_tag_set *set, const struct source *source)
{
    set->count = 0;
    ht_text_clear(&set->bytes);
    if (!tag_set_reserve(set, 7 + source->tag_count))
        return;
    bool known = source->family != HT_FAMILY_ANY;
    if (source->branch > 0)
        add_number(set, "branch", source->branch, 1);
    tag_set_add(set, "event", source->event != NULL ? ht_event_name(source->event->kind) : "");
    tag_set_add(set, "family", known ? ht_family_name(source->family) : "");
    if (source->flow >= 0)
        add_number(set, "flow", source->flow, 0);
    add_number(set, "hop", source->ttl, 1);
    tag_set_add(set, "protocol", ht_protocol_name(source->protocol));
    tag_set_add(set, "target", source->name);
    for (size_t i = 0; i < source->tag_count; i++)
        add_user_tag(set, source, &source->tags[i]);
    set->failed |= set->bytes.failed;
}

static struct source source_of(const struct ht_report *report)
{
    return (struct source){.name = ht_report_name(report),
                           .family = report->family,
                           .protocol = report->protocol,
                           .tags = report->tags,
                           .tag_count = report->tag_count,
                           .flow = -1};
}

void ht_tag_set_make(struct ht_tag_set *set, const struct ht_report *report)
{
    const struct source source = source_of(report);
    make(set, &source);
}

void ht_tag_set_make_of_flow(struct ht_tag_set *set, const struct ht_report *report, uint16_t flow)
{
    struct source source = source_of(report);
    source.flow = flow;
    make(set, &source);
}

void ht_tag_set_make_of_node(struct ht_tag_set *set, const struct ht_report *report, uint8_t branch,
                             uint8_t ttl)
{
    struct source source = source_of(report);
    source.branch = branch;
    source.ttl = ttl;
    make(set, &source);
}

void ht_tag_set_make_of_event(struct ht_tag_set *set, const struct ht_event *event)
{
    const struct source source = {
        .name = ht_event_target(event),
        .family = event->family,
        .protocol = event->protocol,
        .tags = event->tags,
        .tag_count = event->tag_count,
        .event = event,
        .flow = event->flows > 1 ? event->flow : -1,
    };
    make(set, &source);
}
