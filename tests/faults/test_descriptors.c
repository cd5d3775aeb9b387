/* The library when descriptors run out, before an engine is made, while it opens its sockets, and
 * while it measures: there is a record of each target all the same, and once there are descriptors
 * again the same engine measures everything. */
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "check.h"

/* More than an engine ever needs. */
#define SPARE_MAX 40

static rlim_t at_first;

/* From now on only so many more can be opened. */
static bool spare(rlim_t count)
{
    struct rlimit limit;
    int next = dup(STDIN_FILENO);
    if (next < 0 || close(next) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = (rlim_t)next + count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool spare_all(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = at_first;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void tell(const struct bench *bench, rlim_t spared)
{
    remark("%lu descriptors: %zu right, %zu refused, %s", (unsigned long)spared,
           bench_count(bench, BENCH_RIGHT), bench_count(bench, BENCH_REFUSED),
           bench->engine != NULL ? "an engine" : bench->error.text);
}

/* An engine that has so many descriptors for its first round. True: that was enough. */
static bool with_descriptors(rlim_t count)
{
    struct bench bench;
    unsigned long spared = (unsigned long)count;
    bool done = check(spare(count), "%lu: a limit is set", spared);
    bool made = bench_new(&bench);
    bool ran = made && bench_round(&bench);
    bool enough = bench_count(&bench, BENCH_RIGHT) == BENCH_TARGETS;
    tell(&bench, count);
    if (made) {
        check(ran && bench_count(&bench, BENCH_RIGHT) + bench_count(&bench, BENCH_REFUSED) ==
                         BENCH_TARGETS,
              "%lu: one good record of each target", spared);
        done &= check(spare_all(), "%lu: the limit is gone", spared);
        check(done && bench_round(&bench) && bench_count(&bench, BENCH_RIGHT) == BENCH_TARGETS,
              "%lu: then the same engine measures everything", spared);
    }
    check(bench.wrong_calls == 0, "%lu: what failed has said why", spared);
    bench_free(&bench);
    (void)spare_all();
    return enough;
}

static void from_the_start(void)
{
    size_t before = open_descriptors();
    rlim_t count = 0;
    while (count < SPARE_MAX && !with_descriptors(count))
        count++;
    check(count > 2 && count < SPARE_MAX, "%lu descriptors are enough", (unsigned long)count);
    check(open_descriptors() == before, "none is left open");
}

/* The host process takes the last one while the engine measures. */
static void later(void)
{
    struct bench bench;
    check(bench_new(&bench) && bench_round(&bench) &&
              bench_count(&bench, BENCH_RIGHT) == BENCH_TARGETS,
          "all are measured");
    for (int i = 0; i < 2; i++) {
        check(spare(0) && bench_round(&bench), "none is left: the engine goes on");
        tell(&bench, 0);
        check(bench_count(&bench, BENCH_RIGHT) == BENCH_BY_NAME &&
                  bench_count(&bench, BENCH_REFUSED) == BENCH_TARGETS - BENCH_BY_NAME,
              "names are not looked up, all that has an address is measured");
        check(spare_all() && bench_round(&bench) &&
                  bench_count(&bench, BENCH_RIGHT) == BENCH_TARGETS,
              "some are left again: all are measured");
    }
    bench_free(&bench);
}

static const struct net_case cases[] = {{"from_the_start", from_the_start}, {"later", later}};

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    at_first = limit.rlim_cur;
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
