/* Finds the rounds under way that probe a flow, in constant time whatever their number.
 *
 * Usually there is one; several, if targets share a destination or a tag happens to be another
 * flow's too. A round's place is in itself: putting one in needs no memory. */
#ifndef HT_ENGINE_FLOW_TABLE_H
#define HT_ENGINE_FLOW_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/run.h"

#define HT_FLOW_BUCKETS_MIN 64

/* The first run's tag stands beside it: the run itself needs not be fetched to be told. */
struct ht_flow_bucket {
    struct ht_run *first; /* the others follow it; NULL: none */
    uint32_t flow_tag;
};

struct ht_flow_table {
    struct ht_flow_bucket *buckets; /* owned; NULL: `few` is in use */
    size_t capacity;                /* a power of two */
    size_t count;
    struct ht_flow_bucket few[HT_FLOW_BUCKETS_MIN];
};

void ht_flow_table_init(struct ht_flow_table *table);
void ht_flow_table_fini(struct ht_flow_table *table);

/* Puts in a run that is not in yet, under its flow's tag. */
void ht_flow_table_add(struct ht_flow_table *table, struct ht_run *run);

/* Takes a run out; does nothing if it is not in. */
void ht_flow_table_remove(struct ht_flow_table *table, struct ht_run *run);

/* A run of this flow, and the next one; NULL: there is none. */
struct ht_run *ht_flow_table_first(const struct ht_flow_table *table, uint32_t flow_tag);
struct ht_run *ht_flow_table_next(const struct ht_run *run);

/* Fetch into the cache what ht_flow_table_first will read for this flow: its place in the table;
 * then, once that is here, the run. */
void ht_flow_table_fetch_place(const struct ht_flow_table *table, uint32_t flow_tag);
void ht_flow_table_fetch_run(const struct ht_flow_table *table, uint32_t flow_tag);

#endif
