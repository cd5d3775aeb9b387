/* What later rounds tell of a known graph. */
#include <stdio.h>
#include <string.h>

#include "flow_pictures.h"
#include "probing/multipath/branch_news.h"
#include "unit.h"

#define FLOWS_MAX 4

static const char *const known[] = {"abdZ", "acdZ", "a-dZ", "ab", NULL};

struct news_case {
    uint16_t flow;
    uint8_t ttl;
    char node;
    enum ht_branch_news news;
};

static const struct news_case news_cases[] = {
    {0, 2, 'b', HT_BRANCH_SAME},  {0, 2, 'c', HT_BRANCH_MOVED}, {0, 2, 'x', HT_BRANCH_NEW},
    {0, 3, 'b', HT_BRANCH_NEW},   {2, 2, 'c', HT_BRANCH_SAME},  {3, 3, 'd', HT_BRANCH_SAME},
    {3, 3, 'x', HT_BRANCH_NEW},   {0, 4, 'Z', HT_BRANCH_SAME},  {0, 3, 'Z', HT_BRANCH_NEW},
    {300, 1, 'a', HT_BRANCH_SAME}};

static struct ht_flow_sighting sighting_of(const struct ht_address *address, uint16_t flow,
                                           uint8_t ttl, char node)
{
    return (struct ht_flow_sighting){
        .address = address, .flow = flow, .ttl = ttl, .ends = node == 'Z'};
}

static void each_answer_has_its_verdict(void)
{
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    picture_enter(&map, known, FLOWS_MAX);
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    for (size_t i = 0; i < sizeof news_cases / sizeof news_cases[0]; i++) {
        const struct news_case *test = &news_cases[i];
        struct ht_address address = picture_address(test->node);
        struct ht_flow_sighting sighting = sighting_of(&address, test->flow, test->ttl, test->node);
        CU_ASSERT_EQUAL(ht_branch_news(&view, &sighting), test->news);
    }
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

struct gone_case {
    const char *flows[FLOWS_MAX]; /* what the round shows of each */
    const char *gone;
};

static const struct gone_case gone_cases[] = {
    {{"abdZ", "acdZ"}, ""},    {{"acdZ", "acdZ"}, "b"}, /* b, to the known c */
    {{"axdZ", "acdZ"}, "b"},                            /* to a new one */
    {{"acdZ", "abdZ"}, ""},                             /* they changed places */
    {{"a.dZ", "acdZ"}, ""},                             /* silence is no sign */
    {{"axyZ", "axyZ"}, "bdc"},
};

static size_t sightings_of(const char *const *flows, struct ht_address *addresses,
                           struct ht_flow_sighting *sightings)
{
    size_t count = 0;
    for (uint16_t flow = 0; flow < FLOWS_MAX && flows[flow] != NULL; flow++) {
        for (uint8_t i = 0; flows[flow][i] != '\0'; i++) {
            char node = flows[flow][i];
            if (node == '.')
                continue;
            addresses[count] = picture_address(node);
            sightings[count] = sighting_of(&addresses[count], flow, (uint8_t)(i + 1), node);
            count++;
        }
    }
    return count;
}

static void branches_that_are_gone_are_named(void)
{
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    picture_enter(&map, known, 2);
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    for (size_t i = 0; i < sizeof gone_cases / sizeof gone_cases[0]; i++) {
        struct ht_address addresses[16];
        struct ht_flow_sighting sightings[16];
        uint16_t gone[8];
        char text[9] = "";
        size_t count = sightings_of(gone_cases[i].flows, addresses, sightings);
        size_t found = ht_branches_gone(&view, sightings, count, gone, 8);
        for (size_t j = 0; j < found; j++)
            text[j] = picture_letter(&view, gone[j]);
        CU_ASSERT_STRING_EQUAL(text, gone_cases[i].gone);
    }
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

/* A flow that moved is the other node's from then on, and moving back is no news of a new node. */
static void a_flow_moves(void)
{
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    struct ht_address b = picture_address('b');
    struct ht_address x = picture_address('x');
    struct ht_flow_sighting back = sighting_of(&b, 0, 2, 'b');
    picture_enter(&map, known, 1);
    ht_flow_map_move(&map, 0, 2, &x, false);
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    CU_ASSERT_EQUAL(picture_letter(&view, ht_path_view_position(&view, 0, 2)), 'x');
    CU_ASSERT_EQUAL(ht_branch_news(&view, &back), HT_BRANCH_MOVED);
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_answer_has_its_verdict),
    UNIT_CASE(branches_that_are_gone_are_named),
    UNIT_CASE(a_flow_moves),
};

UNIT_MAIN("branch_news", cases)
