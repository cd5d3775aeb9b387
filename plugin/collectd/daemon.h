/* The daemon as the plugin sees it: daemon.c alone includes collectd's headers, and calls the
 * plugin by the functions that it was given. */
#ifndef HT_COLLECTD_DAEMON_H
#define HT_COLLECTD_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/event.h"
#include "hoptrace/health.h"
#include "hoptrace/report.h"
#include "option.h"
#include "output/collectd_values.h"

/* What the daemon calls, in this order: the first two while it reads its configuration, `start`
 * once it has forked, `read` as often as daemon_register_read asked for, `stop` after the last
 * read. */
struct daemon_calls {
    /* A line outside of any target. */
    void (*option)(const struct option *option);

    /* A target with the lines of its block. */
    void (*target)(const struct option *head, const struct option *options, size_t option_count);

    /* `interval_ns` is that of the <LoadPlugin> block, or else the daemon's. False: the plugin
     * cannot work. */
    bool (*start)(int64_t interval_ns);

    /* Called from the daemon's read threads, for each target by one at a time. */
    void (*read)(void *user);

    void (*stop)(void);
};

/* Registers the calls, which must live as long as the daemon. */
void daemon_register(const struct daemon_calls *calls);

/* Asks for `read` with this user each `period_ns`; `name` is unique. False: the daemon refused. */
bool daemon_register_read(const char *name, int64_t period_ns, void *user);

/* Takes all reads back. */
void daemon_unregister_reads(void);

/* Hands over the values of a record under this plugin instance, `time_ns` being their time since
 * 1970, `interval_ns` that from one record to the next, and `hops` those of this target so far. */
void daemon_dispatch(const char *instance, int64_t time_ns, int64_t interval_ns,
                     const struct ht_report *report, struct ht_hop_range *hops);

/* Hands over the plugin's own health, without a plugin instance: no target has none. */
void daemon_dispatch_self(int64_t time_ns, int64_t interval_ns, const struct ht_health *health);

/* Hands over an event under this plugin instance, as a notification. Returns when all of the
 * daemon's plugins that asked for notifications have taken it. */
void daemon_notify(const char *instance, const struct ht_event *event);

enum daemon_level { DAEMON_ERROR, DAEMON_WARNING, DAEMON_NOTICE };

/* One line in the daemon's log, with the plugin's name before it. From any thread. */
void daemon_say(enum daemon_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A thread in the plugin's context; `name` has at most 15 characters. 0, or an errno. */
int daemon_thread(pthread_t *thread, void *(*run)(void *), void *argument, const char *name);

#endif
