/* What the memories of a target's flows show together. */
#include "history/flow_windows.h"
#include "probing/multipath/flow_memories.h"
#include "unit.h"

#define FLOWS_MAX  8
#define TARGET     'Z'
#define ROUNDS_MAX 30

/* The flows' hops: 'a' to 'y' a router, '-' silent, 'Z' the target; and how many of the rounds each
 * flow's only probe was answered in. */
struct memory_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    int rounds;
    int received[FLOWS_MAX];
    char node;  /* '?': none is named */
    char after; /* likewise */
    uint16_t lossy;
};

static const struct memory_case memory_cases[] = {
    {"nothing is lost", {"abZ", "acZ"}, 20, {20, 20}, '?', '?', 0},
    {"dead from the beginning", {"abdZ", "a", "abdZ"}, 5, {5, 0, 5}, '?', 'a', 1},
    {"it answers, and nothing behind it", {"abdZ", "ac", "abdZ"}, 5, {5, 0, 5}, 'c', 'a', 1},
    {"died since", {"abdZ", "acdZ", "abdZ"}, 10, {10, 4, 10}, 'c', 'a', 1},
    {"too few rounds", {"abdZ", "acdZ"}, 3, {3, 0}, '?', '?', 0},
    {"hidden hops", {"-bdZ", "-cdZ", "-bdZ"}, 10, {10, 2, 10}, 'c', '?', 1},
    {"one of four, of eight flows",
     {"abZ", "acZ", "adZ", "aeZ", "abZ", "acZ", "adZ", "aeZ"},
     20,
     {20, 14, 20, 20, 20, 15, 20, 20},
     'c',
     'a',
     2},
};

static struct ht_address address_of(char node)
{
    const uint8_t bytes[4] = {192, 0, 2, (uint8_t)node};
    return ht_address_from_bytes(bytes, sizeof bytes);
}

static char letter_of(struct ht_address address)
{
    return address.version == HT_IP_NONE ? '?' : (char)address.bytes[3];
}

static void know(struct ht_path_memory *memory, uint8_t ttl, char node, uint32_t answers)
{
    struct ht_address address = address_of(node);
    struct ht_known_hop *hop = ht_path_memory_make_hop(memory, ttl);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hop);
    CU_ASSERT_TRUE(ht_known_add(hop, &address, answers));
}

