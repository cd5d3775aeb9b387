#define _GNU_SOURCE /* syscall */
#include "check.h"

#include <dirent.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COULD_NOT_TELL 75

static const char *current = "";
static unsigned checked;
static unsigned failed;
static unsigned unclear; /* checks that took too long, and waited for a processor */

static bool tell(bool holds, const char *format, va_list arguments)
{
    char name[256];
    if (vsnprintf(name, sizeof name, format, arguments) < 0)
        name[0] = '\0';
    checked++;
    printf("%s %s: %s\n", holds ? "ok" : "not ok", current, name);
    (void)fflush(stdout);
    return holds;
}

bool check(bool holds, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    failed += !tell(holds, format, arguments);
    va_end(arguments);
    return holds;
}

/* The second number of schedstat, see Linux' Documentation/scheduler/sched-stats. */
static int64_t waited_ns(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/schedstat", "re");
    size_t length = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file != NULL)
        (void)fclose(file);
    const char *second = strchr(text, ' ');
    return second != NULL ? strtoll(second, NULL, 10) : 0;
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct span span_begin(void)
{
    return (struct span){.began_ns = now_ns(), .waited_ns = waited_ns()};
}

int64_t span_ms(const struct span *span)
{
    return (now_ns() - span->began_ns) / 1000000;
}

bool check_in_time(const struct span *span, int64_t most_ms, const char *format, ...)
{
    int64_t took_ms = span_ms(span);
    int64_t waited_ms = (waited_ns() - span->waited_ns) / 1000000;
    bool holds = took_ms <= most_ms;
    va_list arguments;
    va_start(arguments, format);
    (void)tell(holds, format, arguments);
    va_end(arguments);
    if (!holds)
        remark("%d ms at most; %d ms of %d it waited for a processor", (int)most_ms, (int)waited_ms,
               (int)took_ms);
    unclear += !holds && took_ms - waited_ms <= most_ms;
    failed += !holds && took_ms - waited_ms > most_ms;
    return holds;
}

void remark(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0)
        text[0] = '\0';
    va_end(arguments);
    printf("# %s\n", text);
}

void skip(const char *name, const char *reason)
{
    checked++;
    printf("skip %s: %s (%s)\n", current, name, reason);
}

int check_status(void)
{
    if (failed > 0 || checked == 0)
        return 1;
    return unclear > 0 ? COULD_NOT_TELL : 0;
}

size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        (void)closedir(directory);
    return count;
}

bool wait_readable(int fd, int timeout_ms)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    return poll(&watched, 1, timeout_ms) > 0;
}

void sleep_ms(int64_t duration_ms)
{
    struct timespec duration = {.tv_sec = duration_ms / 1000,
                                .tv_nsec = duration_ms % 1000 * 1000000};
    (void)nanosleep(&duration, NULL);
}

bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &header, none) == 0;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc < 2;
}

int run_cases(const struct net_case *cases, size_t count, int argc, char **argv)
{
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(cases[i].name, argc, argv)) {
            current = cases[i].name;
            cases[i].run();
        }
    }
    return check_status();
}

bool check_name_server_is_ours(void)
{
    char line[128] = "";
    FILE *file = fopen("/etc/resolv.conf", "r");
    bool ours = file != NULL && fgets(line, sizeof line, file) != NULL &&
                strcmp(line, "nameserver 127.0.0.1\n") == 0;
    if (file != NULL)
        (void)fclose(file);
    return ours;
}
