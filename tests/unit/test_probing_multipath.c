/* Which (flow, ttl) is probed next. How often branches are missed: tests/multipath. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_pictures.h"
#include "refused_memory.h"
#include "unit.h"

#define PROBES_MAX   600
#define PICTURES_MAX 8
#define TURNS_MAX    1000

static const struct ht_multipath_settings usual = {
    .failure = 0.05, .probes_max = 5000, .flows_max = 512, .ttl_max = 30, .gap_limit = 3};

/* Flow k shows picture k modulo their number; 'v' takes turns with 'w'. */
struct network {
    const char *pictures[PICTURES_MAX];
    unsigned count;
    unsigned turn;
    unsigned limited; /* probes that are void before the first answer */
};

static char shown(struct network *network, struct ht_multipath_probe probe)
{
    const char *picture = network->pictures[probe.flow % network->count];
    size_t length = strlen(picture);
    char node = picture[probe.ttl <= length ? probe.ttl - 1U : length - 1];
    return node == 'v' && network->turn++ % 2 == 0 ? 'w' : node;
}

static void take(struct network *network, struct ht_multipath_probe probe, struct ht_flow_map *map)
{
    char node = shown(network, probe);
    if (network->limited > 0) {
        network->limited--;
        ht_multipath_take(map, probe, HT_MULTIPATH_VOID, NULL);
    } else if (node == '-') {
        ht_multipath_take(map, probe, HT_MULTIPATH_SILENT, NULL);
    } else {
        picture_take(map, probe.flow, probe.ttl, node);
    }
}

/* Searches to the end; returns the last progress. */
static struct ht_multipath_progress search(struct network *network,
                                           const struct ht_multipath_settings *settings,
                                           struct ht_flow_map *map, struct ht_path_view *view)
{
    static struct ht_multipath_probe probes[PROBES_MAX];
    struct ht_multipath_progress progress = {0};
    network->count = 0;
    while (network->count < PICTURES_MAX && network->pictures[network->count] != NULL)
        network->count++;
    for (int i = 0; i < TURNS_MAX && !progress.finished; i++) {
        size_t count = ht_multipath_next(map, settings, view, probes, PROBES_MAX, &progress);
        for (size_t j = 0; j < count; j++)
            take(network, probes[j], map);
    }
    CU_ASSERT_TRUE(progress.finished);
    return progress;
}

