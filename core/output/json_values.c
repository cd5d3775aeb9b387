#include "output/json_values.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/format.h"

/* json-c escapes what JSON wants escaped, but hands invalid UTF-8 through. */
static const struct ht_charset json_charset = {.invalid = HT_REPLACEMENT};

void ht_json_init(struct ht_json_writer *writer, struct ht_text *text, bool pretty)
{
    *writer = (struct ht_json_writer){.text = text, .pretty = pretty};
    writer->report.count = ht_fields_in_json(HT_FIELD_OF_REPORT, writer->report.fields);
    writer->window.count = ht_fields_in_json(HT_FIELD_OF_WINDOW, writer->window.fields);
    writer->hop.count = ht_fields_in_json(HT_FIELD_OF_HOP, writer->hop.fields);
    writer->node.count = ht_fields_in_json(HT_FIELD_OF_NODE, writer->node.fields);
    writer->flow.count = ht_fields_in_json(HT_FIELD_OF_FLOW, writer->flow.fields);
    writer->link.count = ht_fields_in_json(HT_FIELD_OF_LINK, writer->link.fields);
    writer->multipath.count = ht_fields_in_json(HT_FIELD_OF_MULTIPATH, writer->multipath.fields);
    writer->balancer.count = ht_fields_in_json(HT_FIELD_OF_BALANCER, writer->balancer.fields);
    writer->marking.count = ht_fields_in_json(HT_FIELD_OF_MARKING, writer->marking.fields);
    writer->translator.count = ht_fields_in_json(HT_FIELD_OF_TRANSLATOR, writer->translator.fields);
    writer->mtu.count = ht_fields_in_json(HT_FIELD_OF_MTU, writer->mtu.fields);
    writer->mtu_limit.count = ht_fields_in_json(HT_FIELD_OF_MTU_LIMIT, writer->mtu_limit.fields);
    writer->interface.count = ht_fields_in_json(HT_FIELD_OF_INTERFACE, writer->interface.fields);
    writer->event.count = ht_fields_in_json(HT_FIELD_OF_EVENT, writer->event.fields);
    writer->stat_count = ht_stats_in_json(writer->stats);
}

void ht_json_fini(struct ht_json_writer *writer)
{
    ht_text_fini(&writer->cleaned);
}

static void begin_line(struct ht_json_writer *writer)
{
    if (!writer->pretty)
        return;
    ht_text_putc(writer->text, '\n');
    for (unsigned i = 0; i < writer->depth; i++)
        ht_text_append(writer->text, "  ", 2);
}

/* What stands before a member's value, up to its key. */
static void begin_member(struct ht_json_writer *writer)
{
    if (writer->depth == 0)
        return;
    if (writer->follows)
        ht_text_putc(writer->text, ',');
    begin_line(writer);
    writer->follows = true;
}

static void end_key(struct ht_json_writer *writer)
{
    ht_text_putc(writer->text, ':');
    if (writer->pretty)
        ht_text_putc(writer->text, ' ');
}

/* Keys are most of a record: their room is made at once. */
static void put_key(struct ht_json_writer *writer, const char *key)
{
    struct ht_text *text = writer->text;
    begin_member(writer);
    if (key == NULL)
        return;
    size_t length = strlen(key);
    if (!ht_text_reserve(text, length + 2))
        return;
    text->data[text->length] = '"';
    memcpy(text->data + text->length + 1, key, length);
    text->data[text->length + 1 + length] = '"';
    text->length += length + 2;
    end_key(writer);
}

void ht_json_begin(struct ht_json_writer *writer, const char *key, char bracket)
{
    put_key(writer, key);
    ht_text_putc(writer->text, bracket);
    writer->depth++;
    writer->follows = false;
}

void ht_json_end(struct ht_json_writer *writer, char bracket)
{
    writer->depth--;
    if (writer->follows)
        begin_line(writer);
    ht_text_putc(writer->text, bracket);
    writer->follows = true;
}

void ht_json_put_null(struct ht_json_writer *writer, const char *key)
{
    put_key(writer, key);
    ht_text_append(writer->text, "null", 4);
}

/* In JSON's spelling, with its quotes. json-c leaves out what finds no room in its buffer and goes
 * on: errno alone tells. */
