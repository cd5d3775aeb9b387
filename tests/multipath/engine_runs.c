/* Searches by the engine as a whole: packets of both families on a fake clock, and the record. What
 * is missed and false, and what its probes are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "engine.h"
#include "multipath.h"
#include "topologies.h"

#define FULL_RUNS 10000

/* The ceiling of many targets at once, packets a second. */
#define MANY_PPS 20000

static struct truth truth;

/* Of the records of one topology. */
struct tally {
    unsigned runs;
    unsigned missed_nodes; /* records that miss one */
    unsigned missed;       /* a node or a link */
    unsigned false_nodes;
    unsigned false_links;
    unsigned incomplete;
    double sent;
    double cells;
    double beyond;
    double flows;
    double whole;
    double drawn; /* fewest that the rule needs, flows as they are drawn */
    double longest_s;
    unsigned *probes; /* by run */
};

static int ascending(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a;
    unsigned y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

static void add(struct tally *tally, const struct engine_result *result, unsigned drawn)
{
    tally->missed_nodes += result->found.missed_nodes > 0;
    tally->missed += result->found.missed_nodes + result->found.missed_links > 0;
    tally->false_nodes += result->found.false_nodes;
    tally->false_links += result->found.false_links;
    tally->incomplete += !result->complete;
    tally->sent += result->sent;
    tally->cells += result->cells;
    tally->beyond += result->beyond;
    tally->flows += result->flows;
    tally->whole += result->whole;
    tally->drawn += drawn;
    if (result->duration_s > tally->longest_s)
        tally->longest_s = result->duration_s;
    tally->probes[tally->runs++] = result->sent;
}

/* Shares of the probes: those that the rule needs, and what comes to them. */
static void print(const struct topology *topology, const struct net *net,
                  const struct engine_settings *settings, const struct bounds *bounds,
                  struct tally *tally)
{
    double all = tally->runs;
    qsort(tally->probes, tally->runs, sizeof *tally->probes, ascending);
    (void)printf("%-18s %s %2.0f %6u %7.4f %7.4f", topology->name, settings->ipv6 ? "IPv6" : "IPv4",
                 100 - 100 * settings->failure, tally->runs, tally->missed / all,
                 tally->missed_nodes / all);
    (void)printf(bounds->exact < 0 ? "       -" : " %7.4f", bounds->exact);
    (void)printf(" %7.4f %5u %5u %6.3f %6u %6u %8.1f %8.1f %6.1f %6.1f %6.1f %6.3f %6.1f %5.1f\n",
                 bounds->most, tally->false_nodes, tally->false_links, 1 - tally->incomplete / all,
                 tally->probes[tally->runs / 2], truth_fewest(net, &truth, settings->failure, 0),
                 tally->sent / all, tally->drawn / all, (tally->cells - tally->drawn) / all,
                 tally->beyond / all, (tally->sent - tally->cells - tally->beyond) / all,
                 (tally->sent - tally->beyond) / tally->drawn, tally->flows / all,
                 tally->whole / all);
}

static bool judge(const struct topology *topology, double failure, const struct bounds *bounds,
                  const struct tally *tally)
{
    const char *name = topology->name;
    double ratio = (tally->sent - tally->beyond) / tally->drawn;
    unsigned missed = topology->blurred ? tally->missed_nodes : tally->missed;
    bool good = must(tally->false_links == 0, "%s: %u false links", name, tally->false_links);
    good &= must(tally->false_nodes == 0, "%s: %u false nodes", name, tally->false_nodes);
    good &= must(ratio <= (topology->most > 0 ? topology->most : 1.2),
                 "%s: %.3f of the fewest probes", name, ratio);
    if (!topology->silent_ends && !topology->blurred)
        good &= must(tally->incomplete <= tally->runs / 1000 + 1, "%s: %u are not complete", name,
                     tally->incomplete);
    return bounds_hold(bounds, topology, failure, missed / (double)tally->runs, tally->runs) &&
           good;
}

/* `together`: all targets in one process at a time, else one after another. */
static bool check(const struct topology *topology, const struct engine_settings *settings,
                  unsigned runs, bool together)
{
    struct net net = topology_net(topology);
    struct engine_result *results = calloc(runs, sizeof *results);
    struct tally tally = {.probes = calloc(runs, sizeof *tally.probes)};
    truth_of(&net, &truth);
    struct bounds bounds = bounds_of(topology, &net, &truth, settings->failure);
    for (unsigned i = 0; i < (together ? 1 : runs); i++)
        engine_run(&net, &truth, settings, i + UINT64_C(1), together ? runs : 1, &results[i]);
    for (unsigned i = 0; i < runs; i++)
        add(&tally, &results[i], truth_fewest(&net, &truth, settings->failure, i + UINT64_C(1)));
    print(topology, &net, settings, &bounds, &tally);
    if (together)
        (void)printf("  at once, at %u a second; the longest record took %.1f s\n", settings->pps,
                     tally.longest_s);
    bool good = judge(topology, settings->failure, &bounds, &tally);
    free(tally.probes);
    free(results);
    return good;
}

/* To this network a router that keeps to a limit is one that loses half of its answers: nothing
 * tells the engine otherwise. */
static bool is_limited(const struct topology *topology)
{
    struct net net = topology_net(topology);
    for (uint8_t node = 0; node < net.count; node++) {
        if (net.nodes[node].limited)
            return true;
    }
    return false;
}

bool check_engine(double scale, const char *only)
{
    static const struct engine_settings settings[] = {
        {.failure = 0.05, .protocol = HT_UDP},
        {.failure = 0.01, .protocol = HT_UDP},
        {.failure = 0.05, .protocol = HT_ICMP, .ipv6 = true},
        {.failure = 0.01, .protocol = HT_ICMP, .ipv6 = true}};
    static const struct engine_settings many = {
        .failure = 0.05, .protocol = HT_ICMP, .pps = MANY_PPS};
    unsigned runs = (unsigned)(FULL_RUNS * scale) + 1;
    bool good = true;
    (void)printf(
        "missed: share of records that miss a node or a link, a node; exact, at most. fewest: "
        "probes that the rule needs, flows dealt out. drawn: the same, flows as they are drawn; "
        "besides: of these what else it takes to find, and to complete flows; beyond the end; "
        "repetitions and retries. used: all but those beyond / drawn\n"
        "topology                 %%   runs  missed    node   exact at most  false n, l complete "
        "median fewest     mean    drawn besides beyond again   used  flows whole\n");
    for (size_t i = 0; i < topology_count; i++) {
        if ((only != NULL && strcmp(only, topologies[i].name) != 0) || is_limited(&topologies[i]))
            continue;
        for (size_t j = 0; j < sizeof settings / sizeof settings[0]; j++)
            good &= check(&topologies[i], &settings[j], runs, false);
        if (topologies[i].crowd)
            good &= check(&topologies[i], &many, runs, true);
    }
    return good;
}
