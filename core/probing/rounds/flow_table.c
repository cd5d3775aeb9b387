#include "probing/rounds/flow_table.h"

#include "base/assert.h"
#include "probing/log/round_state.h"
#include "probing/round/round.h"

#include <stdlib.h>

void ht_flow_table_init(struct ht_flow_table *table)
{
    *table = (struct ht_flow_table){.capacity = HT_FLOW_BUCKETS_MIN};
}

void ht_flow_table_fini(struct ht_flow_table *table)
{
    free(table->buckets);
    ht_flow_table_init(table);
}

static struct ht_flow_bucket *buckets_of(const struct ht_flow_table *table)
{
    return table->buckets != NULL ? table->buckets : (struct ht_flow_bucket *)table->few;
}

/* Index of the tag's home. The tag is a keyed hash, whose low bits are as good as any. */
static size_t home_of(const struct ht_flow_table *table, uint32_t flow_tag)
{
    return flow_tag & (table->capacity - 1);
}

/* The tag's bucket, or the one that it would get. */
static struct ht_flow_bucket *find(const struct ht_flow_table *table, uint32_t flow_tag)
{
    struct ht_flow_bucket *buckets = buckets_of(table);
    size_t index = home_of(table, flow_tag);
    while (buckets[index].first != NULL && buckets[index].flow_tag != flow_tag)
        index = (index + 1) & (table->capacity - 1);
    return &buckets[index];
}

bool ht_flow_table_reserve(struct ht_flow_table *table, size_t count)
{
    size_t capacity = table->capacity;
    while (capacity / 2 < count)
        capacity *= 2;
    if (capacity == table->capacity)
        return true;
    struct ht_flow_table larger = {.buckets = calloc(capacity, sizeof *larger.buckets),
                                   .capacity = capacity,
                                   .count = table->count};
    if (larger.buckets == NULL)
        return false;
    const struct ht_flow_bucket *buckets = buckets_of(table);
    for (size_t i = 0; i < table->capacity; i++) {
        if (buckets[i].first != NULL)
            *find(&larger, buckets[i].flow_tag) = buckets[i];
    }
    free(table->buckets);
    table->buckets = larger.buckets;
    table->capacity = capacity;
    return true;
}

void ht_flow_table_add(struct ht_flow_table *table, struct ht_round *round)
{
    uint32_t flow_tag = round->flow.flow_tag;
    struct ht_flow_bucket *bucket = find(table, flow_tag);
    round->slot.same_tag = bucket->first != NULL;
    for (struct ht_round *other = bucket->first; other != NULL; other = other->slot.flow_next)
        other->slot.same_tag = true;
    round->slot.flow_next = bucket->first;
    *bucket = (struct ht_flow_bucket){.first = round, .flow_tag = flow_tag};
    table->count++;
    HT_ASSERT(table->count <= table->capacity / 2);
}

/* Empties a bucket. A search ends at the first free one, so the tags behind it move up whose home
 * is this bucket or before it. */
static void vacate(struct ht_flow_table *table, struct ht_flow_bucket *bucket)
{
    struct ht_flow_bucket *buckets = buckets_of(table);
    size_t mask = table->capacity - 1;
    size_t empty = (size_t)(bucket - buckets);
    for (size_t i = (empty + 1) & mask; buckets[i].first != NULL; i = (i + 1) & mask) {
        if (((i - home_of(table, buckets[i].flow_tag)) & mask) < ((i - empty) & mask))
            continue;
        buckets[empty] = buckets[i];
        empty = i;
    }
    buckets[empty] = (struct ht_flow_bucket){.first = NULL};
}

void ht_flow_table_remove(struct ht_flow_table *table, struct ht_round *round)
{
    struct ht_flow_bucket *bucket = find(table, round->flow.flow_tag);
    struct ht_round **link = &bucket->first;
    while (*link != NULL && *link != round)
        link = &(*link)->slot.flow_next;
    if (*link == NULL)
        return;
    *link = round->slot.flow_next;
    if (bucket->first == NULL)
        vacate(table, bucket);
    table->count--;
}

struct ht_round *ht_flow_table_first(const struct ht_flow_table *table, uint32_t flow_tag)
{
    return find(table, flow_tag)->first;
}

struct ht_round *ht_flow_table_next(const struct ht_slot *slot)
{
    return slot->same_tag ? slot->flow_next : NULL;
}

void ht_flow_table_fetch_bucket(const struct ht_flow_table *table, uint32_t flow_tag)
{
    __builtin_prefetch(&buckets_of(table)[home_of(table, flow_tag)]);
}

void ht_flow_table_fetch_round(const struct ht_flow_table *table, uint32_t flow_tag)
{
    const struct ht_round *round = ht_flow_table_first(table, flow_tag);
    if (round != NULL)
        ht_round_fetch(round);
}