static void spell(struct ht_json_writer *writer, const char *string)
{
    struct ht_text *cleaned = &writer->cleaned;
    struct json_object *value = NULL;
    const char *spelling = NULL;
    size_t length = 0;
    ht_text_clear(cleaned);
    ht_append_string(cleaned, string, &json_charset);
    if (!cleaned->failed)
        value = json_object_new_string(cleaned->length > 0 ? cleaned->data : "");
    errno = 0;
    if (value != NULL)
        spelling =
            json_object_to_json_string_length(value, JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    if (spelling == NULL || errno == ENOMEM || errno == EFBIG)
        writer->text->failed = true;
    else
        ht_text_append(writer->text, spelling, length);
    (void)json_object_put(value);
}

static void put_string(struct ht_json_writer *writer, const char *key, const char *string)
{
    if (string == NULL) {
        ht_json_put_null(writer, key);
        return;
    }
    put_key(writer, key);
    spell(writer, string);
}

static void put_integer(struct ht_json_writer *writer, const char *key, int64_t value)
{
    put_key(writer, key);
    ht_append_integer(writer->text, value);
}

static void put_flag(struct ht_json_writer *writer, const char *key, bool value)
{
    put_key(writer, key);
    ht_text_puts(writer->text, value ? "true" : "false");
}

/* A whole number keeps ".0": readers that tell integers from floats see one type for a key. */
static void put_float(struct ht_json_writer *writer, const char *key, double value,
                      unsigned decimals)
{
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, value, decimals, 1);
    put_key(writer, key);
    if (length == 0)
        ht_text_append(writer->text, "null", 4);
    else
        ht_text_append(writer->text, number, length);
}

static void put_address(struct ht_json_writer *writer, const char *key,
                        const struct ht_address *address, const char *zone)
{
    char text[HT_ADDRESS_TEXT_MAX];
    bool known = address->version != HT_IP_NONE;
    put_string(writer, key, known ? ht_address_format_zoned(address, zone, text) : NULL);
}

static void put_rtt(struct ht_json_writer *writer, const char *key, const struct ht_rtt *rtt)
{
    ht_json_begin(writer, key, '{');
    for (size_t i = 0; i < writer->stat_count; i++)
        put_float(writer, writer->stats[i]->json.name, ht_stat_value(writer->stats[i], rtt),
                  HT_MS_DECIMALS);
    ht_json_end(writer, '}');
}

static bool same_key(const struct ht_tag *one, const struct ht_tag *other)
{
    if (one->key == NULL || other->key == NULL)
        return one->key == other->key;
    return strcmp(one->key, other->key) == 0;
}

/* The last of the tags from `i` on that have this one's key; NULL: an earlier one has it. */
static const struct ht_tag *last_of_key(const struct ht_tag *list, size_t count, size_t i)
{
    const struct ht_tag *last = &list[i];
    for (size_t other = 0; other < count; other++) {
        if (!same_key(&list[other], &list[i]))
            continue;
        if (other < i)
            return NULL;
        last = &list[other];
    }
    return last;
}

void ht_json_put_tags(struct ht_json_writer *writer, const char *key_of_all,
                      const struct ht_tag *list, size_t count)
{
    ht_json_begin(writer, key_of_all, '{');
    for (size_t i = 0; i < count; i++) {
        const struct ht_tag *last = last_of_key(list, count, i);
        if (last == NULL)
            continue;
        begin_member(writer);
        spell(writer, last->key);
        end_key(writer);
        spell(writer, last->value);
    }
    ht_json_end(writer, '}');
}

void ht_json_put_strings(struct ht_json_writer *writer, const struct ht_field *field,
                         const void *record)
{
    size_t count;
    const char *const *strings = ht_field_strings(field, record, &count);
    ht_json_begin(writer, field->json.name, '[');
    for (size_t i = 0; i < count; i++)
        put_string(writer, NULL, strings[i] != NULL ? strings[i] : "");
    ht_json_end(writer, ']');
}

void ht_json_put_numbers(struct ht_json_writer *writer, const struct ht_field *field,
                         const void *record)
{
    size_t count;
    const uint16_t *numbers = ht_field_numbers(field, record, &count);
    ht_json_begin(writer, field->json.name, '[');
    for (size_t i = 0; i < count; i++)
        put_integer(writer, NULL, numbers[i]);
    ht_json_end(writer, ']');
}

void ht_json_put_large_numbers(struct ht_json_writer *writer, const struct ht_field *field,
                               const void *record)
{
    size_t count;
    const uint32_t *numbers = ht_field_large_numbers(field, record, &count);
    ht_json_begin(writer, field->json.name, '[');
    for (size_t i = 0; i < count; i++)
        put_integer(writer, NULL, numbers[i]);
    ht_json_end(writer, ']');
}

