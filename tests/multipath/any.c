/* Networks that are made up by chance: the search ends, within the ceilings, and nothing is false.
 */
#include <stdio.h>

#include "engine.h"
#include "multipath.h"
#include "probing/multipath/cover.h"
#include "probing/multipath/graph_facts.h"
#include "random.h"
#include "run.h"
#include "truth.h"

#define FULL_RUNS   20000
#define LAYERS_MAX  8
#define WIDTH_MAX   4
#define BATCHES_MAX 4000

/* Of as many networks one is searched by the engine as a whole, too. */
#define RECORD_EVERY 10

static struct truth truth;

/* How troubled the networks are. */
struct trouble {
    const char *name;
    double packet; /* shares of nodes */
    double silent;
    double limited;
    double loss;       /* of probes */
    double false_most; /* share of runs with a false link: a silent router behind one by packet is
                          not seen. Of the engine's records likewise: a search that ends at its
                          ceiling of batches tells what it has seen, proven or not */
};

static const struct trouble troubles[] = {
    {"by flow", 0, 0, 0, 0, 0},
    {"silent nodes", 0, 0.1, 0, 0, 0},
    {"nodes by packet", 0.1, 0, 0, 0, 0.002},
    {"loss and limits", 0, 0, 0.1, 0.02, 0},
    {"all of it", 0.1, 0.1, 0.1, 0.02, 0.05},
};

/* Layers of nodes. */
struct layers {
    uint8_t count;
    uint8_t first[LAYERS_MAX + 2]; /* node of each, and of what is behind the last */
};

/* This host, layers of 1 to WIDTH_MAX nodes, the end. */
static struct layers draw_nodes(struct net *net, const struct trouble *trouble, uint64_t *seed)
{
    struct layers layers = {.count = (uint8_t)(2 + random_bits(seed) % (LAYERS_MAX - 1))};
    *net = (struct net){.count = 1, .loss = trouble->loss};
    for (uint8_t layer = 1; layer <= layers.count; layer++) {
        bool last = layer == layers.count;
        uint64_t width = last ? 1 : 1 + random_bits(seed) % WIDTH_MAX;
        layers.first[layer] = net->count;
        for (uint64_t i = 0; i < width; i++) {
            struct net_node *node = &net->nodes[net->count++];
            node->packet = random_chance(seed, trouble->packet);
            node->silent = !last && random_chance(seed, trouble->silent);
            node->limited = random_chance(seed, trouble->limited);
            node->end = last;
        }
    }
    layers.first[layers.count + 1] = net->count;
    return layers;
}

/* A node leads to one of the next layer, and to others with 40 %; past it with 10 %. */
static void draw_links(struct net *net, const struct layers *layers, uint8_t layer, uint8_t node,
                       uint64_t *seed)
{
    uint8_t next = layers->first[layer + 1];
    uint8_t end = layers->first[layer + 2];
    uint8_t always = (uint8_t)(next + random_bits(seed) % (uint64_t)(end - next));
    for (; next < end; next++) {
        if (next == always || random_chance(seed, 0.4))
            net_link(net, node, next, 1);
    }
    if (layer + 2 <= layers->count && random_chance(seed, 0.1))
        net_link(net, node, end, 1);
}

static void draw(struct net *net, const struct trouble *trouble, uint64_t *seed)
{
    struct layers layers = draw_nodes(net, trouble, seed);
    for (uint8_t layer = 0; layer < layers.count; layer++) {
        for (uint8_t node = layers.first[layer]; node < layers.first[layer + 1]; node++)
            draw_links(net, &layers, layer, node, seed);
    }
}

struct sums {
    unsigned missed;
    unsigned false_nodes;
    unsigned false_links;
    unsigned incomplete;
    unsigned endless;
    unsigned uncovered;
    unsigned records; /* of the engine */
    unsigned false_records;
    double probes;
};

/* True if the flows of the cover pass all proven links; of nodes by packet none can be held to one.
 */
