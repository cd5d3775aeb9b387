/* The library when memory is refused: each allocation of an engine's life in turn, a few in a row,
 * and all from one on. Whoever is refused says so, the other targets get their records, and the
 * next round is whole. Usage: faults_memory STEP [CASE]...: every STEP-th allocation. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "check.h"
#include "dns/hosts.h"
#include "refuse.h"

/* So many lives in a row in which there was nothing left to refuse: there is no more. */
#define LIVES_WITHOUT 3

/* A run of refusals: longer than what one record needs. */
#define FEW 25

static size_t step = 1;

struct tally {
    size_t points; /* lives in which something was refused */
    size_t without_engine;
    size_t failed_adds;
    size_t refused_records;
    size_t faults;
};

static void fault(struct tally *tally, const struct bench *bench, size_t first, const char *what)
{
    /* The first few tell enough. */
    if (tally->faults++ < 10)
        remark("refused from %zu on: %s (%s) %s", first, what, bench->error.text, bench->unlike);
}

static void judge_refused_round(struct tally *tally, const struct bench *bench, size_t first,
                                size_t refused)
{
    size_t right = bench_count(bench, BENCH_RIGHT);
    size_t said = bench_count(bench, BENCH_REFUSED);
    tally->failed_adds += bench->failed_adds;
    tally->refused_records += said;
    if (right + said + bench->failed_adds != BENCH_TARGETS)
        fault(tally, bench, first, "not one good record of each target");
    if (said + bench->failed_adds > refused)
        fault(tally, bench, first, "a target suffered from what was refused to another");
}

/* Memory is back: the same engine measures everything. */
static void judge_next_round(struct tally *tally, struct bench *bench, size_t first)
{
    if (!bench_round(bench))
        fault(tally, bench, first, "the engine does not go on");
    if (bench_count(bench, BENCH_RIGHT) != BENCH_TARGETS)
        fault(tally, bench, first, "the next round is not whole");
}

/* One life of an engine. Returns how many allocations were refused. */
static size_t live(struct tally *tally, size_t first, size_t count)
{
    struct bench bench;
    refuse_allocations(first, count);
    bool made = bench_new(&bench);
    bool ran = made && bench_round(&bench);
    size_t refused = refuse_no_more();
    if (made && !ran)
        fault(tally, &bench, first, "the engine gave up");
    if (ran)
        judge_refused_round(tally, &bench, first, refused);
    if (made)
        judge_next_round(tally, &bench, first);
    else if (refused == 0)
        fault(tally, &bench, first, "no engine, though nothing was refused");
    if (bench.wrong_calls > 0)
        fault(tally, &bench, first, "a call failed without saying why");
    tally->points += refused > 0;
    tally->without_engine += !made;
    bench_free(&bench);
    return refused;
}

static void refuse_everywhere(size_t count, const char *what)
{
    struct tally tally = {0};
    size_t descriptors = open_descriptors();
    size_t without = 0;
    for (size_t first = 1; without < LIVES_WITHOUT; first += step)
        without = live(&tally, first, count) > 0 ? 0 : without + 1;
    remark("%s: %zu points, %zu without an engine, %zu targets not added, %zu records refused",
           what, tally.points, tally.without_engine, tally.failed_adds, tally.refused_records);
    check(tally.faults == 0, "%s: %zu faults", what, tally.faults);
    /* Else the refusals did not reach what they are meant for. */
    check(tally.points > 50 / step && tally.without_engine > 0 && tally.refused_records > 0,
          "%s: refused all over", what);
    check(open_descriptors() == descriptors, "%s: no descriptor is left open", what);
}

static void each(void)
{
    refuse_everywhere(1, "one");
}

static void some(void)
{
    refuse_everywhere(FEW, "some in a row");
}

static void rest(void)
{
    refuse_everywhere(SIZE_MAX, "all from one on");
}

static void blocking_call(void)
{
    struct ht_target target = {.host = "198.18.1.1"};
    size_t without = 0;
    size_t faults = 0;
    ht_settings_init(&target.settings);
    target.settings.probes = 1;
    for (size_t first = 1; without < LIVES_WITHOUT; first += step) {
        struct ht_report *report = NULL;
        struct ht_error error = {.code = HT_OK};
        refuse_allocations(first, 1);
        int code = ht_trace(&target, &report, &error);
        size_t refused = refuse_no_more();
        without = refused > 0 ? 0 : without + 1;
        faults += code == HT_OK ? report == NULL
                                : refused == 0 || code != HT_ERR_NOMEM || error.text[0] == '\0';
        ht_report_free(report);
    }
    check(faults == 0, "the blocking call: %zu faults", faults);
}

static bool finds_listed(struct ht_hosts *hosts, int64_t now_ns)
{
    struct ht_address address;
    const char *name =
        ht_address_parse("198.18.1.9", &address) ? ht_hosts_find(hosts, &address, now_ns) : NULL;
    return name != NULL && strcmp(name, "listed.sim") == 0;
}

/* What could not be read of it is read at the next look. */
static void hosts_file(void)
{
    const int64_t look_ns = 2 * HT_NS_PER_S;
    struct ht_hosts hosts = {0};
    if (!finds_listed(&hosts, look_ns)) {
        skip("hosts file", "there is none to be replaced here");
        return;
    }
    ht_hosts_fini(&hosts);
    size_t points = 0;
    size_t faults = 0;
    for (size_t first = 1, refused = 1; refused > 0; first++) {
        hosts = (struct ht_hosts){0};
        refuse_allocations(first, 1);
        (void)finds_listed(&hosts, look_ns);
        refused = refuse_no_more();
        points += refused;
        faults += !finds_listed(&hosts, 2 * look_ns);
        ht_hosts_fini(&hosts);
    }
    check(points > 1 && faults == 0, "hosts file: %zu points, %zu faults", points, faults);
}

static const struct net_case cases[] = {{"each", each},
                                        {"some", some},
                                        {"rest", rest},
                                        {"blocking_call", blocking_call},
                                        {"hosts_file", hosts_file}};

int main(int argc, char **argv)
{
    if (argc > 1 && strtoul(argv[1], NULL, 10) > 0)
        step = strtoul(argv[1], NULL, 10);
    return run_cases(cases, sizeof cases / sizeof cases[0], argc > 1 ? argc - 1 : argc,
                     argc > 1 ? argv + 1 : argv);
}
