#include "output/json_values.h"

#include <stdio.h>

#include "hoptrace/time.h"
#include "model/hop.h"
#include "output/format.h"

/* json-c escapes what JSON wants escaped, but hands invalid UTF-8 through. */
static const struct ht_charset json_charset = {.invalid = HT_REPLACEMENT};

void ht_json_init(struct ht_json_builder *builder)
{
    *builder = (struct ht_json_builder){0};
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
    builder->mtu.count = ht_fields_in_json(HT_FIELD_OF_MTU, builder->mtu.fields);
    builder->mtu_limit.count = ht_fields_in_json(HT_FIELD_OF_MTU_LIMIT, builder->mtu_limit.fields);
    builder->interface.count = ht_fields_in_json(HT_FIELD_OF_INTERFACE, builder->interface.fields);
    builder->event.count = ht_fields_in_json(HT_FIELD_OF_EVENT, builder->event.fields);
    builder->stat_count = ht_stats_in_json(builder->stats);
}

/* Keys outlive the object; json-c copies others, and loses the copy where memory is refused. */
#define NEW_KEY (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

void ht_json_put(struct ht_json_builder *builder, struct json_object *object, const char *key,
                 struct json_object *value)
{
    if (value != NULL && json_object_object_add_ex(object, key, value, NEW_KEY) == 0)
        return;
    (void)json_object_put(value);
    builder->failed = true;
}

void ht_json_put_null(struct ht_json_builder *builder, struct json_object *object, const char *key)
{
    if (json_object_object_add_ex(object, key, NULL, NEW_KEY) != 0)
        builder->failed = true;
}

void ht_json_push(struct ht_json_builder *builder, struct json_object *array,
                  struct json_object *value)
{
    if (value != NULL && json_object_array_add(array, value) == 0)
        return;
    (void)json_object_put(value);
    builder->failed = true;
}

/* The cleaned string, good until the next one; NULL when memory was refused. */
static const char *clean(struct ht_json_builder *builder, const char *string)
{
    ht_text_clear(&builder->string);
    ht_append_string(&builder->string, string, &json_charset);
    if (builder->string.failed)
        builder->failed = true;
    return builder->string.failed ? NULL : builder->string.data;
}

static void put_string(struct ht_json_builder *builder, struct json_object *object, const char *key,
                       const char *string)
{
    if (string == NULL) {
        ht_json_put_null(builder, object, key);
        return;
    }
    const char *cleaned = clean(builder, string);
    ht_json_put(builder, object, key, cleaned != NULL ? json_object_new_string(cleaned) : NULL);
}

static void put_integer(struct ht_json_builder *builder, struct json_object *object,
                        const char *key, int64_t value)
{
    ht_json_put(builder, object, key, json_object_new_int64(value));
}

static void put_flag(struct ht_json_builder *builder, struct json_object *object, const char *key,
                     bool value)
{
    ht_json_put(builder, object, key, json_object_new_boolean(value));
}

/* A whole number keeps ".0": readers that tell integers from floats see one type for a key. */
static void put_float(struct ht_json_builder *builder, struct json_object *object, const char *key,
                      double value, unsigned decimals)
{
    char number[HT_NUMBER_MAX];
    if (ht_format_number(number, value, decimals, 1) == 0)
        ht_json_put_null(builder, object, key);
    else
        ht_json_put(builder, object, key, json_object_new_double_s(value, number));
}

static void put_address(struct ht_json_builder *builder, struct json_object *object,
                        const char *key, const struct ht_address *address, const char *zone)
{
    char text[HT_ADDRESS_TEXT_MAX];
    bool known = address->version != HT_IP_NONE;
    put_string(builder, object, key, known ? ht_address_format_zoned(address, zone, text) : NULL);
}

static void put_rtt(struct ht_json_builder *builder, struct json_object *object, const char *key,
                    const struct ht_rtt *rtt)
{
    struct json_object *times = json_object_new_object();
    ht_json_put(builder, object, key, times);
    for (size_t i = 0; i < builder->stat_count && !builder->failed; i++)
        put_float(builder, times, builder->stats[i]->json.name,
                  ht_stat_value(builder->stats[i], rtt), HT_MS_DECIMALS);
}

void ht_json_put_tags(struct ht_json_builder *builder, struct json_object *object,
                      const char *key_of_all, const struct ht_tag *list, size_t count)
{
    struct json_object *tags = json_object_new_object();
    ht_json_put(builder, object, key_of_all, tags);
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

void ht_json_put_strings(struct ht_json_builder *builder, struct json_object *object,
                         const struct ht_field *field, const void *record)
{
    size_t count;
    const char *const *strings = ht_field_strings(field, record, &count);
    struct json_object *array = json_object_new_array();
    ht_json_put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++) {
        const char *cleaned = clean(builder, strings[i]);
        ht_json_push(builder, array, cleaned != NULL ? json_object_new_string(cleaned) : NULL);
    }
}

