/* The flow table: finds the rounds under way that probe a flow, in constant time whatever their
 * number.
 *
 * Usually there is one; several, if targets share a destination or a tag happens to be another
 * flow's too. */
#ifndef HT_PROBING_FLOW_TABLE_H
#define HT_PROBING_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"

#define HT_FLOW_BUCKETS_MIN 64

/* Each tag that has rounds has one bucket: its home, or, if that has another tag, the next free
 * one. The tag stands in it, so that no round has to be fetched to be told from others. */
struct ht_flow_bucket {
    struct ht_round *first; /* the others of this tag follow it; NULL: the bucket is free */
    uint32_t flow_tag;
};

struct ht_flow_table {
    struct ht_flow_bucket *buckets; /* owned; NULL: `few` is in use */
    size_t capacity;                /* buckets: a power of two, count <= capacity / 2 */
    size_t count;                   /* rounds */
    struct ht_flow_bucket few[HT_FLOW_BUCKETS_MIN];
};

void ht_flow_table_init(struct ht_flow_table *table);
void ht_flow_table_fini(struct ht_flow_table *table);

/* Makes room for `count` rounds in all; HT_FLOW_BUCKETS_MIN / 2 have room from the start. False: no
 * memory. */
bool ht_flow_table_reserve(struct ht_flow_table *table, size_t count);

/* Puts in a round that is not in yet, under its flow's tag. There is room for it. */
void ht_flow_table_add(struct ht_flow_table *table, struct ht_round *round);

/* Takes a round out; does nothing if it is not in. */
void ht_flow_table_remove(struct ht_flow_table *table, struct ht_round *round);

/* A round of this flow, and the next one behind a round's slot; NULL: there is none. */
struct ht_round *ht_flow_table_first(const struct ht_flow_table *table, uint32_t flow_tag);
struct ht_round *ht_flow_table_next(const struct ht_slot *slot);

/* Fetch into the cache what ht_flow_table_first will read for this flow: its bucket; then, once
 * that is here, the round. */
void ht_flow_table_fetch_bucket(const struct ht_flow_table *table, uint32_t flow_tag);
void ht_flow_table_fetch_round(const struct ht_flow_table *table, uint32_t flow_tag);

#endif
