/* Values of records under the keys of JSON objects: what json.c puts records together of. Internal
 * to output/. */
#ifndef HT_OUTPUT_JSON_VALUES_H
#define HT_OUTPUT_JSON_VALUES_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace/report.h"
#include "output/fields.h"

/* Builds the objects of one call. A value that cannot be made is remembered here and the caller
 * asks once, at the end: without that it would look like an honest null. */
struct ht_json_builder {
    struct ht_text string; /* the string being cleaned */
    bool failed;
    struct ht_json_order {
        const struct ht_field *fields[HT_POSITIONS_MAX];
        size_t count;
    } report, window, hop, node, event, flow, link, multipath, balancer, marking, translator, mtu,
        mtu_limit, interface; /* the keys of each kind of object, in their order */
    const struct ht_stat *stats[HT_POSITIONS_MAX];
    size_t stat_count;
};

/* Its `string` is to be freed. */
void ht_json_init(struct ht_json_builder *builder);

/* Puts the value, which is the object's from now on, under a key that outlives the object. */
void ht_json_put(struct ht_json_builder *builder, struct json_object *object, const char *key,
                 struct json_object *value);

/* Unknown. */
void ht_json_put_null(struct ht_json_builder *builder, struct json_object *object, const char *key);

/* Appends the value, which is the array's from now on. */
void ht_json_push(struct ht_json_builder *builder, struct json_object *array,
                  struct json_object *value);

/* Keys are the user's: they are copied, and of equal ones the last counts. */
void ht_json_put_tags(struct ht_json_builder *builder, struct json_object *object,
                      const char *key_of_all, const struct ht_tag *list, size_t count);

/* Puts a field that is a list: of strings, of numbers of 8 and of 32 bits. */
void ht_json_put_strings(struct ht_json_builder *builder, struct json_object *object,
                         const struct ht_field *field, const void *record);
void ht_json_put_numbers(struct ht_json_builder *builder, struct json_object *object,
                         const struct ht_field *field, const void *record);
void ht_json_put_large_numbers(struct ht_json_builder *builder, struct json_object *object,
                               const struct ht_field *field, const void *record);

/* Puts a node's MPLS labels (RFC 4950). */
void ht_json_put_mpls(struct ht_json_builder *builder, struct json_object *object, const char *key,
                      const struct ht_node *node);

/* Puts a field of a report, a hop or a node that is a number, and one that is text. False: it is
 * something else. */
bool ht_json_put_number(struct ht_json_builder *builder, struct json_object *object,
                        const struct ht_field *field, const void *record);
bool ht_json_put_text(struct ht_json_builder *builder, struct json_object *object,
                      const struct ht_field *field, const void *record);

/* Puts the fields of a record that has no objects in it. */
void ht_json_put_plain(struct ht_json_builder *builder, struct json_object *object,
                       const struct ht_json_order *order, const void *record);

#endif
