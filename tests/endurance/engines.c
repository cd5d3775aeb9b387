/* engines PATHS LIVES: many engines in one process at the same time, by the public library alone.
 * Threads with an engine each, a thread with three in one loop, threads that call and wait, and one
 * that frees engines in the midst of a round; all protocols, both families, names looked up both
 * ways. None may disturb another: every report shows the true path, as often as it was asked for.
 *
 * LIVES: how often each thread begins anew. */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "paths.h"

#define ALONE    8 /* threads with an engine of their own */
#define TOGETHER 3 /* engines in one loop */
#define BLOCKING 4 /* threads that call ht_trace */
#define ROUNDS   2 /* of each engine in the common loop */
#define WORKERS  (ALONE + 1 + BLOCKING + 1)

/* A busy machine may keep the simulated network, or us, from running for a while. */
#define TIMEOUT_NS (5 * HT_NS_PER_S / 2)

/* A thread, and what came of it. */
struct worker {
    pthread_t thread;
    const struct paths *paths;
    size_t number;
    size_t lives;
    size_t expected; /* reports */
    size_t right;
    size_t wrong;
    size_t failures; /* calls that were refused */
};

static void complain(const struct worker *worker, const char *what, const char *why)
{
    printf("# worker %zu: %s: %s\n", worker->number, what, why);
}

static void refuse(struct worker *worker, const char *what, const struct ht_error *error)
{
    complain(worker, what, error->text);
    worker->failures++;
}

/* The path that a target has in its `user`, as a worker of this number measures it. */
static struct ht_target make_target(const struct worker *worker, size_t place)
{
    const struct path *path = &worker->paths->items[place];
    size_t kind = worker->number + place;
    bool by_name = kind % 2 == 0;
    struct ht_target target = {.host = by_name ? path->host : path->text, .user = (void *)path};
    ht_settings_init(&target.settings);
    target.settings.protocol = (enum ht_protocol)(kind % 3);
    target.settings.family = path->address.version == HT_IPV4 ? HT_FAMILY_IPV4 : HT_FAMILY_IPV6;
    target.settings.timeout_ns = TIMEOUT_NS;
    target.settings.numeric = worker->number % 2 == 0;
    return target;
}

static void judge(struct worker *worker, const struct ht_report *report)
{
    const char *wrong = path_compare(report->user, report);
    if (wrong != NULL)
        complain(worker, report->host, wrong);
    worker->right += wrong == NULL;
    worker->wrong += wrong != NULL;
}

static void on_report(void *user, const struct ht_report *report)
{
    judge(user, report);
}

/* An engine with every path as a target, and its sockets open; NULL: refused. */
static struct ht_engine *make_engine(struct worker *worker, uint32_t rounds)
{
    struct ht_engine_options options = {.rounds = rounds, .on_report = on_report, .user = worker};
    struct ht_engine *engine;
    struct ht_error error;
    if (ht_engine_new(&options, &engine, &error) != HT_OK) {
        refuse(worker, "ht_engine_new", &error);
        return NULL;
    }
    for (size_t i = 0; i < worker->paths->count; i++) {
        struct ht_target target = make_target(worker, i);
        target.settings.interval_ns = rounds > 0 ? HT_NS_PER_S / 2 : 0;
        if (ht_engine_add(engine, &target, NULL, &error) != HT_OK)
            refuse(worker, "ht_engine_add", &error);
    }
    if (ht_engine_open(engine, &error) != HT_OK)
        refuse(worker, "ht_engine_open", &error);
    return engine;
}

static void dispatch(struct worker *worker, struct ht_engine *engine)
{
    struct ht_error error;
    if (ht_engine_dispatch(engine, &error) != HT_OK)
        refuse(worker, "ht_engine_dispatch", &error);
}

/* --- the workers --------------------------------------------------------------------------- */

static void *work_alone(void *argument)
{
    struct worker *worker = argument;
    for (size_t life = 0; life < worker->lives; life++) {
        struct ht_engine *engine = make_engine(worker, 0);
        worker->expected += worker->paths->count;
        while (engine != NULL && !ht_engine_idle(engine) && worker->failures == 0) {
            struct pollfd ready = {.fd = ht_engine_fd(engine), .events = POLLIN};
            (void)poll(&ready, 1, -1);
            dispatch(worker, engine);
        }
        ht_engine_free(engine);
    }
    return NULL;
}

