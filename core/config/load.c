#include "config/load.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "config/sources.h"

/* What is longer is no configuration: /dev/zero never ends. */
#define FILE_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* A FIFO that bears a name may have no writer, and never get one. A pipe that the shell has made
 * has one, or had. */
static bool is_fifo(int fd)
{
    struct stat status;
    struct statfs filesystem;
    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && fstatfs(fd, &filesystem) == 0 &&
           filesystem.f_type != PIPEFS_MAGIC;
}

/* Opens what is to be read, and does not wait for a writer of it. Returns the descriptor; -1:
 * *sys_errno says why not. */
static int open_file(const char *path, int *sys_errno)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && !is_fifo(fd) && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    *sys_errno = fd < 0 ? errno : HT_SOURCE_FIFO;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Waits where the descriptor is one that others have made non-blocking. */
static ssize_t read_block(int fd, char *block, size_t size)
{
    for (;;) {
        ssize_t length = read(fd, block, size);
        if (length >= 0 || (errno != EINTR && errno != EAGAIN))
            return length;
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (errno == EAGAIN)
            (void)poll(&readable, 1, -1);
    }
}

int ht_load_descriptor(int fd, struct ht_text *text)
{
    char block[16384];
    for (;;) {
        ssize_t length = read_block(fd, block, sizeof block);
        if (length <= 0)
            return length < 0 ? errno : 0;
        ht_text_append(text, block, (size_t)length);
        if (text->length > FILE_MAX_BYTES)
            return EFBIG;
    }
}

int ht_load_file(const char *path, struct ht_text *text)
{
    int sys_errno = 0;
    int fd = open_file(path, &sys_errno);
    if (fd < 0)
        return sys_errno;
    sys_errno = ht_load_descriptor(fd, text);
    (void)close(fd);
    return sys_errno;
}
