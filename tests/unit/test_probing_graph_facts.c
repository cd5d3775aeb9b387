/* Width, paths, and ttls that are shared out packet by packet. */
#include <stdio.h>

#include "flow_pictures.h"
#include "probing/multipath/graph_facts.h"
#include "unit.h"

#define FLOWS_MAX 8

struct facts_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    uint16_t widest;
    uint32_t paths;
    uint8_t varied;    /* flow 0 is repeated at this ttl, and shows 'v'; 0: it is not */
    uint8_t by_packet; /* the only such ttl; 0: none */
};

static const struct facts_case facts_cases[] = {
    {"nothing", {NULL}, 0, 0, 0, 0},
    {"a path", {"abZ"}, 1, 1, 0, 0},
    {"a diamond", {"abdZ", "acdZ"}, 2, 2, 0, 0},
    {"two", {"abdegZ", "acdfgZ", "abdfgZ"}, 2, 4, 0, 0},
    {"unequal lengths", {"abZ", "acdZ"}, 2, 2, 0, 0},
    {"a mesh", {"acZ", "adZ", "bcZ", "bdZ"}, 2, 4, 0, 0},
    {"silent at the end", {"ab-", "ac-"}, 2, 2, 0, 0},
    {"by packet", {"abdZ", "acdZ"}, 3, 3, 2, 2},
};

static void each_picture_has_its_facts(void)
{
    struct ht_path_view view = {0};
    for (size_t i = 0; i < sizeof facts_cases / sizeof facts_cases[0]; i++) {
        const struct facts_case *test = &facts_cases[i];
        struct ht_flow_map map = {0};
        picture_enter(&map, test->flows, FLOWS_MAX);
        if (test->varied > 0)
            picture_take(&map, 0, test->varied, 'v');
        CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
        uint32_t paths = ht_graph_paths(&view);
        if (paths != test->paths || ht_graph_widest(&view) != test->widest)
            (void)fprintf(stderr, "%s: %u wide, %u paths\n", test->name, ht_graph_widest(&view),
                          paths);
        CU_ASSERT_EQUAL(paths, test->paths);
        CU_ASSERT_EQUAL(ht_graph_widest(&view), test->widest);
        for (uint8_t ttl = 1; ttl <= view.last_ttl; ttl++)
            CU_ASSERT_EQUAL(ht_graph_is_by_packet(&view, ttl), ttl == test->by_packet);
        ht_flow_map_fini(&map);
    }
    ht_path_view_fini(&view);
}

static const struct unit_case cases[] = {UNIT_CASE(each_picture_has_its_facts)};

UNIT_MAIN("graph_facts", cases)
