/* The probe table and the timer heap against simple models, over many random operations. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/time.h"
#include "engine/probe_table.h"
#include "unit.h"

/* A fixed sequence, the same in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static char any_trace;
#define A_TRACE ((struct ht_trace *)(void *)&any_trace)

static void table_finds_what_was_put_in(void)
{
    enum { TAGS = 5, KEYS = 400 };
    static uint32_t model[TAGS][KEYS]; /* probe + 1, 0: absent */
    struct ht_probe_table table = {0};
    uint32_t random = 1;
    size_t count = 0;
    for (int step = 0; step < 60000; step++) {
        uint32_t tag = next_random(&random) % TAGS;
        uint16_t key = (uint16_t)(next_random(&random) % KEYS);
        struct ht_probe_entry *found = ht_probe_table_find(&table, tag, key);
        CU_ASSERT_EQUAL_FATAL(found != NULL, model[tag][key] != 0);
        if (found != NULL) {
            CU_ASSERT_EQUAL(found->probe + 1, model[tag][key]);
            ht_probe_table_remove(&table, found);
            model[tag][key] = 0;
            count--;
        } else {
            CU_ASSERT_TRUE_FATAL(ht_probe_table_reserve(&table, 1));
            ht_probe_table_insert(&table,
                                  (struct ht_probe_entry){tag, key, A_TRACE, (uint32_t)step});
            model[tag][key] = (uint32_t)step + 1;
            count++;
        }
        CU_ASSERT_EQUAL(table.count, count);
    }
    ht_probe_table_fini(&table);
}

static void table_stays_small(void)
{
    struct ht_probe_table table = {0};
    for (uint32_t i = 0; i < 10000; i++) {
        CU_ASSERT_TRUE_FATAL(ht_probe_table_reserve(&table, 1));
        ht_probe_table_insert(&table,
                              (struct ht_probe_entry){i * 2654435761U, (uint16_t)i, A_TRACE, i});
    }
    CU_ASSERT_TRUE(table.capacity <= 16384);
    ht_probe_table_fini(&table);
    CU_ASSERT_PTR_NULL(ht_probe_table_find(&table, 1, 1));
}

static void heap_gives_the_earliest(void)
{
    enum { NODES = 300 };
    static struct ht_heap_node nodes[NODES];
    struct ht_heap heap = {0};
    uint32_t random = 7;
    CU_ASSERT_TRUE_FATAL(ht_heap_reserve(&heap, NODES));
    for (size_t i = 0; i < NODES; i++)
        nodes[i].position = HT_HEAP_OUTSIDE;
    for (int step = 0; step < 20000; step++) {
        struct ht_heap_node *node = &nodes[next_random(&random) % NODES];
        if (next_random(&random) % 4 == 0)
            ht_heap_remove(&heap, node);
        else
            ht_heap_set(&heap, node, next_random(&random) % 1000);
        int64_t least_ns = HT_NEVER;
        size_t inside = 0;
        for (size_t i = 0; i < NODES; i++) {
            if (nodes[i].position == HT_HEAP_OUTSIDE)
                continue;
            inside++;
            least_ns = ht_time_min(least_ns, nodes[i].key_ns);
        }
        CU_ASSERT_EQUAL_FATAL(heap.count, inside);
        if (inside > 0)
            CU_ASSERT_EQUAL(ht_heap_first(&heap)->key_ns, least_ns);
    }
    while (ht_heap_first(&heap) != NULL)
        ht_heap_remove(&heap, ht_heap_first(&heap));
    ht_heap_fini(&heap);
}

static const struct unit_case cases[] = {
    UNIT_CASE(table_finds_what_was_put_in),
    UNIT_CASE(table_stays_small),
    UNIT_CASE(heap_gives_the_earliest),
};

UNIT_MAIN("engine_tables", cases)
