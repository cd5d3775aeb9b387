/* A hash table from short byte strings to pointers; entries are never taken out. */
#ifndef HT_SCENARIO_TABLE_H
#define HT_SCENARIO_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_KEY_MAX 22

struct table_entry {
    uint8_t key[TABLE_KEY_MAX];
    uint8_t length; /* 0: an empty place */
    void *value;
};

/* {0} is empty. */
struct table {
    struct table_entry *places;
    size_t capacity;
    size_t count;
};

void table_fini(struct table *table);

/* The place of the value under this key, made (NULL) if it was not there. Valid until the next
 * call. `length` is 1 to TABLE_KEY_MAX. */
void **table_at(struct table *table, const void *key, size_t length);

#endif
