/* Which branch loses. How often that is right: tests/multipath. */
#include <stdio.h>

#include "flow_pictures.h"
#include "probing/multipath/lossy_branch.h"
#include "unit.h"

#define FLOWS_MAX 8

struct loss_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    struct ht_counts counts[FLOWS_MAX]; /* sent, received */
    char node;                          /* '?': none */
    char after;
    uint16_t lossy;
};

static const struct loss_case loss_cases[] = {
    {"no loss", {"abZ", "acZ"}, {{60, 60}, {60, 60}}, '?', '?', 0},
    {"one flow", {"abZ"}, {{60, 30}}, '?', '?', 0},
    {"all lose", {"abZ", "acZ"}, {{60, 40}, {60, 41}}, '?', '?', 0},
    {"a branch is dead", {"abdZ", "acdZ", "abdZ"}, {{9, 9}, {9, 0}, {9, 9}}, 'c', 'a', 1},
    {"three lost are not enough", {"abdZ", "acdZ"}, {{900, 900}, {3, 0}}, '?', '?', 0},
    {"a branch of two nodes", {"abdZ", "aceZ", "abdZ"}, {{9, 9}, {9, 0}, {9, 9}}, 'c', 'a', 1},
    {"the first is silent", {"abdZ", "a-eZ", "abdZ"}, {{9, 9}, {9, 0}, {9, 9}}, 'e', 'a', 1},
    {"all of it is", {"abdZ", "a--", "abdZ"}, {{9, 9}, {9, 0}, {9, 9}}, '?', 'a', 1},
    {"two of four",
     {"abfZ", "acfZ", "adfZ", "aefZ"},
     {{60, 60}, {60, 0}, {60, 60}, {60, 2}},
     'c',
     'a',
     2},
    {"the node before is not to blame",
     {"abdZ", "abeZ", "acfZ", "acgZ"},
     {{60, 60}, {60, 60}, {60, 60}, {60, 20}},
     'g',
     'c',
     1},
    {"the node before is",
     {"abdZ", "abeZ", "acfZ", "acgZ"},
     {{60, 60}, {60, 60}, {60, 42}, {60, 39}},
     'c',
     'a',
     2},
    {"from this host on", {"aZ", "bZ", "bZ"}, {{60, 10}, {60, 60}, {60, 60}}, 'a', '^', 1},
    {"nothing was sent", {"abZ", "acZ"}, {{0, 0}, {60, 10}}, '?', '?', 0},
};

static void each_case_has_its_branch(void)
{
    struct ht_path_view view = {0};
    for (size_t i = 0; i < sizeof loss_cases / sizeof loss_cases[0]; i++) {
        const struct loss_case *test = &loss_cases[i];
        struct ht_flow_map map = {0};
        struct ht_lossy_branch branch;
        picture_enter(&map, test->flows, FLOWS_MAX);
        CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
        CU_ASSERT_TRUE(ht_lossy_branch_find(&view, test->counts, &branch));
        char node = picture_letter(&view, branch.node);
        char after = picture_letter(&view, branch.after);
        if (node != test->node || after != test->after || branch.flows != test->lossy)
            (void)fprintf(stderr, "%s: %c after %c, %u flows\n", test->name, node, after,
                          branch.flows);
        CU_ASSERT_EQUAL(node, test->node);
        CU_ASSERT_EQUAL(after, test->after);
        CU_ASSERT_EQUAL(branch.flows, test->lossy);
        ht_flow_map_fini(&map);
    }
    ht_path_view_fini(&view);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_case_has_its_branch),
};

UNIT_MAIN("lossy_branch", cases)
