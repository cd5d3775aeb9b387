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
static struct ht_run **bucket_of(struct ht_run **buckets, size_t capacity, uint32_t flow_tag)
{
    return &buckets[flow_tag & (capacity - 1)];
}

static struct ht_run **buckets_of(const struct ht_flow_table *table)
{
    return table->buckets != NULL ? table->buckets : (struct ht_run **)table->few;
}

static void push(struct ht_run **bucket, struct ht_run *run)
{
    run->flow_next = *bucket;
    *bucket = run;
}

/* Twice as many buckets. Without memory it stays as it is: only slower. */
static void grow(struct ht_flow_table *table)
{
    size_t capacity = table->capacity * 2;
    struct ht_run **larger = calloc(capacity, sizeof(struct ht_run *));
    if (larger == NULL)
        return;
    struct ht_run **buckets = buckets_of(table);
    for (size_t i = 0; i < table->capacity; i++) {
        for (struct ht_run *run = buckets[i], *next; run != NULL; run = next) {
            next = run->flow_next;
            push(bucket_of(larger, capacity, run->trace.flow.flow_tag), run);
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
    push(bucket_of(buckets_of(table), table->capacity, run->trace.flow.flow_tag), run);
    table->count++;
}

void ht_flow_table_remove(struct ht_flow_table *table, struct ht_run *run)
{
    struct ht_run **place = bucket_of(buckets_of(table), table->capacity, run->trace.flow.flow_tag);
    while (*place != NULL && *place != run)
        place = &(*place)->flow_next;
    if (*place == NULL)
        return;
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
    return of_tag(*bucket_of(buckets_of(table), table->capacity, flow_tag), flow_tag);
}

struct ht_run *ht_flow_table_next(const struct ht_run *run)
{
    return of_tag(run->flow_next, run->trace.flow.flow_tag);
}

void ht_flow_table_fetch_place(const struct ht_flow_table *table, uint32_t flow_tag)
{
    __builtin_prefetch(bucket_of(buckets_of(table), table->capacity, flow_tag));
}

void ht_flow_table_fetch_run(const struct ht_flow_table *table, uint32_t flow_tag)
{
    const struct ht_run *run = *bucket_of(buckets_of(table), table->capacity, flow_tag);
    if (run != NULL)
        ht_run_fetch(run);
}
