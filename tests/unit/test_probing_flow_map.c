/* What is known of each flow. */
#include "flow_pictures.h"
#include "unit.h"

static void an_answer_fills_a_cell_once(void)
{
    struct ht_flow_map map = {0};
    CU_ASSERT_TRUE(ht_flow_map_ask(&map, 3, 2, false));
    CU_ASSERT_TRUE(ht_flow_map_cell(&map, 3, 2).awaited);
    picture_take(&map, 3, 2, 'a');
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 3, 2).result, HT_CELL_ANSWERED);
    CU_ASSERT_FALSE(ht_flow_map_cell(&map, 3, 2).awaited);
    picture_take(&map, 3, 2, 'b');
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 3, 2).value, 0);
    CU_ASSERT_EQUAL(map.node_count, 2);
    CU_ASSERT_EQUAL(map.flow_count, 4);
    CU_ASSERT_EQUAL(map.asked, 1);
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 2, 2).result, HT_CELL_OPEN);
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 400, 200).result, HT_CELL_OPEN);
    ht_flow_map_fini(&map);
}

/* The same address at two ttls, or as an end, is another node. */
static void nodes_differ_in_ttl_and_kind(void)
{
    static const char *const flows[] = {"aa", "aA", NULL};
    struct ht_flow_map map = {0};
    struct ht_address address = picture_address('a');
    picture_enter(&map, flows, 9);
    CU_ASSERT_EQUAL(map.node_count, 3);
    CU_ASSERT_EQUAL(ht_flow_map_find(&map, 2, &address, false), 1);
    CU_ASSERT_EQUAL(ht_flow_map_find(&map, 3, &address, false), HT_NO_NODE);
    ht_flow_map_fini(&map);
}

static void repetitions_are_counted_apart(void)
{
    struct ht_flow_map map = {0};
    picture_take(&map, 0, 1, 'a');
    picture_take(&map, 0, 1, 'a'); /* was not asked */
    CU_ASSERT_PTR_NULL(ht_flow_map_repetition(&map, 0, 1));
    CU_ASSERT_TRUE(ht_flow_map_ask(&map, 0, 1, false));
    picture_take(&map, 0, 1, 'a');
    CU_ASSERT_TRUE(ht_flow_map_ask(&map, 0, 1, false));
    ht_flow_map_silence(&map, 0, 1);
    picture_take(&map, 0, 1, 'b');
    const struct ht_repetition *repetition = ht_flow_map_repetition(&map, 0, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(repetition);
    CU_ASSERT_EQUAL(repetition->same, 1);
    CU_ASSERT_EQUAL(repetition->unanswered, 1);
    CU_ASSERT_TRUE(repetition->varied);
    CU_ASSERT_EQUAL(repetition->other, 1);
    ht_flow_map_fini(&map);
}

static void silence_is_no_answer_and_void_is_nothing(void)
{
    struct ht_flow_map map = {0};
    ht_flow_map_put_off(&map, 0, 1);
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 0, 1).result, HT_CELL_OPEN);
    ht_flow_map_silence(&map, 0, 1);
    ht_flow_map_silence(&map, 0, 1);
    ht_flow_map_put_off(&map, 0, 1);
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 0, 1).result, HT_CELL_SILENT);
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 0, 1).value, 2);
    picture_take(&map, 0, 1, 'a');
    CU_ASSERT_EQUAL(ht_flow_map_cell(&map, 0, 1).result, HT_CELL_ANSWERED);
    ht_flow_map_fini(&map);
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_answer_fills_a_cell_once),
    UNIT_CASE(nodes_differ_in_ttl_and_kind),
    UNIT_CASE(repetitions_are_counted_apart),
    UNIT_CASE(silence_is_no_answer_and_void_is_nothing),
};

UNIT_MAIN("flow_map", cases)
