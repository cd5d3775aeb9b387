/* Finds the probe that a reply names, in constant time whatever their number. */
#ifndef HT_ENGINE_PROBE_TABLE_H
#define HT_ENGINE_PROBE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_trace;

/* One probe: where it is, under the tag of its flow and its key. */
struct ht_probe_entry {
    uint32_t flow_tag;
    uint16_t key;
    struct ht_trace *trace; /* NULL: an empty place */
    uint32_t probe;
};

/* Open addressing with linear probing; deletion leaves no tombstones. {0} is empty. */
struct ht_probe_table {
    struct ht_probe_entry *places; /* owned; capacity is a power of two */
    size_t capacity;
    size_t count;
};

void ht_probe_table_fini(struct ht_probe_table *table);

/* Makes room for `more` further entries, so that ht_probe_table_insert cannot fail for them.
 * False: no memory, the table is as it was. */
bool ht_probe_table_reserve(struct ht_probe_table *table, size_t more);

/* Puts an entry in; room must have been reserved and the pair of tag and key be new. */
void ht_probe_table_insert(struct ht_probe_table *table, struct ht_probe_entry entry);

/* The entry under this tag and key, or NULL. Valid until the table is next changed. */
struct ht_probe_entry *ht_probe_table_find(const struct ht_probe_table *table, uint32_t flow_tag,
                                           uint16_t key);

/* Takes an entry out that ht_probe_table_find has just given. */
void ht_probe_table_remove(struct ht_probe_table *table, struct ht_probe_entry *entry);

#endif
