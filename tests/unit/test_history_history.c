/* What is remembered of many targets, and of several paths of one. */
#include <stdint.h>
#include <stdio.h>

#include "history/history.h"
#include "hoptrace/time.h"
#include "refused_memory.h"
#include "unit.h"

static struct ht_address address_of(char letter)
{
    const uint8_t bytes[4] = {10, 0, 0, (uint8_t)letter};
    return ht_address_from_bytes(bytes, 4);
}

static struct ht_path_key key_of(uint16_t local_id)
{
    return (struct ht_path_key){
        .address = address_of('z'), .source = address_of('s'), .local_id = local_id};
}

static void every_part_of_a_key_counts(void)
{
    struct ht_path_key key = key_of(1);
    struct ht_path_key others[9];
    for (size_t i = 0; i < 9; i++)
        others[i] = key;
    CU_ASSERT_TRUE(ht_path_key_equal(&key, &others[0]));
    others[0].address = address_of('y');
    others[1].source = address_of('y');
    others[2].fwmark = 1;
    others[3].port = 1;
    others[4].local_id = 2;
    others[5].protocol = 1;
    others[6].tos = 1;
    others[7].flow = 1;
    others[8].interface[0] = 'e';
    for (size_t i = 0; i < 9; i++)
        CU_ASSERT_FALSE(ht_path_key_equal(&key, &others[i]));
}

static void four_paths_of_a_target(void)
{
    struct ht_history history = {.count = 0};
    struct ht_remembered *remembered = ht_history_make(&history, "t");
    CU_ASSERT_PTR_NOT_NULL_FATAL(remembered);
    CU_ASSERT_PTR_EQUAL(ht_history_make(&history, "t"), remembered);
    CU_ASSERT_PTR_EQUAL(ht_history_find(&history, "t"), remembered);
    CU_ASSERT_PTR_NULL(ht_history_find(&history, "u"));
    struct ht_path_memory *memories[6];
    for (uint16_t id = 1; id <= 4; id++) {
        struct ht_path_key key = key_of(id);
        memories[id] = ht_remembered_path(remembered, &key);
        CU_ASSERT_PTR_NOT_NULL_FATAL(memories[id]);
        memories[id]->changes = id;
    }
    /* 1 is used again, so that 2 was not used for longest. */
    struct ht_path_key first = key_of(1);
    CU_ASSERT_PTR_EQUAL(ht_remembered_path(remembered, &first), memories[1]);
    CU_ASSERT_PTR_EQUAL(remembered->memories[0], memories[1]);
    struct ht_path_key fifth = key_of(5);
    memories[5] = ht_remembered_path(remembered, &fifth);
    CU_ASSERT_EQUAL(memories[5]->changes, 0);
    CU_ASSERT_EQUAL(remembered->count, HT_PATH_MEMORIES_MAX);
    for (uint16_t id = 1; id <= 5; id++) {
        struct ht_path_key key = key_of(id);
        bool there = false;
        for (uint8_t i = 0; i < remembered->count; i++)
            there |= ht_path_key_equal(&remembered->memories[i]->key, &key);
        CU_ASSERT_EQUAL(there, id != 2);
    }
    struct ht_path_key second = key_of(2);
    CU_ASSERT_EQUAL(ht_remembered_path(remembered, &second)->changes, 0);
    struct ht_path_memory *spare = ht_path_memory_new(&second);
    CU_ASSERT_FALSE(ht_remembered_append(remembered, spare));
    ht_path_memory_free(spare);
    ht_history_fini(&history);
}

static void many_targets(void)
{
    struct ht_history history = {.count = 0};
    char name[16];
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "t%u", i);
        struct ht_remembered *remembered = ht_history_make(&history, name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(remembered);
        remembered->event_counts[0] = i;
    }
    for (unsigned i = 0; i < 1000; i += 3) {
        (void)snprintf(name, sizeof name, "t%u", i);
        ht_history_forget(&history, name);
    }
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "t%u", i);
        struct ht_remembered *remembered = ht_history_find(&history, name);
        CU_ASSERT_EQUAL(remembered == NULL, i % 3 == 0);
        CU_ASSERT_TRUE(remembered == NULL || remembered->event_counts[0] == i);
    }
    CU_ASSERT_EQUAL(history.count, 666);
    ht_history_fini(&history);
}

static struct ht_path_memory *measured(struct ht_remembered *remembered, uint16_t id,
                                       int64_t wall_ns)
{
    struct ht_path_key key = key_of(id);
    struct ht_path_memory *memory = ht_remembered_path(remembered, &key);
    memory->measured_ns = wall_ns;
    return memory;
}

static void forgotten_after_30_days(void)
{
    const int64_t day_ns = 86400 * HT_NS_PER_S;
    struct ht_history history = {.count = 0};
    struct ht_remembered *used = ht_history_make(&history, "used");
    struct ht_remembered *left = ht_history_make(&history, "left");
    used->in_use = true;
    (void)measured(used, 1, 1 * day_ns);
    (void)measured(used, 2, 5 * day_ns);
    (void)measured(used, 3, 3 * day_ns);
    (void)measured(left, 1, 2 * day_ns);
    ht_history_expire(&history, 31 * day_ns);
    CU_ASSERT_EQUAL(used->count, 3);
    ht_history_expire(&history, 31 * day_ns + 1);
    CU_ASSERT_EQUAL(used->count, 2);
    CU_ASSERT_EQUAL(left->count, 1);
    ht_history_expire(&history, 32 * day_ns + 1);
    CU_ASSERT_PTR_NULL(ht_history_find(&history, "left"));
    /* The one that a target in use has now stays, and so does its target. */
    ht_history_expire(&history, 100 * day_ns);
    CU_ASSERT_EQUAL(used->count, 1);
    CU_ASSERT_EQUAL(used->memories[0]->key.local_id, 3);
    used->in_use = false;
    ht_history_expire(&history, 100 * day_ns);
    CU_ASSERT_EQUAL(history.count, 0);
    ht_history_fini(&history);
}

