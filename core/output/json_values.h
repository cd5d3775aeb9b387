/* Values of records as members of JSON objects: what json.c writes records with. Internal to
 * output/. */
#ifndef HT_OUTPUT_JSON_VALUES_H
#define HT_OUTPUT_JSON_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace/report.h"
#include "output/fields.h"

/* Writes the objects of one call. Where memory is refused the text has failed, and what stands in
 * it counts for nothing. */
struct ht_json_writer {
    struct ht_text *text;   /* the caller's */
    bool pretty;            /* a line for each member, indented */
    unsigned depth;         /* of objects and arrays that have begun */
    bool follows;           /* the innermost one has a member */
    struct ht_text cleaned; /* the string being written, as valid UTF-8 */
    struct ht_json_order {
        const struct ht_field *fields[HT_POSITIONS_MAX];
        size_t count;
    } report, window, hop, node, event, flow, link, multipath, balancer, marking, translator, mtu,
        mtu_limit, interface; /* the keys of each kind of object, in their order */
    const struct ht_stat *stats[HT_POSITIONS_MAX];
    size_t stat_count;
};

/* To be freed by ht_json_fini, which leaves the text alone. */
void ht_json_init(struct ht_json_writer *writer, struct ht_text *text, bool pretty);
void ht_json_fini(struct ht_json_writer *writer);

/* Keys need no escapes; NULL: of a member of an array, or of what is no member. */

/* Begins an object ('{') or an array ('['), whose members come next, and ends it. */
void ht_json_begin(struct ht_json_writer *writer, const char *key, char bracket);
void ht_json_end(struct ht_json_writer *writer, char bracket);

/* Unknown. */
void ht_json_put_null(struct ht_json_writer *writer, const char *key);

/* Keys are the user's; of equal ones the last counts. */
void ht_json_put_tags(struct ht_json_writer *writer, const char *key_of_all,
                      const struct ht_tag *list, size_t count);

/* Puts a field that is a list: of strings, of numbers of 16 and of 32 bits. */
void ht_json_put_strings(struct ht_json_writer *writer, const struct ht_field *field,
                         const void *record);
void ht_json_put_numbers(struct ht_json_writer *writer, const struct ht_field *field,
                         const void *record);
void ht_json_put_large_numbers(struct ht_json_writer *writer, const struct ht_field *field,
                               const void *record);

/* Puts a node's MPLS labels (RFC 4950). */
void ht_json_put_mpls(struct ht_json_writer *writer, const char *key, const struct ht_node *node);

/* Puts a field of a report, a hop or a node that is a number, and one that is text. False: it is
 * something else. */
bool ht_json_put_number(struct ht_json_writer *writer, const struct ht_field *field,
                        const void *record);
bool ht_json_put_text(struct ht_json_writer *writer, const struct ht_field *field,
                      const void *record);

/* Puts the fields of a record that has no objects in it. */
void ht_json_put_plain(struct ht_json_writer *writer, const struct ht_json_order *order,
                       const void *record);

#endif
