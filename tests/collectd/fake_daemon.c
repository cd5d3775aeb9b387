#include "fake_daemon.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon.h"

#define LINES_MAX 64

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
