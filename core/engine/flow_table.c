#include "engine/flow_table.h"

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

/* The tag is a keyed hash: it needs no stirring. */
static struct ht_flow_bucket *bucket_in(struct ht_flow_bucket *buckets, size_t capacity,
                                        uint32_t flow_tag)
{
    return &buckets[flow_tag & (capacity - 1)];
}

static struct ht_flow_bucket *buckets_of(const struct ht_flow_table *table)
{
    return table->buckets != NULL ? table->buckets : (struct ht_flow_bucket *)table->few;
}

static struct ht_flow_bucket *bucket_of(const struct ht_flow_table *table, uint32_t flow_tag)
{
    return bucket_in(buckets_of(table), table->capacity, flow_tag);
}

static void set_first(struct ht_flow_bucket *bucket, struct ht_run *run)
{
    bucket->first = run;
    bucket->flow_tag = run != NULL ? run->trace.flow.flow_tag : 0;
}

static void push(struct ht_flow_bucket *bucket, struct ht_run *run)
{
    run->flow_next = bucket->first;
    set_first(bucket, run);
}

/* Twice as many buckets. Without memory it stays as it is: only slower. */
static void grow(struct ht_flow_table *table)
{
    size_t capacity = table->capacity * 2;
    struct ht_flow_bucket *larger = calloc(capacity, sizeof *larger);
    if (larger == NULL)
        return;
    struct ht_flow_bucket *buckets = buckets_of(table);
    for (size_t i = 0; i < table->capacity; i++) {
        for (struct ht_run *run = buckets[i].first, *next; run != NULL; run = next) {
            next = run->flow_next;
            push(bucket_in(larger, capacity, run->trace.flow.flow_tag), run);
        }
    }
    free(table->buckets);
    table->buckets = larger;
    table->capacity = capacity;
}

void ht_flow_table_add(struct ht_flow_table *table, struct ht_run *run)
{
    /* Most buckets hold one run at most: another one's would have to be fetched first. */
    if (table->count >= table->capacity / 2)
        grow(table);
    run->has_twin = false;
    struct ht_run *twin = ht_flow_table_first(table, run->trace.flow.flow_tag);
    for (; twin != NULL; twin = ht_flow_table_next(twin))
        twin->has_twin = run->has_twin = true;
    push(bucket_of(table, run->trace.flow.flow_tag), run);
    table->count++;
}

void ht_flow_table_remove(struct ht_flow_table *table, struct ht_run *run)
{
    struct ht_flow_bucket *bucket = bucket_of(table, run->trace.flow.flow_tag);
    struct ht_run **place = &bucket->first;
    while (*place != NULL && *place != run)
        place = &(*place)->flow_next;
    if (*place == NULL)
        return;
    if (place == &bucket->first)
        set_first(bucket, run->flow_next);
    else
        *place = run->flow_next;
    table->count--;
}

static struct ht_run *of_tag(struct ht_run *run, uint32_t flow_tag)
{
    while (run != NULL && run->trace.flow.flow_tag != flow_tag)
        run = run->flow_next;
    return run;
}

struct ht_run *ht_flow_table_first(const struct ht_flow_table *table, uint32_t flow_tag)
{
    const struct ht_flow_bucket *bucket = bucket_of(table, flow_tag);
    if (bucket->first == NULL || bucket->flow_tag == flow_tag)
        return bucket->first;
    return of_tag(bucket->first->flow_next, flow_tag);
}

struct ht_run *ht_flow_table_next(const struct ht_run *run)
{
    if (!run->has_twin)
        return NULL;
    return of_tag(run->flow_next, run->trace.flow.flow_tag);
}

void ht_flow_table_fetch_place(const struct ht_flow_table *table, uint32_t flow_tag)
{
    __builtin_prefetch(bucket_of(table, flow_tag));
}

void ht_flow_table_fetch_run(const struct ht_flow_table *table, uint32_t flow_tag)
{
    const struct ht_run *run = bucket_of(table, flow_tag)->first;
    if (run != NULL)
        ht_run_fetch(run);
}
