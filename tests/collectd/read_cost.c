/* What the read callbacks cost, measured where they run. The linker puts this file between the
 * plugin and the daemon (--wrap): each callback is called in between two readings of its thread's
 * CPU time. At the daemon's end one line of JSON goes to the file that READ_COST names. */
#include <collectd/core/daemon/collectd.h>
/* collectd.h has to come before the others. */
#include <collectd/core/daemon/plugin.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct cost {
    uint64_t calls;
    int64_t cpu_ns;
    int64_t cpu_most_ns;
    int64_t wall_most_ns;
    uint64_t cpu_over; /* calls that took a millisecond of CPU or more */
};

static struct {
    pthread_mutex_t lock;
    struct cost empty;   /* no round was finished */
    struct cost handing; /* a record was handed over */
    uint64_t values;
    int (*read)(user_data_t *); /* the plugin's one read callback */
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local uint64_t values; /* of the call under way */

/* The names that the linker makes of --wrap. */
int __real_plugin_register_complex_read(const char *group, const char *name,
                                        int (*read)(user_data_t *), cdtime_t interval,
                                        const user_data_t *data);
int __wrap_plugin_register_complex_read(const char *group, const char *name,
                                        int (*read)(user_data_t *), cdtime_t interval,
                                        const user_data_t *data);
int __real_plugin_dispatch_values(const value_list_t *list);
int __wrap_plugin_dispatch_values(const value_list_t *list);

static int64_t now_ns(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void add(struct cost *cost, int64_t cpu_ns, int64_t wall_ns)
{
    cost->calls++;
    cost->cpu_ns += cpu_ns;
    cost->cpu_over += cpu_ns >= 1000000;
    if (cpu_ns > cost->cpu_most_ns)
        cost->cpu_most_ns = cpu_ns;
    if (wall_ns > cost->wall_most_ns)
        cost->wall_most_ns = wall_ns;
}

static int measured_read(user_data_t *data)
{
    values = 0;
    int64_t wall_ns = now_ns(CLOCK_MONOTONIC);
    int64_t cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    int status = all.read(data);
    cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    wall_ns = now_ns(CLOCK_MONOTONIC) - wall_ns;
    (void)pthread_mutex_lock(&all.lock);
    add(values > 0 ? &all.handing : &all.empty, cpu_ns, wall_ns);
    all.values += values;
    (void)pthread_mutex_unlock(&all.lock);
    return status;
}

int __wrap_plugin_register_complex_read(const char *group, const char *name,
                                        int (*read)(user_data_t *), cdtime_t interval,
                                        const user_data_t *data)
{
    all.read = read;
    return __real_plugin_register_complex_read(group, name, measured_read, interval, data);
}

int __wrap_plugin_dispatch_values(const value_list_t *list)
{
    values++;
    return __real_plugin_dispatch_values(list);
}

static void print(FILE *file, const char *name, const struct cost *cost)
{
    (void)fprintf(file,
                  "\"%s\":{\"calls\":%" PRIu64 ",\"cpu_ns\":%" PRId64 ",\"cpu_most_ns\":%" PRId64
                  ",\"cpu_over\":%" PRIu64 ",\"wall_most_ns\":%" PRId64 "},",
                  name, cost->calls, cost->cpu_ns, cost->cpu_most_ns, cost->cpu_over,
                  cost->wall_most_ns);
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("READ_COST");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    (void)fputc('{', file);
    print(file, "empty", &all.empty);
    print(file, "handing", &all.handing);
    (void)fprintf(file, "\"values\":%" PRIu64 "}\n", all.values);
    (void)fclose(file);
}
