#include "writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept for a reader that does not read; a test is content with less. */
#ifndef BACKLOG_MAX
#define BACKLOG_MAX ((size_t)256 * 1024 * 1024)
#endif

/* From here on it pays to move what is left to the front. */
#define COMPACT_AT ((size_t)1024 * 1024)

/* A file takes any amount at once; a pipe that polls as writable has room for PIPE_BUF bytes. */
static size_t chunk_for(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? COMPACT_AT : PIPE_BUF;
}

void writer_init(struct writer *writer, int fd)
{
    *writer = (struct writer){.fd = fd, .chunk = chunk_for(fd)};
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

/* False: no more can be written now. */
static bool write_chunk(struct writer *writer)
{
    size_t left = writer->text.length - writer->written;
    size_t size = left < writer->chunk ? left : writer->chunk;
    ssize_t done = write(writer->fd, writer->text.data + writer->written, size);
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
    while (writer_pending(writer) && wait_writable(writer, 0)) {
        if (!write_chunk(writer))
            break;
    }
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
