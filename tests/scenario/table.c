#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static struct table_entry *find(const struct table *table, const void *key, size_t length)
{
    const uint8_t *bytes = key;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    size_t mask = table->capacity - 1;
    size_t place = (size_t)(hash ^ (hash >> 32)) & mask;
    for (;;) {
        struct table_entry *entry = &table->places[place];
        if (entry->length == 0 || (entry->length == length && memcmp(entry->key, key, length) == 0))
            return entry;
        place = (place + 1) & mask;
    }
}

static void enlarge(struct table *table)
{
    struct table larger = {.capacity = table->capacity == 0 ? 64 : table->capacity * 2,
                           .count = table->count};
    larger.places = make(larger.capacity * sizeof *larger.places);
    for (size_t i = 0; i < table->capacity; i++) {
        const struct table_entry *old = &table->places[i];
        if (old->length != 0)
            *find(&larger, old->key, old->length) = *old;
    }
    free(table->places);
    *table = larger;
}

void table_fini(struct table *table)
{
    free(table->places);
    *table = (struct table){0};
}

void **table_at(struct table *table, const void *key, size_t length)
{
    if (table->count * 2 >= table->capacity)
        enlarge(table);
    struct table_entry *entry = find(table, key, length);
    if (entry->length == 0) {
        memcpy(entry->key, key, length);
        entry->length = (uint8_t)length;
        table->count++;
    }
    return &entry->value;
}