/* n(2) of this host alone; then nothing, while these are under way. */
static void it_begins_with_what_one_node_needs(void)
{
    struct ht_multipath_probe probes[PROBES_MAX];
    struct ht_multipath_progress progress;
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    CU_ASSERT_EQUAL(ht_multipath_next(&map, &usual, &view, probes, PROBES_MAX, &progress), 6);
    for (uint16_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(probes[i].flow, i);
        CU_ASSERT_EQUAL(probes[i].ttl, 1);
    }
    CU_ASSERT_FALSE(progress.finished);
    CU_ASSERT_EQUAL(ht_multipath_next(&map, &usual, &view, probes, PROBES_MAX, &progress), 0);
    CU_ASSERT_FALSE(progress.finished);
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

/* With a path that is known from one flow all ttls are asked at once: 4 nodes, n(2) = 8. */
static void a_known_path_takes_one_batch(void)
{
    static const char *const flows[] = {"abcZ", NULL};
    struct ht_multipath_probe probes[PROBES_MAX];
    struct ht_multipath_progress progress;
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    struct network network = {.pictures = {"abcZ"}};
    picture_enter(&map, flows, 1);
    CU_ASSERT_EQUAL(ht_multipath_next(&map, &usual, &view, probes, PROBES_MAX, &progress), 28);
    network.count = 1;
    for (size_t i = 0; i < 28; i++)
        take(&network, probes[i], &map);
    CU_ASSERT_EQUAL(ht_multipath_next(&map, &usual, &view, probes, PROBES_MAX, &progress), 0);
    CU_ASSERT_TRUE(progress.complete);
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

struct search_case {
    const char *name;
    struct network network;
    struct ht_multipath_settings settings; /* 0: as usual */
    unsigned unproven;
    unsigned nodes; /* found, without this host */
    unsigned asked; /* probes at most */
};

static const struct search_case search_cases[] = {
    {"a path", {{"abcZ"}, 0, 0, 0}, {.failure = 0}, 0, 4, 32},
    {"limited", {{"abcZ"}, 0, 0, 12}, {.failure = 0}, 0, 4, 44},
    {"limited for good",
     {{"abcZ"}, 0, 0, 5000},
     {.failure = 0},
     HT_UNPROVEN_LIMITS | HT_UNPROVEN_SILENCE,
     3,
     512},
    {"two branches", {{"abdZ", "acdZ"}, 0, 0, 0}, {.failure = 0}, 0, 5, 70},
    {"unequal lengths", {{"abZ", "acdZ"}, 0, 0, 0}, {.failure = 0}, 0, 6, 70},
    {"several last hops", {{"aZ", "bZ", "cZ"}, 0, 0, 0}, {.failure = 0}, 0, 4, 90},
    {"a silent router", {{"a-cZ"}, 0, 0, 0}, {.failure = 0}, 0, 4, 46},
    {"one in a branch", {{"abdZ", "a-dZ"}, 0, 0, 0}, {.failure = 0}, 0, 5, 130},
    {"silence at the end", {{"ab-"}, 0, 0, 0}, {.failure = 0}, HT_UNPROVEN_SILENCE, 5, 86},
    {"few flows", {{"abdZ", "acdZ"}, 0, 0, 0}, {.flows_max = 5}, HT_UNPROVEN_FLOWS, 5, 40},
    {"few probes", {{"abcZ"}, 0, 0, 0}, {.probes_max = 20}, HT_UNPROVEN_PROBES, 3, 20},
    {"few hops", {{"abcdefZ"}, 0, 0, 0}, {.ttl_max = 3}, HT_UNPROVEN_TTL, 3, 24},
    {"by packet, it meets", {{"avcZ"}, 0, 0, 0}, {.failure = 0}, 0, 5, 80},
    {"a mesh", {{"acZ", "adZ", "bcZ", "bdZ"}, 0, 0, 0}, {.failure = 0}, 0, 5, 130},
    {"routers that choose alike",
     {{"acegZ", "adehZ", "bcfgZ", "bdfhZ"}, 0, 0, 0},
     {.failure = 0},
     0,
     9,
     200},
};

static struct ht_multipath_settings settings_of(const struct search_case *test)
{
    struct ht_multipath_settings settings = usual;
    if (test->settings.flows_max > 0)
        settings.flows_max = test->settings.flows_max;
    if (test->settings.probes_max > 0)
        settings.probes_max = test->settings.probes_max;
    if (test->settings.ttl_max > 0)
        settings.ttl_max = test->settings.ttl_max;
    return settings;
}

static unsigned nodes_found(const struct ht_path_view *view)
{
    unsigned count = 0;
    for (uint32_t i = 1; i < view->node_count; i++)
        count += view->nodes[i].flows > 0;
    return count;
}

static void each_network_is_searched(void)
{
    struct ht_path_view view = {0};
    for (size_t i = 0; i < sizeof search_cases / sizeof search_cases[0]; i++) {
        const struct search_case *test = &search_cases[i];
        struct ht_flow_map map = {0};
        struct network network = test->network;
        struct ht_multipath_settings settings = settings_of(test);
        struct ht_multipath_progress progress = search(&network, &settings, &map, &view);
        unsigned nodes = nodes_found(&view);
        if (progress.unproven != test->unproven || nodes != test->nodes || map.asked > test->asked)
            (void)fprintf(stderr, "%s: unproven %u, %u nodes, %u probes\n", test->name,
                          progress.unproven, nodes, map.asked);
        CU_ASSERT_EQUAL(progress.unproven, test->unproven);
        CU_ASSERT_EQUAL(progress.complete, test->unproven == 0);
        CU_ASSERT_EQUAL(nodes, test->nodes);
        CU_ASSERT(map.asked <= test->asked);
        ht_flow_map_fini(&map);
    }
    ht_path_view_fini(&view);
}

/* Without loss and several nodes at a ttl nothing is asked twice. */
static void no_probe_goes_twice(void)
{
    static bool asked[512][32];
    struct ht_multipath_probe probes[4];
    struct ht_multipath_progress progress = {0};
    struct network network = {.pictures = {"abcdefZ"}, .count = 1};
    struct ht_flow_map map = {0};
    struct ht_path_view view = {0};
    memset(asked, 0, sizeof asked);
    while (!progress.finished) {
        size_t count = ht_multipath_next(&map, &usual, &view, probes, 4, &progress);
        for (size_t i = 0; i < count; i++) {
            CU_ASSERT_FALSE(asked[probes[i].flow][probes[i].ttl]);
            asked[probes[i].flow][probes[i].ttl] = true;
            take(&network, probes[i], &map);
        }
    }
    CU_ASSERT_EQUAL(map.asked, 7 * 9);
    ht_path_view_fini(&view);
    ht_flow_map_fini(&map);
}

/* Each allocation is refused once: the search ends, and says so unless it did without. */
static void refused_memory_ends_the_search(void)
{
    unsigned complete = 0;
    for (size_t refused = 0; complete < 2 && refused < 200; refused++) {
        struct ht_flow_map map = {0};
        struct ht_path_view view = {0};
        struct network network = {.pictures = {"abd-Z", "acd-Z"}};
        allocations_left = refused;
        struct ht_multipath_progress progress = search(&network, &usual, &map, &view);
        CU_ASSERT_EQUAL(progress.complete, progress.unproven == 0);
        CU_ASSERT(progress.complete || (progress.unproven & HT_UNPROVEN_MEMORY) != 0);
        CU_ASSERT(progress.complete || allocations_left == 0);
        complete += progress.complete;
        allocations_left = SIZE_MAX;
        ht_path_view_fini(&view);
        ht_flow_map_fini(&map);
    }
}

/* Answers at random, from any address: the search ends within its ceilings. */
static void any_answers_end_the_search(void)
{
    static struct ht_multipath_probe probes[PROBES_MAX];
    for (uint32_t kinds = 1; kinds <= 4; kinds++) {
        struct ht_flow_map map = {0};
        struct ht_path_view view = {0};
        struct ht_multipath_progress progress = {0};
        uint32_t number = kinds;
        for (int i = 0; i < TURNS_MAX && !progress.finished; i++) {
            size_t count = ht_multipath_next(&map, &usual, &view, probes, PROBES_MAX, &progress);
            for (size_t j = 0; j < count; j++) {
                number = number * 1664525 + 1013904223;
                struct ht_address address = picture_address((char)(number >> 24 & 63));
                ht_multipath_take(&map, probes[j],
                                  (enum ht_multipath_outcome)((number >> 16) % kinds), &address);
            }
        }
        CU_ASSERT_TRUE(progress.finished);
        CU_ASSERT_FALSE(progress.complete);
        CU_ASSERT(map.asked <= usual.probes_max);
        ht_path_view_fini(&view);
        ht_flow_map_fini(&map);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(it_begins_with_what_one_node_needs), UNIT_CASE(a_known_path_takes_one_batch),
    UNIT_CASE(each_network_is_searched),           UNIT_CASE(no_probe_goes_twice),
    UNIT_CASE(refused_memory_ends_the_search),     UNIT_CASE(any_answers_end_the_search),
};

UNIT_MAIN("multipath", cases)
