#include "engine/probe_table.h"

#include <stdlib.h>

/* Filled up to 3/4 at most. */
#define CAPACITY_MIN 64

static size_t home_of(const struct ht_probe_table *table, uint32_t flow_tag, uint16_t key)
{
    /* The tag is a keyed hash, so it needs no stirring; keys of a flow are consecutive and get
     * spread by the multiplication. */
    uint32_t hash = (flow_tag ^ key) * UINT32_C(0x9e3779b1);
    return (hash ^ hash >> 15) & (table->capacity - 1);
}

static size_t after(const struct ht_probe_table *table, size_t place)
{
    return (place + 1) & (table->capacity - 1);
}

void ht_probe_table_fini(struct ht_probe_table *table)
{
    free(table->places);
    *table = (struct ht_probe_table){0};
}

static void put(struct ht_probe_table *table, struct ht_probe_entry entry)
{
    size_t place = home_of(table, entry.flow_tag, entry.key);
    while (table->places[place].trace != NULL)
        place = after(table, place);
    table->places[place] = entry;
}

bool ht_probe_table_reserve(struct ht_probe_table *table, size_t more)
{
    size_t needed = table->count + more;
    size_t capacity = table->capacity < CAPACITY_MIN ? CAPACITY_MIN : table->capacity;
    while (capacity - capacity / 4 < needed)
        capacity *= 2;
    if (capacity == table->capacity)
        return true;
    struct ht_probe_table grown = {.places = calloc(capacity, sizeof *grown.places),
                                   .capacity = capacity,
                                   .count = table->count};
    if (grown.places == NULL)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->places[i].trace != NULL)
            put(&grown, table->places[i]);
    }
    free(table->places);
    *table = grown;
    return true;
}

void ht_probe_table_insert(struct ht_probe_table *table, struct ht_probe_entry entry)
{
    put(table, entry);
    table->count++;
}

struct ht_probe_entry *ht_probe_table_find(const struct ht_probe_table *table, uint32_t flow_tag,
                                           uint16_t key)
{
    if (table->count == 0)
        return NULL;
    size_t place = home_of(table, flow_tag, key);
    while (table->places[place].trace != NULL) {
        struct ht_probe_entry *entry = &table->places[place];
        if (entry->flow_tag == flow_tag && entry->key == key)
            return entry;
        place = after(table, place);
    }
    return NULL;
}

void ht_probe_table_remove(struct ht_probe_table *table, struct ht_probe_entry *entry)
{
    table->count--;
    /* Moves back what had been pushed past the hole, so that no chain is broken. */
    size_t mask = table->capacity - 1;
    size_t hole = (size_t)(entry - table->places);
    for (size_t place = after(table, hole); table->places[place].trace != NULL;
         place = after(table, place)) {
        size_t home = home_of(table, table->places[place].flow_tag, table->places[place].key);
        if (((place - home) & mask) >= ((place - hole) & mask)) {
            table->places[hole] = table->places[place];
            hole = place;
        }
    }
    table->places[hole].trace = NULL;
}
