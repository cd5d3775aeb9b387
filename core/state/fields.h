/* The numbers of a path's memory in the state file: one row each, for writing and for reading. */
#ifndef HT_STATE_FIELDS_H
#define HT_STATE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#define HT_STATE_SCHEMA  "hoptrace-state/"
#define HT_STATE_VERSION 1

/* A number of an object, "key":value, or with `most` 1 a truth value. */
struct ht_state_field {
    const char *key; /* with its quotes and colon */
    uint64_t most;   /* it is 0 to `most`: written as the nearest, refused beyond */
    uint16_t offset; /* in the struct */
    uint8_t size;    /* in bytes; of 8: signed */
};

/* In their order. */
extern const struct ht_state_field ht_state_path_fields[]; /* of struct ht_path_memory */
extern const size_t ht_state_path_field_count;
extern const struct ht_state_field ht_state_round_fields[]; /* of struct ht_round_memory */
extern const size_t ht_state_round_field_count;

/* The field's value in `of`, within its bounds. */
uint64_t ht_state_field_get(const struct ht_state_field *field, const void *of);

/* Sets it to a value within its bounds. */
void ht_state_field_set(const struct ht_state_field *field, void *of, uint64_t value);

#endif
