#include "dns/hosts.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "dns/ptr.h"
#include "hoptrace/time.h"

#define HOSTS_FILE "/etc/hosts"

/* A file with more than this lists what is to be blocked, not what is to be named. */
#define FILE_MAX (1L << 20)

/* How often the file is looked at, at most. */
#define CHECK_NS (1 * HT_NS_PER_S)

void ht_hosts_fini(struct ht_hosts *hosts)
{
    free(hosts->list);
    free(hosts->text);
    hosts->list = NULL;
    hosts->text = NULL;
    hosts->count = 0;
    hosts->capacity = 0;
}

static bool add(struct ht_hosts *hosts, const struct ht_address *address, const char *name)
{
    struct ht_host *list = ht_array_room(hosts->list, hosts->count, &hosts->capacity, sizeof *list);
    if (list == NULL)
        return false;
    hosts->list = list;
    hosts->list[hosts->count++] = (struct ht_host){.address = *address, .name = name};
    return true;
}

/* False: no memory. */
static bool read_line(struct ht_hosts *hosts, char *line)
{
    static const char blanks[] = " \t\r\f\v";
    char *rest;
    struct ht_address address;
    line[strcspn(line, "#")] = '\0';
    const char *first = strtok_r(line, blanks, &rest);
    const char *name = first != NULL ? strtok_r(NULL, blanks, &rest) : NULL;
    if (name == NULL || strlen(name) > HT_HOSTNAME_MAX || !ht_address_parse(first, &address))
        return true;
    /* Lists for blocking name one address all over. */
    if (hosts->count > 0 && ht_address_equal(&hosts->list[hosts->count - 1].address, &address))
        return true;
    return add(hosts, &address, name);
}

/* By address; of several lines the first one is first. */
static int compare(const void *left, const void *right)
{
    const struct ht_host *a = left;
    const struct ht_host *b = right;
    int order = ht_address_compare(&a->address, &b->address);
    return order != 0 ? order : (a->name > b->name) - (a->name < b->name);
}

bool ht_hosts_parse(struct ht_hosts *hosts, char *text)
{
    char *rest;
    bool whole = true;
    hosts->text = text;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && whole;
         line = strtok_r(NULL, "\n", &rest))
        whole = read_line(hosts, line);
    if (hosts->count == 0)
        return whole;
    qsort(hosts->list, hosts->count, sizeof *hosts->list, compare);
    size_t kept = 1;
    for (size_t i = 1; i < hosts->count; i++) {
        if (!ht_address_equal(&hosts->list[kept - 1].address, &hosts->list[i].address))
            hosts->list[kept++] = hosts->list[i];
    }
    hosts->count = kept;
    return whole;
}

/* Up to `size` bytes of the file as text; NULL: it cannot be read. */
static char *read_file(const char *path, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = fd >= 0 ? malloc(size + 1) : NULL;
    size_t length = 0;
    ssize_t got = text != NULL ? 1 : 0;
    while (got > 0 && length < size) {
        got = read(fd, text + length, size - length);
        length += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        (void)close(fd);
    /* A line that was cut says nothing that can be relied upon. */
    while (length == (size_t)FILE_MAX && size > 0 && text[size - 1] != '\n')
        size--;
    if (text != NULL)
        text[length < size ? length : size] = '\0';
    return text;
}

/* Reads the file if it is another than before. */
static void refresh(struct ht_hosts *hosts, int64_t now_ns)
{
    struct stat file = {0};
    if (now_ns < hosts->check_ns)
        return;
    hosts->check_ns = ht_time_add(now_ns, CHECK_NS);
    (void)stat(HOSTS_FILE, &file);
    if (file.st_mtim.tv_sec == hosts->changed.tv_sec &&
        file.st_mtim.tv_nsec == hosts->changed.tv_nsec && file.st_ino == hosts->inode)
        return;
    ht_hosts_fini(hosts);
    hosts->changed = file.st_mtim;
    hosts->inode = file.st_ino;
    if (!S_ISREG(file.st_mode) || file.st_size <= 0)
        return;
    char *text =
        read_file(HOSTS_FILE, file.st_size < FILE_MAX ? (size_t)file.st_size : (size_t)FILE_MAX);
    /* For want of memory or of a descriptor: the next look is as if the file had changed. */
    if (text == NULL || !ht_hosts_parse(hosts, text))
        hosts->inode = 0;
}

const char *ht_hosts_find(struct ht_hosts *hosts, const struct ht_address *address, int64_t now_ns)
{
    refresh(hosts, now_ns);
    struct ht_host wanted = {.address = *address};
    size_t low = 0;
    size_t high = hosts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ht_address_compare(&wanted.address, &hosts->list[middle].address);
        if (order == 0)
            return hosts->list[middle].name;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
