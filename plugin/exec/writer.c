#define _GNU_SOURCE /* pwritev2 */
#include "writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is kept for a reader that does not read; a test is content with less. */
#ifndef BACKLOG_MAX
#define BACKLOG_MAX ((size_t)256 * 1024 * 1024)
#endif

/* From here on it pays to move what is left to the front. */
#define COMPACT_AT ((size_t)1024 * 1024)

/* A file takes any amount at once; a pipe that polls as writable has room for PIPE_BUF bytes. */
#define FILE_CHUNK COMPACT_AT
#define PIPE_CHUNK PIPE_BUF

void writer_init(struct writer *writer, int fd)
{
    struct stat status;
    bool file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    *writer =
        (struct writer){.fd = fd, .chunk = file ? FILE_CHUNK : PIPE_CHUNK, .may_refuse = !file};
}

void writer_fini(struct writer *writer)
{
    ht_text_fini(&writer->text);
    writer->written = 0;
}

bool writer_pending(const struct writer *writer)
{
    return writer->written < writer->text.length;
}

static bool wait_writable(const struct writer *writer, int timeout_ms)
{
    struct pollfd place = {.fd = writer->fd, .events = POLLOUT};
    int ready = poll(&place, 1, timeout_ms);
    /* A hang-up, or a descriptor that is not open, lets the write say what is wrong. */
    return ready > 0;
}

/* Writes as much as fits without waiting, in whatever mode the descriptor is (pipes: Linux 6.4).
 * False: this cannot be asked of it. */
static bool write_at_once(struct writer *writer, struct iovec left, ssize_t *done)
{
    if (!writer->may_refuse)
        return false;
    *done = pwritev2(writer->fd, &left, 1, -1, RWF_NOWAIT);
    /* Whatever else is wrong, a plain write says so. */
    writer->may_refuse = *done >= 0 || errno == EAGAIN || errno == EINTR;
    return writer->may_refuse;
}

/* False: no more can be written now. */
static bool write_some(struct writer *writer)
{
    struct iovec left = {.iov_base = writer->text.data + writer->written,
                         .iov_len = writer->text.length - writer->written};
    ssize_t done;
    if (!write_at_once(writer, left, &done)) {
        if (!wait_writable(writer, 0))
            return false;
        done = write(writer->fd, left.iov_base,
                     left.iov_len < writer->chunk ? left.iov_len : writer->chunk);
    }
    if (done >= 0) {
        writer->written += (size_t)done;
        return true;
    }
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        writer->sys_errno = errno;
    return false;
}

static void tidy(struct writer *writer)
{
    struct ht_text *text = &writer->text;
    if (!writer_pending(writer)) {
        /* What a reader's long pause made large is given back. */
        if (text->capacity > COMPACT_AT)
            ht_text_fini(text);
        else
            ht_text_clear(text);
        writer->written = 0;
    } else if (writer->written > COMPACT_AT && writer->written > text->length / 2) {
        text->length -= writer->written;
        memmove(text->data, text->data + writer->written, text->length + 1);
        writer->written = 0;
    }
    if (text->length - writer->written > BACKLOG_MAX)
        writer->sys_errno = ENOBUFS;
}

int writer_pump(struct writer *writer)
{
    if (writer->text.failed && writer->sys_errno == 0)
        writer->sys_errno = ENOMEM;
    if (writer->sys_errno != 0)
        return writer->sys_errno;
    while (writer_pending(writer) && write_some(writer))
        ;
    if (writer->sys_errno == 0)
        tidy(writer);
    return writer->sys_errno;
}

int writer_finish(struct writer *writer)
{
    while (writer_pump(writer) == 0 && writer_pending(writer))
        (void)wait_writable(writer, -1);
    return writer->sys_errno;
}