/* One turn of the common loop. Engines that have nothing left to do are freed. How many remain. */
static size_t turn(struct worker *worker, struct ht_engine **engines)
{
    struct pollfd ready[TOGETHER];
    size_t left = 0;
    for (size_t i = 0; i < TOGETHER; i++)
        ready[i] = (struct pollfd){.fd = engines[i] != NULL ? ht_engine_fd(engines[i]) : -1,
                                   .events = POLLIN};
    (void)poll(ready, TOGETHER, -1);
    for (size_t i = 0; i < TOGETHER; i++) {
        if (engines[i] != NULL && ready[i].revents != 0)
            dispatch(worker, engines[i]);
        if (engines[i] != NULL && (ht_engine_idle(engines[i]) || worker->failures > 0)) {
            ht_engine_free(engines[i]);
            engines[i] = NULL;
        }
        left += engines[i] != NULL;
    }
    return left;
}

static void *work_together(void *argument)
{
    struct worker *worker = argument;
    for (size_t life = 0; life < worker->lives; life++) {
        struct ht_engine *engines[TOGETHER];
        /* One of them ends a round earlier than the others. */
        for (uint32_t i = 0; i < TOGETHER; i++) {
            uint32_t rounds = i == 0 ? ROUNDS - 1 : ROUNDS;
            engines[i] = make_engine(worker, rounds);
            worker->expected += rounds * worker->paths->count;
        }
        while (turn(worker, engines) > 0)
            continue;
    }
    return NULL;
}

static void *work_blocking(void *argument)
{
    struct worker *worker = argument;
    size_t count = worker->paths->count;
    for (size_t call = 0; call < worker->lives * count / 2; call++) {
        struct ht_target target = make_target(worker, (call + worker->number) % count);
        struct ht_report *report;
        struct ht_error error;
        worker->expected++;
        if (ht_trace(&target, &report, &error) != HT_OK) {
            refuse(worker, "ht_trace", &error);
            continue;
        }
        judge(worker, report);
        ht_report_free(report);
    }
    return NULL;
}

/* Engines that are freed before they did anything, and after each of their first turns. The others'
 * answers reach their sockets too. */
static void *work_briefly(void *argument)
{
    struct worker *worker = argument;
    for (size_t life = 0; life < worker->lives * 10; life++) {
        struct ht_engine *engine = make_engine(worker, 0);
        for (size_t i = 0; engine != NULL && i < life % 10; i++) {
            struct pollfd ready = {.fd = ht_engine_fd(engine), .events = POLLIN};
            (void)poll(&ready, 1, 20);
            dispatch(worker, engine);
        }
        ht_engine_free(engine);
    }
    /* Whatever had been finished by then counts, but nobody knows how much. */
    worker->expected = worker->right + worker->wrong;
    return NULL;
}

static void *(*task_of(size_t number))(void *)
{
    if (number < ALONE)
        return work_alone;
    if (number == ALONE)
        return work_together;
    return number <= ALONE + BLOCKING ? work_blocking : work_briefly;
}

/* --- all of them --------------------------------------------------------------------------- */

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        (void)closedir(directory);
    return count;
}

/* Runs the workers and adds up what came of them. */
static struct worker run(const struct paths *paths, size_t lives)
{
    struct worker workers[WORKERS];
    struct worker sum = {0};
    size_t started = 0;
    for (; started < WORKERS; started++) {
        struct worker *worker = &workers[started];
        *worker = (struct worker){.paths = paths, .number = started, .lives = lives};
        if (pthread_create(&worker->thread, NULL, task_of(started), worker) != 0)
            break;
    }
    sum.failures = WORKERS - started;
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        sum.expected += workers[i].expected;
        sum.right += workers[i].right;
        sum.wrong += workers[i].wrong;
        sum.failures += workers[i].failures;
    }
    return sum;
}

int main(int argc, char **argv)
{
    struct paths paths;
    if (argc != 3 || !paths_read(&paths, argv[1])) {
        (void)fprintf(stderr, "usage: %s PATHS LIVES\n", argv[0]);
        return 2;
    }
    size_t before = open_descriptors();
    struct worker sum = run(&paths, strtoul(argv[2], NULL, 10));
    size_t after = open_descriptors();
    paths_fini(&paths);
    printf("%zu reports expected, %zu right, %zu wrong, %zu calls refused, %zu descriptors more\n",
           sum.expected, sum.right, sum.wrong, sum.failures, after - before);
    return sum.expected > 0 && sum.right == sum.expected && sum.wrong == 0 && sum.failures == 0 &&
                   after == before
               ? 0
               : 1;
}
