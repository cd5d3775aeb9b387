/* The flow table, keys and the timer heap against simple models, over many random operations. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/rounds/flow_table.h"
#include "unit.h"

/* A fixed sequence, the same in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static size_t runs_of(const struct ht_flow_table *table, uint32_t tag)
{
    size_t count = 0;
    struct ht_round *run = ht_flow_table_first(table, tag);
    for (; run != NULL; run = ht_flow_table_next(&run->slot)) {
        CU_ASSERT_EQUAL(run->flow.flow_tag, tag);
        count++;
    }
    return count;
}

static uint32_t tag_of(size_t i)
{
    return i % 3 == 0 ? (uint32_t)i : (uint32_t)(i << 16 | (4096 - i / 8));
}

static void table_finds_what_was_put_in(void)
{
    enum { TAGS = 300, RUNS = 1000 };
    static struct ht_round runs[RUNS];
    static bool inside[RUNS];
    size_t model[TAGS] = {0};
    struct ht_flow_table table;
    uint32_t random = 1;
    ht_flow_table_init(&table);
    /* Tags in rows and far from each other, of which many want the same place. */
    for (size_t i = 0; i < RUNS; i++)
        runs[i].flow.flow_tag = tag_of(i % TAGS);
    for (int step = 0; step < 60000; step++) {
        size_t which = next_random(&random) % RUNS;
        uint32_t tag = runs[which].flow.flow_tag;
        CU_ASSERT_TRUE_FATAL(ht_flow_table_reserve(&table, table.count + 1));
        if (inside[which])
            ht_flow_table_remove(&table, &runs[which]);
        else
            ht_flow_table_add(&table, &runs[which]);
        model[which % TAGS] += inside[which] ? SIZE_MAX : 1;
        inside[which] = !inside[which];
        CU_ASSERT_EQUAL_FATAL(runs_of(&table, tag), model[which % TAGS]);
    }
    for (size_t i = 0; i < TAGS; i++)
        CU_ASSERT_EQUAL(runs_of(&table, tag_of(i)), model[i]);
    ht_flow_table_fini(&table);
    CU_ASSERT_PTR_NULL(ht_flow_table_first(&table, 1));
}

static void table_forgets_who_is_not_in(void)
{
    static struct ht_round runs[2];
    struct ht_flow_table table;
    ht_flow_table_init(&table);
    ht_flow_table_add(&table, &runs[0]);
    ht_flow_table_remove(&table, &runs[1]);
    CU_ASSERT_EQUAL(table.count, 1);
    CU_ASSERT_PTR_EQUAL(ht_flow_table_first(&table, 0), &runs[0]);
    ht_flow_table_fini(&table);
}

/* Hands out `count` probes of a long round, every third key passed over. */
static void hand_out(struct ht_round *round, uint32_t count)
{
    uint32_t probe;
    for (uint32_t i = 0; i < count; i++) {
        if (i % 3 == 0)
            ht_probe_id_pass(&round->ids, 1);
        if (!ht_sending_take(round, 1000 + i * HT_NS_PER_S, &probe))
            return;
        ht_sending_sent(round, probe, 1000 + i * HT_NS_PER_S, false);
    }
}

static void keys_lead_to_the_newest_probe(void)
{
    struct ht_target target = {.name = "t", .host = "192.0.2.1"};
    struct ht_flow flow = {.protocol = HT_ICMP};
    struct ht_round round;
    uint32_t probe;
    ht_settings_init(&target.settings);
    target.settings.probes = 1000;
    target.settings.max_ttl = 255;
    target.settings.gap_limit = 0;
    ht_round_init(&round, &target, &flow, 0, 0, 65000, NULL);
    round.hints.look_ahead = 255;
    CU_ASSERT_FALSE(ht_probe_id_find(&round.ids, &round.log, 65000, &probe));
    hand_out(&round, 70000);
    CU_ASSERT_EQUAL(round.log.probe_count, 70000);
    for (uint32_t i = 70000 - 40000; i < 70000; i += 7) {
        CU_ASSERT_TRUE_FATAL(
            ht_probe_id_find(&round.ids, &round.log, round.log.probes[i].number, &probe));
        CU_ASSERT_EQUAL(probe, i);
    }
    ht_round_fini(&round);
}

static void heap_gives_the_earliest(void)
{
    enum { NODES = 300 };
    static struct ht_heap_node nodes[NODES];
    struct ht_heap heap = {0};
    uint32_t random = 7;
    CU_ASSERT_TRUE_FATAL(ht_heap_reserve(&heap, NODES));
    for (size_t i = 0; i < NODES; i++)
        nodes[i].slot = HT_HEAP_OUTSIDE;
    for (int step = 0; step < 20000; step++) {
        struct ht_heap_node *node = &nodes[next_random(&random) % NODES];
        if (next_random(&random) % 4 == 0)
            ht_heap_remove(&heap, node);
        else
            ht_heap_set(&heap, node, next_random(&random) % 1000);
        int64_t least_ns = HT_NEVER;
        size_t inside = 0;
        for (size_t i = 0; i < NODES; i++) {
            if (nodes[i].slot == HT_HEAP_OUTSIDE)
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
    UNIT_CASE(table_forgets_who_is_not_in),
    UNIT_CASE(keys_lead_to_the_newest_probe),
    UNIT_CASE(heap_gives_the_earliest),
};

UNIT_MAIN("probing_tables", cases)
