#define _GNU_SOURCE /* syscall */
#include "check.h"

#include <dirent.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *current = "";
static unsigned checked;
static unsigned failed;

bool check(bool holds, const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(name, sizeof name, format, arguments) < 0)
        name[0] = '\0';
    va_end(arguments);
    checked++;
    if (!holds)
        failed++;
    printf("%s %s: %s\n", holds ? "ok" : "not ok", current, name);
    (void)fflush(stdout);
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
    return failed == 0 && checked > 0 ? 0 : 1;
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