static struct ht_path_memory *memory_of(const char *hops)
{
    const struct ht_path_key key = {.address = address_of(TARGET)};
    struct ht_path_memory *memory = ht_path_memory_new(&key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    for (uint8_t i = 0; hops[i] != '\0'; i++) {
        if (hops[i] != '-')
            know(memory, (uint8_t)(i + 1), hops[i], 20);
    }
    return memory;
}

static uint8_t memories_of(const struct memory_case *test, struct ht_path_memory **memories)
{
    uint8_t count = 0;
    for (; count < FLOWS_MAX && test->flows[count] != NULL; count++)
        memories[count] = memory_of(test->flows[count]);
    return count;
}

/* One record of each flow: its own, which lists no hops, and what the target's says of it. The
 * first `received` of the case's rounds are those that answer. */
static void take_round(const struct memory_case *test, struct ht_path_memory *const *memories,
                       uint8_t count, int round, uint16_t window)
{
    static const struct ht_report own = {.status = HT_STATUS_REACHED};
    for (uint8_t i = 0; i < count; i++) {
        struct ht_flow_result result = {
            .flow = i, .sent = 1, .received = round < test->received[i]};
        ht_flow_window_take(memories[i], &own, &result, window);
    }
}

static void free_memories(struct ht_path_memory **memories, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        ht_path_memory_free(memories[i]);
}

static void each_case_has_its_branch(void)
{
    struct ht_branch_search search = {0};
    for (size_t i = 0; i < sizeof memory_cases / sizeof memory_cases[0]; i++) {
        const struct memory_case *test = &memory_cases[i];
        struct ht_path_memory *memories[FLOWS_MAX];
        struct ht_lossy_branch branch;
        uint8_t count = memories_of(test, memories);
        for (int round = 0; round < test->rounds; round++)
            take_round(test, memories, count, round, ROUNDS_MAX);
        CU_ASSERT_TRUE(ht_flow_memories_lossy(&search, memories, count, &branch));
        char node = letter_of(ht_branch_search_address(&search, branch.node));
        char after = letter_of(ht_branch_search_address(&search, branch.after));
        if (node != test->node || after != test->after || branch.flows != test->lossy)
            (void)fprintf(stderr, "%s: %c after %c, %u flows\n", test->name, node, after,
                          branch.flows);
        CU_ASSERT_EQUAL(node, test->node);
        CU_ASSERT_EQUAL(after, test->after);
        CU_ASSERT_EQUAL(branch.flows, test->lossy);
        free_memories(memories, count);
    }
    ht_branch_search_fini(&search);
}

/* Routers that take turns are passed by all flows that meet one of them; an address of which few
 * answers are left over is not passed any more. */
static void turns_are_told_from_a_moved_flow(void)
{
    struct ht_path_memory *memories[2] = {memory_of("abZ"), memory_of("abZ")};
    struct ht_flow_map map = {0};
    know(memories[0], 2, 'c', 2);
    ht_flow_memories_map(memories, 2, &map);
    CU_ASSERT_PTR_NOT_NULL(ht_flow_map_repetition(&map, 0, 2));
    CU_ASSERT_PTR_NULL(ht_flow_map_repetition(&map, 1, 2));
    ht_flow_map_fini(&map);
    memories[0]->hops[1].addresses[1].answers = 1;
    ht_flow_memories_map(memories, 2, &map);
    CU_ASSERT_PTR_NULL(ht_flow_map_repetition(&map, 0, 2));
    ht_flow_map_fini(&map);
    free_memories(memories, 2);
}

/* The window looks back as far as it is told. */
static void windows_keep_their_size(void)
{
    static const struct memory_case test = {.flows = {"abZ", "acZ"}, .received = {20, 2}};
    struct ht_path_memory *memories[FLOWS_MAX];
    uint8_t count = memories_of(&test, memories);
    for (int round = 0; round < 6; round++)
        take_round(&test, memories, count, round, 5);
    struct ht_counts other = ht_flow_window_sum(memories[1]);
    CU_ASSERT_EQUAL(ht_flow_window_sum(memories[0]).sent, 5);
    CU_ASSERT_EQUAL(other.sent, 5);
    CU_ASSERT_EQUAL(other.received, 1);
    free_memories(memories, count);
}

/* The probe to the target's ttl was lost, and one that was sent farther answered. */
static void an_answer_from_behind_hides_no_loss(void)
{
    static const struct ht_hop hops[] = {{.ttl = 1, .sent = 1, .received = 1},
                                         {.ttl = 2, .sent = 1, .received = 1},
                                         {.ttl = 3, .sent = 1},
                                         {.ttl = 4, .sent = 1, .received = 1}};
    static const struct ht_report own = {
        .status = HT_STATUS_REACHED, .hop_count = 4, .hops = hops, .listed_hops = 4};
    static const struct ht_flow_result result = {.sent = 1, .received = 1};
    struct ht_path_memory *memory = memory_of("abZZ");
    ht_flow_window_take(memory, &own, &result, ROUNDS_MAX);
    CU_ASSERT_EQUAL(ht_flow_window_sum(memory).sent, 1);
    CU_ASSERT_EQUAL(ht_flow_window_sum(memory).received, 0);
    ht_path_memory_free(memory);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_case_has_its_branch),
    UNIT_CASE(turns_are_told_from_a_moved_flow),
    UNIT_CASE(windows_keep_their_size),
    UNIT_CASE(an_answer_from_behind_hides_no_loss),
};

UNIT_MAIN("flow_memories", cases)
