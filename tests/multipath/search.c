/* Searches through all topologies: what is missed, against the bound and the exact probability;
 * what is false; probes, against the fewest that the rule needs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "multipath.h"
#include "random.h"
#include "run.h"
#include "topologies.h"
#include "truth.h"

#define FULL_RUNS 10000

static struct truth truth;

/* Of the runs of one topology. */
struct tally {
    unsigned runs;
    unsigned missed_nodes; /* runs that missed one */
    unsigned missed;       /* a node or a link */
    unsigned false_nodes;
    unsigned false_links;
    unsigned incomplete;
    double batches;
    double bytes;
    double used;
    double repeated;
    double drawn; /* fewest, flows as they are drawn */
    double worst; /* used / drawn, the greatest */
    unsigned *probes;
    unsigned *flows;
};

static int ascending(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a;
    unsigned y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

static unsigned median(unsigned *values, unsigned count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

/* Bytes of a map. */
static double bytes_of(const struct ht_flow_map *map)
{
    size_t bytes = sizeof *map + map->row_capacity * sizeof *map->rows +
                   map->node_capacity * sizeof *map->nodes +
                   map->repetition_capacity * sizeof *map->repetitions;
    for (uint8_t i = 0; i < map->row_count; i++)
        bytes += map->rows[i].capacity * sizeof *map->rows[i].cells;
    return (double)bytes;
}

static void add(struct tally *tally, const struct net *net, const struct run *run, double failure)
{
    struct found found = truth_compare(net, &truth, run->view);
    unsigned drawn = truth_fewest(net, &truth, failure, run->seed);
    unsigned repeated = 0;
    for (uint16_t i = 0; i < run->map.repetition_count; i++)
        repeated += run->map.repetitions[i].same + (unsigned)run->map.repetitions[i].varied;
    tally->missed_nodes += found.missed_nodes > 0;
    tally->missed += found.missed_nodes + found.missed_links > 0;
    tally->false_nodes += found.false_nodes;
    tally->false_links += found.false_links;
    tally->incomplete += !run->progress.complete;
    tally->batches += run->batches;
    tally->bytes += bytes_of(&run->map);
    tally->used += run->probes;
    tally->repeated += repeated;
    tally->drawn += drawn;
    if (run->probes > tally->worst * drawn)
        tally->worst = (double)run->probes / drawn;
    tally->probes[tally->runs] = run->probes;
    tally->flows[tally->runs++] = run->map.flow_count;
}

static void play(const struct topology *topology, double failure, unsigned runs,
                 struct ht_path_view *view, struct tally *tally)
{
    struct net net = topology_net(topology);
    truth_of(&net, &truth);
    for (unsigned i = 0; i < runs; i++) {
        uint64_t seed = i + 1;
        struct run run = {.net = &net,
                          .seed = random_bits(&seed),
                          .settings = run_settings(failure),
                          .view = view};
        run_search(&run);
        add(tally, &net, &run, failure);
        ht_flow_map_fini(&run.map);
    }
}

static bool judge(const struct topology *topology, const struct tally *tally)
{
    const char *name = topology->name;
    double ratio = tally->used / tally->drawn;
    bool good = must(tally->false_links == 0, "%s: %u false links", name, tally->false_links);
    good &= must(tally->false_nodes == 0, "%s: %u false nodes", name, tally->false_nodes);
    good &= must(ratio <= (topology->most > 0 ? topology->most : 1.2),
                 "%s: %.3f of the fewest probes", name, ratio);
    if (!topology->silent_ends && !topology->blurred)
        good &= must(tally->incomplete <= tally->runs / 1000 + 1, /* 512 flows do not always do */
                     "%s: %u are not complete", name, tally->incomplete);
    return good;
}

static void print(const struct topology *topology, double failure, const struct net *net,
                  const struct bounds *bounds, const struct tally *tally)
{
    double all = tally->runs;
    (void)printf("%-18s %2.0f %6u %7.4f %7.4f", topology->name, 100 - 100 * failure, tally->runs,
                 tally->missed / all, tally->missed_nodes / all);
    (void)printf(bounds->exact < 0 ? "       -" : " %7.4f", bounds->exact);
    (void)printf(" %7.4f %5u %5u %6.3f %6u %5u %8.1f %6.1f %6u %8.1f %6.3f %6.3f %6.1f %6.0f\n",
                 bounds->most, tally->false_nodes, tally->false_links, 1 - tally->incomplete / all,
                 median(tally->probes, tally->runs), median(tally->flows, tally->runs),
                 tally->used / all, tally->repeated / all, truth_fewest(net, &truth, failure, 0),
                 tally->drawn / all, tally->used / tally->drawn, tally->worst, tally->batches / all,
                 tally->bytes / all);
}

static bool check(const struct topology *topology, double failure, unsigned runs,
                  struct ht_path_view *view)
{
    struct tally tally = {.probes = calloc(runs, sizeof(unsigned)),
                          .flows = calloc(runs, sizeof(unsigned))};
    struct net net = topology_net(topology);
    play(topology, failure, runs, view, &tally);
    struct bounds bounds = bounds_of(topology, &net, &truth, failure);
    print(topology, failure, &net, &bounds, &tally);
    free(tally.probes);
    free(tally.flows);
    unsigned missed = topology->blurred ? tally.missed_nodes : tally.missed;
    bool good = judge(topology, &tally);
    return bounds_hold(&bounds, topology, failure, missed / (double)runs, runs) && good;
}

bool check_topologies(double scale, const char *only)
{
    static const double failures[] = {0.05, 0.01};
    struct ht_path_view view = {0};
    unsigned runs = (unsigned)(FULL_RUNS * scale) + 1;
    bool good = true;
    (void)printf(
        "missed: share of runs that miss a node or a link, a node; exact, at most. fewest: "
        "flows dealt out, as drawn; used / drawn: mean, worst\n"
        "topology            %%   runs  missed    node   exact at most  false n, l "
        "complete probes flows (median)  mean repeated fewest    drawn   used  worst "
        "batches bytes\n");
    for (size_t i = 0; i < topology_count; i++) {
        for (size_t j = 0; j < 2; j++) {
            if (only == NULL || strcmp(only, topologies[i].name) == 0)
                good &= check(&topologies[i], failures[j], runs, &view);
        }
    }
    ht_path_view_fini(&view);
    return good;
}