void ht_json_put_numbers(struct ht_json_builder *builder, struct json_object *object,
                         const struct ht_field *field, const void *record)
{
    size_t count;
    const uint16_t *numbers = ht_field_numbers(field, record, &count);
    struct json_object *array = json_object_new_array();
    ht_json_put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++)
        ht_json_push(builder, array, json_object_new_int64(numbers[i]));
}

void ht_json_put_large_numbers(struct ht_json_builder *builder, struct json_object *object,
                               const struct ht_field *field, const void *record)
{
    size_t count;
    const uint32_t *numbers = ht_field_large_numbers(field, record, &count);
    struct json_object *array = json_object_new_array();
    ht_json_put(builder, object, field->json.name, array);
    for (size_t i = 0; i < count && !builder->failed; i++)
        ht_json_push(builder, array, json_object_new_int64(numbers[i]));
}

static void put_words(struct ht_json_builder *builder, struct json_object *object,
                      const struct ht_field *field, const void *record)
{
    struct json_object *array = json_object_new_array();
    ht_json_put(builder, object, field->json.name, array);
    for (unsigned i = 0; i < HT_WORDS_MAX && !builder->failed; i++) {
        const char *word = field->words(record, i);
        if (word != NULL)
            ht_json_push(builder, array, json_object_new_string(word));
    }
}

void ht_json_put_mpls(struct ht_json_builder *builder, struct json_object *object, const char *key,
                      const struct ht_node *node)
{
    struct json_object *stack = json_object_new_array();
    ht_json_put(builder, object, key, stack);
    for (size_t i = 0; i < node->facts.mpls_count && !builder->failed; i++) {
        const struct ht_mpls *mpls = &node->facts.mpls[i];
        struct json_object *entry = json_object_new_object();
        ht_json_push(builder, stack, entry);
        if (builder->failed)
            return;
        put_integer(builder, entry, "label", mpls->label);
        put_integer(builder, entry, "tc", mpls->tc);
        put_flag(builder, entry, "bottom", mpls->bottom);
        put_integer(builder, entry, "ttl", mpls->ttl);
    }
}

static void put_time(struct ht_json_builder *builder, struct json_object *object, const char *key,
                     int64_t time_ns)
{
    ht_text_clear(&builder->string);
    ht_append_time(&builder->string, time_ns);
    struct json_object *time =
        builder->string.failed ? NULL : json_object_new_string(builder->string.data);
    ht_json_put(builder, object, key, time);
}

static void put_hex(struct ht_json_builder *builder, struct json_object *object, const char *key,
                    uint32_t value)
{
    char digits[9];
    if (snprintf(digits, sizeof digits, "%08x", (unsigned)value) != 8)
        builder->failed = true;
    put_string(builder, object, key, digits);
}

/* A whole number; null for one that says that there is none. */
static void put_whole(struct ht_json_builder *builder, struct json_object *object,
                      const struct ht_field *field, const void *record)
{
    int64_t value = ht_field_integer(field, record);
    const struct ht_node *node = record;
    bool none = (field->type == HT_FIELD_ICMP && node->facts.by_tcp) ||
                (field->type == HT_FIELD_QUOTED && !node->facts.quoted);
    if (none || (field->zero_is_none && value == 0))
        ht_json_put_null(builder, object, field->json.name);
    else
        ht_json_put(builder, object, field->json.name, json_object_new_int64(value));
}

bool ht_json_put_number(struct ht_json_builder *builder, struct json_object *object,
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

bool ht_json_put_text(struct ht_json_builder *builder, struct json_object *object,
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

void ht_json_put_plain(struct ht_json_builder *builder, struct json_object *object,
                       const struct ht_json_order *order, const void *record)
{
    for (size_t i = 0; i < order->count && !builder->failed; i++) {
        const struct ht_field *field = order->fields[i];
        if (field->known != 0 && !ht_field_flag(record, field->known))
            ht_json_put_null(builder, object, field->json.name);
        else if (field->type == HT_FIELD_NUMBERS)
            ht_json_put_numbers(builder, object, field, record);
        else if (field->type == HT_FIELD_WORDS)
            put_words(builder, object, field, record);
        else if (!ht_json_put_number(builder, object, field, record))
            (void)ht_json_put_text(builder, object, field, record);
    }
}
