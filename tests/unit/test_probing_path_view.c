/* The graph that flows show: pictures, and the links that come of them. */
#include <stdio.h>
#include <string.h>

#include "flow_pictures.h"
#include "unit.h"

#define FLOWS_MAX 8
#define TEXT_MAX  256

struct view_case {
    const char *name;
    const char *flows[FLOWS_MAX];
    const char *links; /* proven, by rising ttl, then in the order of their first flow */
    uint32_t seen;
    uint16_t varied; /* flow 0 is repeated at this ttl, and shows 'v' */
    uint16_t times;  /* as many flows of each picture; 0: one */
};

static const struct view_case view_cases[] = {
    {"a path", {"abZ", "abZ"}, "^a ab bZ", 3, 0, 0},
    {"two branches", {"abdZ", "acdZ"}, "^a ab ac bd cd dZ", 5, 0, 0},
    {"unequal lengths", {"abZ", "acdZ"}, "^a ab ac bZ cd dZ", 5, 0, 0},
    {"another flow's hop proves no link", {"ab.", "a.d", "ac."}, "^a ab ac", 5, 0, 0},
    {"the only node of a ttl is passed by all", {"ab", ".c"}, "^a ab", 4, 0, 0},
    {"the end is known where a flow may have ended before",
     {"abcZ", "ab.Z"},
     "^a ab bc cZ",
     4,
     0,
     0},
    {"an end behind an end is none", {"abZ", "abZZ"}, "^a ab bZ", 3, 0, 0},
    {"it waits for the ttl before", {"abdZ", "ac.Z", "acdZ"}, "^a ab ac bd cd dZ", 5, 0, 0},
    {"a silent router", {"a-cZ", "a-cZ"}, "^a a- -c cZ", 4, 0, 0},
    {"one in each branch", {"ab-eZ", "ac-eZ"}, "^a ab ac b- c- -e -e eZ", 7, 0, 0},
    {"beside one that answers", {"abdZ", "a-dZ"}, "^a ab a- bd -d dZ", 5, 0, 0},
    {"silent behind the end", {"abZ", "abZ-"}, "^a ab bZ", 3, 0, 0},
    {"by packet, it meets", {"abdZ", "acdZ"}, "^a ab ac av bd cd dZ", 6, 2, 7},
    {"by packet, too few to tell", {"abdZ", "acdZ"}, "^a ab ac av dZ", 6, 2, 6},
    {"by packet, it does not", {"abdZ", "aceZ"}, "^a ab ac av dZ eZ", 7, 2, 7},
};

static void print_links(const struct ht_path_view *view, char *text)
{
    size_t length = 0;
    text[0] = '\0';
    for (uint8_t ttl = 0; ttl <= view->last_ttl; ttl++) {
        for (uint32_t i = 0; i < view->link_count; i++) {
            const struct ht_path_link *link = &view->links[i];
            if (view->nodes[link->from].ttl != ttl || link->shown == 0)
                continue;
            length +=
                (size_t)snprintf(text + length, TEXT_MAX - length, "%s%c%c", length > 0 ? " " : "",
                                 picture_letter(view, link->from), picture_letter(view, link->to));
        }
    }
}

static void enter(struct ht_flow_map *map, const struct view_case *test)
{
    uint16_t pictures = 0;
    while (pictures < FLOWS_MAX && test->flows[pictures] != NULL)
        pictures++;
    for (uint16_t flow = 0; flow < pictures * (test->times > 0 ? test->times : 1); flow++) {
        const char *picture = test->flows[flow % pictures];
        for (uint8_t i = 0; picture[i] != '\0'; i++)
            picture_take(map, flow, (uint8_t)(i + 1), picture[i]);
    }
}

static void each_picture_has_its_links(void)
{
    struct ht_path_view view = {0};
    for (size_t i = 0; i < sizeof view_cases / sizeof view_cases[0]; i++) {
        const struct view_case *test = &view_cases[i];
        struct ht_flow_map map = {0};
        char text[TEXT_MAX];
        enter(&map, test);
        if (test->varied > 0)
            picture_take(&map, 0, (uint8_t)test->varied, 'v');
        CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
        print_links(&view, text);
        if (strcmp(text, test->links) != 0 || view.seen != test->seen)
            (void)fprintf(stderr, "%s: %s, %u\n", test->name, text, view.seen);
        CU_ASSERT_STRING_EQUAL(text, test->links);
        CU_ASSERT_EQUAL(view.seen, test->seen);
        ht_flow_map_fini(&map);
    }
    ht_path_view_fini(&view);
}

/* Flows that were asked for what they showed do not count. */
static void chosen_flows_do_not_count(void)
{
    static const char *const flows[] = {"abd", "ace", "a.d", NULL};
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    picture_enter(&map, flows, 9);
    CU_ASSERT_TRUE(ht_flow_map_ask(&map, 2, 2, true));
    picture_take(&map, 2, 2, 'b');
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    CU_ASSERT_EQUAL(view.nodes[2].counted, 1);
    CU_ASSERT_EQUAL(view.links[view.nodes[2].first_link].flows, 2);
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

/* Silence becomes a node after 3 tries, after 5 beside an answer, after 1 where it is known. */
static void silence_takes_tries(void)
{
    static const char *const flows[] = {"a", "a", "a", "a", NULL};
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    picture_enter(&map, flows, 9);
    for (uint16_t i = 0; i < 7; i++)
        ht_flow_map_silence(&map, i / 3, 2);
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    CU_ASSERT_EQUAL(picture_letter(&view, ht_path_view_position(&view, 2, 2)), '-');
    picture_take(&map, 3, 2, 'b');
    CU_ASSERT_TRUE(ht_path_view_build(&view, &map));
    CU_ASSERT_EQUAL(picture_letter(&view, ht_path_view_position(&view, 0, 2)), '?');
    CU_ASSERT_TRUE(ht_path_view_is_coming(&view, 0, 2));
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_picture_has_its_links),
    UNIT_CASE(chosen_flows_do_not_count),
    UNIT_CASE(silence_takes_tries),
};

UNIT_MAIN("path_view", cases)
