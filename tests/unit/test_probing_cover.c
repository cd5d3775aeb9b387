/* As few flows as pass all links. */
#include <stdio.h>

#include "flow_pictures.h"
#include "probing/multipath/cover.h"
#include "unit.h"

#define FLOWS_MAX 8

struct cover_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    size_t count;
    uint16_t cover[FLOWS_MAX];
};

static const struct cover_case cover_cases[] = {
    {"nothing", {NULL}, 0, {0}},
    {"one path", {"abZ", "abZ", "abZ"}, 1, {0}},
    {"flow 0 comes first", {"abZ", "acZ", "abZ"}, 2, {0, 1}},
    {"the one with most", {"abdZ", "acdZ", "aceZ", "afgZ"}, 4, {0, 2, 3, 1}},
    {"two diamonds", {"abdegZ", "acdegZ", "abdfgZ", "acdfgZ"}, 2, {0, 3}},
    {"what a flow was not asked for", {"abZ", "ac.", "acZ"}, 2, {0, 2}},
};

static void each_picture_has_its_cover(void)
{
    struct ht_path_view view = {0};
    for (size_t i = 0; i < sizeof cover_cases / sizeof cover_cases[0]; i++) {
        const struct cover_case *test = &cover_cases[i];
        struct ht_flow_map map = {0};
        uint16_t flows[HT_FLOWS_SEARCHED];
        picture_enter(&map, test->flows, FLOWS_MAX);
        CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
        size_t count = ht_cover(&view, flows);
        if (count != test->count)
            (void)fprintf(stderr, "%s: %zu flows\n", test->name, count);
        CU_ASSERT_EQUAL(count, test->count);
        for (size_t j = 0; j < count && j < test->count; j++)
            CU_ASSERT_EQUAL(flows[j], test->cover[j]);
        ht_flow_map_fini(&map);
    }
    ht_path_view_fini(&view);
}

static const struct unit_case cases[] = {UNIT_CASE(each_picture_has_its_cover)};

UNIT_MAIN("cover", cases)
