#include "net/usage.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hoptrace/time.h"

void ht_usage_open(struct ht_usage *usage)
{
    usage->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

void ht_usage_close(struct ht_usage *usage)
{
    if (usage->memory_fd >= 0)
        (void)close(usage->memory_fd);
    usage->memory_fd = -1;
}

/* statm: the process's pages, those that are resident, and more (proc(5)). */
uint64_t ht_usage_memory_bytes(const struct ht_usage *usage)
{
    char text[128];
    ssize_t length = pread(usage->memory_fd, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    const char *second = strchr(text, ' ');
    return second != NULL ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

int64_t ht_usage_cpu_ns(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0)
        return 0;
    return used.tv_sec * HT_NS_PER_S + used.tv_nsec;
}
