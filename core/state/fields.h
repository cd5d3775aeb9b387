/* The numbers of a path's memory in the state file: one row each, for writing and for reading. */
#ifndef HT_STATE_FIELDS_H
#define HT_STATE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"

#define HT_STATE_SCHEMA  "hoptrace-state/"
#define HT_STATE_VERSION 2

/* Times in a file are in microseconds; no timeout is above 60 s, and no round-trip time above that.
 */
#define HT_STATE_US_A_MS 1000.0
#define HT_STATE_US_MOST 60000000

/* A number of an object, "key":value, or with `most` 1 a truth value. */
struct ht_state_field {
    const char *key; /* with its quotes and colon */
    uint64_t most;   /* it is 0 to `most`: written as the nearest, refused beyond */
    uint16_t offset; /* in the struct */
    uint8_t size;    /* in bytes; of 8: signed */
    uint8_t version; /* documents of earlier ones do not have it */
};

/* In their order. */
extern const struct ht_state_field ht_state_path_fields[]; /* of struct ht_path_memory */
extern const size_t ht_state_path_field_count;
extern const struct ht_state_field ht_state_round_fields[]; /* of struct ht_round_memory */
extern const size_t ht_state_round_field_count;

extern const struct ht_state_field ht_state_where_fields[]; /* of struct ht_where */
extern const size_t ht_state_where_field_count;

/* The field's value in `of`, within its bounds. */
uint64_t ht_state_field_get(const struct ht_state_field *field, const void *of);

/* Sets it to a value within its bounds. */
void ht_state_field_set(const struct ht_state_field *field, void *of, uint64_t value);

/* Appends a decimal number. */
void ht_state_put_number(struct ht_text *text, uint64_t value);

/* Appends the fields of `of`, a comma after each. */
void ht_state_put_fields(struct ht_text *text, const struct ht_state_field *fields, size_t count,
                         const void *of);

/* Reads those that a document of this version has into `of`. */
void ht_state_scan_fields(struct ht_reader *in, const struct ht_state_field *fields, size_t count,
                          unsigned version, void *of);

#endif