/* Each flow has its own four; those in use come first, by number. */
static void paths_of_several_flows(void)
{
    struct ht_history history = {.count = 0};
    struct ht_remembered *remembered = ht_history_make(&history, "t");
    CU_ASSERT_PTR_NOT_NULL_FATAL(remembered);
    struct ht_path_key keys[HT_FLOWS_MAX];
    for (uint16_t port = 1; port <= 6; port++) {
        for (uint8_t flow = 0; flow < HT_FLOWS_MAX; flow++) {
            keys[flow] = key_of(port);
            keys[flow].flow = flow;
        }
        CU_ASSERT_TRUE_FATAL(ht_remembered_paths(remembered, keys, HT_FLOWS_MAX));
        CU_ASSERT_EQUAL(remembered->flows_in_use, HT_FLOWS_MAX);
        for (uint8_t flow = 0; flow < HT_FLOWS_MAX; flow++)
            CU_ASSERT_TRUE(ht_path_key_equal(&remembered->memories[flow]->key, &keys[flow]));
    }
    CU_ASSERT_EQUAL(remembered->count, HT_FLOWS_MAX * HT_PATH_MEMORIES_MAX);
    CU_ASSERT_FALSE(ht_remembered_has_room(remembered, 0));
    remembered->memories[3]->changes = 7;
    CU_ASSERT_TRUE_FATAL(ht_remembered_paths(remembered, keys, 5));
    CU_ASSERT_EQUAL(remembered->memories[3]->changes, 7);
    /* What is in use is not forgotten. */
    remembered->in_use = true;
    ht_history_expire(&history, INT64_MAX);
    CU_ASSERT_EQUAL(remembered->count, 5);
    CU_ASSERT_EQUAL(remembered->memories[4]->key.flow, 4);
    ht_history_fini(&history);
}

/* The n-th router of a hop keeps its number in whatever order they answer; a router that was always
 * alone has none. */
static void numbers_of_branches(void)
{
    struct ht_branches branches = {.count = 0};
    struct ht_node nodes[20];
    for (size_t i = 0; i < 20; i++)
        nodes[i] = (struct ht_node){.facts.address = address_of((char)('a' + i))};
    struct ht_hop hop = {.ttl = 3, .nodes = nodes, .node_count = 1};
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[0]), 0);
    hop.node_count = 2;
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[1]), 1);
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[0]), 2);
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[1]), 1);
    hop.ttl = 4;
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[0]), 1);
    hop.ttl = 3;
    hop.node_count = 1;
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[2]), 3);
    hop.node_count = 20;
    for (uint8_t i = 3; i < 20; i++)
        CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[i]),
                        i < HT_BRANCHES_MAX ? i + 1 : 0);
    ht_branches_fini(&branches);
}

/* Of routers that come and go for years none is left without a number. */
static void numbers_are_given_again(void)
{
    struct ht_branches branches = {.count = 0};
    struct ht_node nodes[HT_BRANCHES_MAX + 2];
    for (size_t i = 0; i < HT_BRANCHES_MAX + 2; i++)
        nodes[i] = (struct ht_node){.facts.address = address_of((char)('a' + i))};
    struct ht_hop hop = {.ttl = 3, .nodes = nodes, .node_count = HT_BRANCHES_MAX};
    for (uint8_t i = 0; i < HT_BRANCHES_MAX; i++)
        CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &nodes[i]), i + 1);
    struct ht_node *later = &nodes[HT_BRANCHES_MAX];
    const struct ht_hop alone = {.ttl = 3, .nodes = later, .node_count = 1};
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &alone, later), 1);
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &alone, later), 1);
    const struct ht_node both[] = {later[1], nodes[1]}; /* the second is the oldest, and here */
    hop = (struct ht_hop){.ttl = 3, .nodes = both, .node_count = 2};
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &both[0]), 3);
    CU_ASSERT_EQUAL(ht_branches_number(&branches, &hop, &both[1]), 2);
    ht_branches_fini(&branches);
}

static void no_memory_for_a_target(void)
{
    for (size_t left = 0; left < 8; left++) {
        struct ht_history history = {.count = 0};
        struct ht_path_key key = key_of(1);
        allocations_left = left;
        struct ht_remembered *remembered = ht_history_make(&history, "t");
        struct ht_path_memory *memory =
            remembered != NULL ? ht_remembered_path(remembered, &key) : NULL;
        allocations_left = SIZE_MAX;
        CU_ASSERT_PTR_EQUAL(ht_history_find(&history, "t"), remembered);
        CU_ASSERT_TRUE(memory == NULL || remembered->count == 1);
        ht_history_fini(&history);
    }
    allocations_left = 0;
    struct ht_path_key key = key_of(1);
    CU_ASSERT_PTR_NULL(ht_path_memory_new(&key));
    allocations_left = SIZE_MAX;
}

static const struct unit_case cases[] = {
    UNIT_CASE(every_part_of_a_key_counts),
    UNIT_CASE(four_paths_of_a_target),
    UNIT_CASE(many_targets),
    UNIT_CASE(forgotten_after_30_days),
    UNIT_CASE(paths_of_several_flows),
    UNIT_CASE(numbers_of_branches),
    UNIT_CASE(numbers_are_given_again),
    UNIT_CASE(no_memory_for_a_target),
};

UNIT_MAIN("history: what is remembered of targets", cases)
