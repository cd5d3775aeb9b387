#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".tmp"

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return errno;
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

/* True if the file's last line has no end: there was no room for it. */
static bool ends_in_a_line(const char *path, int fd)
{
    struct stat status;
    char last = '\n';
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return false;
    int reader = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (reader < 0)
        return false;
    ssize_t length = pread(reader, &last, 1, status.st_size - 1);
    (void)close(reader);
    return length == 1 && last != '\n';
}

int sink_open(const char *path, int *fd)
{
    /* A FIFO without a reader is refused, not waited for. */
    *fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (*fd < 0)
        return errno;
    int sys_errno = ends_in_a_line(path, *fd) ? write_all(*fd, "\n", 1) : 0;
    if (sys_errno != 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return sys_errno;
}

/* Whatever stands there under the name, perhaps somebody else's link, is not followed. */
static int write_beside(const char *beside, const struct ht_text *text)
{
    (void)unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int sys_errno = write_all(fd, text->data, text->length);
    if (close(fd) != 0 && sys_errno == 0)
        sys_errno = errno;
    return sys_errno;
}

bool sink_is_replaceable(const char *path)
{
    struct stat status;
    return lstat(path, &status) != 0 || S_ISREG(status.st_mode);
}

int sink_replace(const char *path, const struct ht_text *text)
{
    if (!sink_is_replaceable(path))
        return EINVAL;
    size_t size = strlen(path) + sizeof SUFFIX;
    char *beside = malloc(size);
    if (beside == NULL)
        return ENOMEM;
    (void)snprintf(beside, size, "%s%s", path, SUFFIX);
    int sys_errno = write_beside(beside, text);
    if (sys_errno == 0 && rename(beside, path) != 0)
        sys_errno = errno;
    if (sys_errno != 0)
        (void)unlink(beside);
    free(beside);
    return sys_errno;
}