static void put_words(struct ht_json_writer *writer, const struct ht_field *field,
                      const void *record)
{
    ht_json_begin(writer, field->json.name, '[');
    for (unsigned i = 0; i < HT_WORDS_MAX; i++) {
        const char *word = field->words(record, i);
        if (word != NULL)
            put_string(writer, NULL, word);
    }
    ht_json_end(writer, ']');
}

void ht_json_put_mpls(struct ht_json_writer *writer, const char *key, const struct ht_node *node)
{
    ht_json_begin(writer, key, '[');
    for (size_t i = 0; i < node->facts.mpls_count; i++) {
        const struct ht_mpls *mpls = &node->facts.mpls[i];
        ht_json_begin(writer, NULL, '{');
        put_integer(writer, "label", mpls->label);
        put_integer(writer, "tc", mpls->tc);
        put_flag(writer, "bottom", mpls->bottom);
        put_integer(writer, "ttl", mpls->ttl);
        ht_json_end(writer, '}');
    }
    ht_json_end(writer, ']');
}

static void put_time(struct ht_json_writer *writer, const char *key, int64_t time_ns)
{
    put_key(writer, key);
    ht_text_putc(writer->text, '"');
    ht_append_time(writer->text, time_ns);
    ht_text_putc(writer->text, '"');
}

static void put_hex(struct ht_json_writer *writer, const char *key, uint32_t value)
{
    put_key(writer, key);
    ht_text_printf(writer->text, "\"%08x\"", (unsigned)value);
}

/* A whole number; null for one that says that there is none. */
static void put_whole(struct ht_json_writer *writer, const struct ht_field *field,
                      const void *record)
{
    int64_t value = ht_field_integer(field, record);
    const struct ht_node *node = record;
    bool none = (field->type == HT_FIELD_ICMP && node->facts.by_tcp) ||
                (field->type == HT_FIELD_QUOTED && !node->facts.quoted);
    if (none || (field->zero_is_none && value == 0))
        ht_json_put_null(writer, field->json.name);
    else
        put_integer(writer, field->json.name, value);
}

bool ht_json_put_number(struct ht_json_writer *writer, const struct ht_field *field,
                        const void *record)
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
        put_whole(writer, field, record);
        return true;
    case HT_FIELD_MS:
    case HT_FIELD_RATE:
        put_float(writer, key, ht_field_double(field, record), HT_MS_DECIMALS);
        return true;
    case HT_FIELD_PERCENT:
        put_float(writer, key, ht_field_double(field, record), HT_PERCENT_DECIMALS);
        return true;
    case HT_FIELD_NS:
        put_float(writer, key, ht_ns_to_ms(*(const int64_t *)ht_field_at(field, record)),
                  HT_MS_DECIMALS);
        return true;
    case HT_FIELD_RTT:
        put_rtt(writer, key, ht_field_at(field, record));
        return true;
    case HT_FIELD_BOOLEAN:
    case HT_FIELD_FLAG:
        put_flag(writer, key, *(const bool *)ht_field_at(field, record));
        return true;
    default:
        return false;
    }
}

bool ht_json_put_text(struct ht_json_writer *writer, const struct ht_field *field,
                      const void *record)
{
    const char *key = field->json.name;
    switch (field->type) {
    case HT_FIELD_HEX:
        put_hex(writer, key, *(const uint32_t *)ht_field_at(field, record));
        return true;
    case HT_FIELD_STRING:
    case HT_FIELD_MESSAGE:
    case HT_FIELD_NAME:
        put_string(writer, key, ht_field_string(field, record));
        return true;
    case HT_FIELD_WORD:
        put_string(writer, key, field->word(record));
        return true;
    case HT_FIELD_ADDRESS:
        put_address(writer, key, ht_field_at(field, record), ht_field_zone(field, record));
        return true;
    case HT_FIELD_TIME:
        put_time(writer, key, *(const int64_t *)ht_field_at(field, record));
        return true;
    default:
        return false;
    }
}

void ht_json_put_plain(struct ht_json_writer *writer, const struct ht_json_order *order,
                       const void *record)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct ht_field *field = order->fields[i];
        if (field->known != 0 && !ht_field_flag(record, field->known))
            ht_json_put_null(writer, field->json.name);
        else if (field->type == HT_FIELD_NUMBERS)
            ht_json_put_numbers(writer, field, record);
        else if (field->type == HT_FIELD_WORDS)
            put_words(writer, field, record);
        else if (!ht_json_put_number(writer, field, record))
            (void)ht_json_put_text(writer, field, record);
    }
}
