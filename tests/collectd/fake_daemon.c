#include "fake_daemon.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon.h"
#include "hoptrace/time.h"

#define LINES_MAX 64

const struct daemon_calls *fake_daemon_calls;
void *fake_daemon_reader;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t said;
    char lines[LINES_MAX][512];
    size_t count;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .said = PTHREAD_COND_INITIALIZER};

void daemon_say(enum daemon_level level, const char *format, ...)
{
    (void)level;
    va_list arguments;
    va_start(arguments, format);
    (void)pthread_mutex_lock(&fake.lock);
    char *line = fake.lines[fake.count % LINES_MAX];
    if (vsnprintf(line, sizeof fake.lines[0], format, arguments) < 0)
        line[0] = '\0';
    fake.count++;
    (void)pthread_cond_broadcast(&fake.said);
    (void)pthread_mutex_unlock(&fake.lock);
    va_end(arguments);
}

int daemon_thread(pthread_t *thread, void *(*run)(void *), void *argument, const char *name)
{
    (void)name;
    return pthread_create(thread, NULL, run, argument);
}

void daemon_register(const struct daemon_calls *calls)
{
    fake_daemon_calls = calls;
}

bool daemon_register_read(const char *name, int64_t period_ns, void *user)
{
    (void)name;
    (void)period_ns;
    fake_daemon_reader = user;
    return true;
}

void daemon_unregister_reads(void)
{
    fake_daemon_reader = NULL;
}

static void print_value(void *user, const struct ht_collectd_value *value)
{
    char *text = user;
    size_t used = strlen(text);
    bool hop = strcmp(value->type, "ping") == 0 && value->instance[0] != '\0';
    char number[32] = "NaN";
    if (!isnan(value->number))
        (void)snprintf(number, sizeof number, "%.0f", value->number);
    if (hop || strcmp(value->instance, "path_changes") == 0)
        (void)snprintf(text + used, 400 - used, " %s=%s", value->instance, number);
}

void daemon_dispatch(const char *instance, int64_t time_ns, int64_t interval_ns,
                     const struct ht_report *report, struct ht_hop_range *hops)
{
    (void)time_ns;
    (void)interval_ns;
    char text[400] = "";
    ht_collectd_values(report, hops, print_value, text);
    daemon_say(DAEMON_NOTICE, "values %s%s", instance, text);
}

void daemon_dispatch_self(int64_t time_ns, int64_t interval_ns, const struct ht_health *health)
{
    (void)time_ns;
    daemon_say(DAEMON_NOTICE, "self %llu rounds in %lld ms",
               (unsigned long long)health->counts->rounds, (long long)(interval_ns / HT_NS_PER_MS));
}

void daemon_notify(const char *instance, const struct ht_event *event)
{
    daemon_say(DAEMON_NOTICE, "notification %s %s %s: %s", instance, ht_event_name(event->kind),
               ht_severity_name(event->severity), event->message);
}

void fake_daemon_reset(void)
{
    (void)pthread_mutex_lock(&fake.lock);
    fake.count = 0;
    (void)pthread_mutex_unlock(&fake.lock);
}

size_t fake_daemon_lines(void)
{
    (void)pthread_mutex_lock(&fake.lock);
    size_t count = fake.count;
    (void)pthread_mutex_unlock(&fake.lock);
    return count;
}

/* The caller holds the lock. */
static size_t count_lines_with(const char *part)
{
    size_t found = 0;
    for (size_t i = 0; i < fake.count && i < LINES_MAX; i++)
        found += strstr(fake.lines[i], part) != NULL;
    return found;
}

size_t fake_daemon_lines_with(const char *part)
{
    (void)pthread_mutex_lock(&fake.lock);
    size_t found = count_lines_with(part);
    (void)pthread_mutex_unlock(&fake.lock);
    return found;
}

bool fake_daemon_wait_for(const char *part)
{
    struct timespec end;
    if (clock_gettime(CLOCK_REALTIME, &end) != 0)
        return false;
    end.tv_sec += 5;
    (void)pthread_mutex_lock(&fake.lock);
    int status = 0;
    while (count_lines_with(part) == 0 && status == 0)
        status = pthread_cond_timedwait(&fake.said, &fake.lock, &end);
    bool found = count_lines_with(part) > 0;
    (void)pthread_mutex_unlock(&fake.lock);
    return found;
}
