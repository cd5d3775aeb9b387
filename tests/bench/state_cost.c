/* state_cost [FOLDER]: what the state file of 10,000 targets of 15 hops costs. A write, as an event
 * loop sees it: within 0.5 s from its beginning to the disk, and no step holds probes up for longer
 * than 2 ms. In a build with sanitizers both may take ten times that. The times are the
 * processor's; with nothing else to do the clock on the wall agrees with them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state/state.h"
#include "state_samples.h"

#define TARGETS 10000
#define HOPS    15

#ifndef TIMES
#define TIMES 1
#endif
#define TOTAL_MOST_NS (TIMES * 500 * HT_NS_PER_MS)
#define STEP_MOST_NS  (TIMES * 2 * HT_NS_PER_MS)

static int64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    sample_need(clock_gettime(clock, &now) == 0);
    return now.tv_sec * HT_NS_PER_S + now.tv_nsec;
}

struct cost {
    int64_t cpu_ns;  /* of the whole process */
    int64_t wall_ns; /* from the beginning to the end */
    int64_t steps_ns;
    int64_t longest_cpu_ns; /* of a step */
    int64_t longest_wall_ns;
    int steps;
};

/* One write. False: something was told. */
static bool write_once(struct ht_state *state, struct ht_now *now, struct cost *cost)
{
    *cost = (struct cost){0};
    ht_state_note(state);
    now->mono_ns += HT_STATE_PERIOD_NS;
    int64_t cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    int64_t wall_ns = read_clock(CLOCK_MONOTONIC);
    while (ht_state_next_ns(state) != HT_NEVER) {
        int64_t step_cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID);
        int64_t step_wall_ns = read_clock(CLOCK_MONOTONIC);
        if (ht_state_step(state, *now, NULL) != HT_OK)
            return false;
        step_cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - step_cpu_ns;
        step_wall_ns = read_clock(CLOCK_MONOTONIC) - step_wall_ns;
        cost->steps_ns += step_cpu_ns;
        cost->longest_cpu_ns = ht_time_max(cost->longest_cpu_ns, step_cpu_ns);
        cost->longest_wall_ns = ht_time_max(cost->longest_wall_ns, step_wall_ns);
        cost->steps++;
        if (ht_state_next_ns(state) > now->mono_ns)
            (void)usleep(1000);
    }
    cost->cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    cost->wall_ns = read_clock(CLOCK_MONOTONIC) - wall_ns;
    return true;
}

static double ms(int64_t duration_ns)
{
    return ht_ns_to_ms(duration_ns);
}

static bool judge(const char *name, const struct cost *cost)
{
    bool good = cost->cpu_ns <= TOTAL_MOST_NS && cost->longest_cpu_ns <= STEP_MOST_NS;
    printf("%s %s write: %.0f ms of CPU, %.0f ms in all; %d steps, %.0f ms of CPU, the longest "
           "%.2f ms (%.2f ms in all)\n",
           good ? "ok" : "not ok", name, ms(cost->cpu_ns), ms(cost->wall_ns), cost->steps,
           ms(cost->steps_ns), ms(cost->longest_cpu_ns), ms(cost->longest_wall_ns));
    return good;
}

/* Reads the file that was written. */
static bool read_back(const char *path, struct ht_now now)
{
    struct ht_history history = {0};
    struct ht_state *state;
    int64_t cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    int code = ht_state_open(path, &history, now, &state, NULL);
    cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
    bool good = code == HT_OK && history.count == TARGETS && cpu_ns <= TOTAL_MOST_NS;
    printf("%s read: %.0f ms of CPU\n", good ? "ok" : "not ok", ms(cpu_ns));
    (void)ht_state_close(state, now, NULL);
    ht_history_fini(&history);
    return good;
}

static bool measure(const char *path)
{
    struct ht_history history = {0};
    struct ht_state *state;
    struct ht_now now = {.mono_ns = HT_NS_PER_S, .wall_ns = SAMPLE_WALL_NS};
    struct cost cost;
    struct stat info = {0};
    for (size_t i = 0; i < TARGETS; i++)
        (void)sample_plain(&history, i, HOPS);
    sample_need(ht_state_open(path, &history, now, &state, NULL) == HT_OK && state != NULL);
    bool good = write_once(state, &now, &cost) && judge("first", &cost);
    good = write_once(state, &now, &cost) && judge("next", &cost) && good;
    good = ht_state_close(state, now, NULL) == HT_OK && good;
    ht_history_fini(&history);
    sample_need(stat(path, &info) == 0);
    printf("# %d targets of %d hops: %.1f MB, %.0f bytes a target\n", TARGETS, HOPS,
           (double)info.st_size / 1e6, (double)info.st_size / TARGETS);
    return read_back(path, now) && good;
}

int main(int argc, char **argv)
{
    char folder[] = "hoptrace-state-XXXXXX";
    sample_need(chdir(argc > 1 ? argv[1] : "/tmp") == 0 && mkdtemp(folder) != NULL);
    sample_need(chdir(folder) == 0);
    bool good = measure("s");
    struct rusage usage = {0};
    sample_need(getrusage(RUSAGE_SELF, &usage) == 0);
    printf("# %ld KB of memory at most\n", usage.ru_maxrss);
    sample_need(unlink("s") == 0 && unlink("s.lock") == 0 && chdir("..") == 0);
    sample_need(rmdir(folder) == 0);
    return good ? 0 : 1;
}