static bool is_covered(struct ht_path_view *view)
{
    uint16_t flows[HT_FLOWS_SEARCHED];
    size_t count = ht_cover(view, flows);
    for (uint32_t i = 0; i < view->link_count; i++) {
        const struct ht_path_link *link = &view->links[i];
        uint8_t ttl = view->nodes[link->from].ttl;
        bool passed = link->shown == 0 || view->nodes[link->from].packet;
        for (size_t j = 0; j < count && !passed; j++)
            passed = ht_path_view_place(view, flows[j], ttl) == link->from &&
                     ht_path_view_position(view, flows[j], (uint8_t)(ttl + 1)) == link->to;
        if (!passed)
            return false;
    }
    return true;
}

static void play(const struct trouble *trouble, uint64_t seed, struct ht_path_view *view,
                 struct sums *sums)
{
    struct net net;
    struct run run = {.net = &net, .settings = run_settings(0.05), .view = view};
    draw(&net, trouble, &seed);
    truth_of(&net, &truth);
    run.seed = random_bits(&seed);
    run_search(&run);
    struct found found = truth_compare(&net, &truth, view);
    sums->missed += found.missed_nodes + found.missed_links > 0;
    sums->false_nodes += found.false_nodes > 0;
    sums->false_links += found.false_links > 0;
    sums->incomplete += !run.progress.complete;
    sums->endless += run.batches > BATCHES_MAX || run.map.asked > HT_MULTIPATH_PROBES_MAX;
    sums->uncovered += !is_covered(view);
    sums->probes += run.probes;
    ht_flow_map_fini(&run.map);
}

/* The same network as the engine's record shows it. A router that keeps to a limit is left out: to
 * this network it is one that loses half of its answers. */
static void play_engine(const struct trouble *trouble, uint64_t seed, struct sums *sums)
{
    static const struct engine_settings settings = {.failure = 0.05, .protocol = HT_UDP};
    struct engine_result result;
    struct net net;
    draw(&net, trouble, &seed);
    if (trouble->limited > 0)
        return;
    truth_of(&net, &truth);
    engine_run(&net, &truth, &settings, random_bits(&seed), 1, &result);
    sums->records++;
    sums->false_records += result.found.false_nodes + result.found.false_links > 0;
}

static bool check(const struct trouble *trouble, unsigned runs, struct ht_path_view *view)
{
    struct sums sums = {0};
    for (unsigned i = 0; i < runs; i++) {
        uint64_t seed = i * UINT64_C(1000003);
        uint64_t bits = random_bits(&seed);
        play(trouble, bits, view, &sums);
        if (i % RECORD_EVERY == 0)
            play_engine(trouble, bits, &sums);
    }
    (void)printf("%-16s %6u runs, missed %.4f, false nodes %.5f, false links %.5f, complete %.3f, "
                 "probes %.0f; %u records, false %u\n",
                 trouble->name, runs, sums.missed / (double)runs, sums.false_nodes / (double)runs,
                 sums.false_links / (double)runs, 1 - sums.incomplete / (double)runs,
                 sums.probes / runs, sums.records, sums.false_records);
    bool good = must(sums.endless == 0 && sums.uncovered == 0, "%s: %u without end, %u not covered",
                     trouble->name, sums.endless, sums.uncovered);
    good &= must(sums.false_nodes == 0, "%s: %u with false nodes", trouble->name, sums.false_nodes);
    good &=
        must(sums.false_records <= trouble->false_most * sums.records + (trouble->false_most > 0),
             "%s: %u records with something false", trouble->name, sums.false_records);
    return must(sums.false_links <= trouble->false_most * runs + (trouble->false_most > 0),
                "%s: %u with false links", trouble->name, sums.false_links) &&
           good;
}

bool check_any(double scale, const char *only)
{
    struct ht_path_view view = {0};
    bool good = true;
    (void)only;
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
        good &= check(&troubles[i], (unsigned)(FULL_RUNS * scale) + 1, &view);
    ht_path_view_fini(&view);
    return good;
}
