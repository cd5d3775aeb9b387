/* What is kept for a reader of stdout that does not read has a limit, and up to that nothing is
 * lost. */
#define BACKLOG_MAX ((size_t)1024 * 1024)
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include <fcntl.h>

/* The front end is no library: its source is compiled right here, with a smaller limit. */
// NOLINTNEXTLINE(bugprone-suspicious-include)
#include "../../plugin/exec/writer.c"
#include "check.h"

#define PIPE_BYTES 4096
#define LINE_BYTES 1000

struct stalled {
    int reader;
    int pipe;
    struct writer writer;
    size_t lines;
};

static bool open_stalled(struct stalled *stalled)
{
    int ends[2];
    *stalled = (struct stalled){.reader = -1};
    if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) != PIPE_BYTES)
        return check(false, "a pipe");
    stalled->reader = ends[0];
    stalled->pipe = ends[1];
    writer_init(&stalled->writer, ends[1]);
    return true;
}

static void close_stalled(struct stalled *stalled)
{
    writer_fini(&stalled->writer);
    (void)close(stalled->reader);
    (void)close(stalled->pipe);
}

/* One more line, all of the digit that follows from its number; what pumping it returns. */
static int write_line(struct stalled *stalled)
{
    char line[LINE_BYTES];
    memset(line, '0' + (int)(stalled->lines++ % 10), sizeof line - 1);
    line[sizeof line - 1] = '\n';
    ht_text_append(&stalled->writer.text, line, sizeof line);
    return writer_pump(&stalled->writer);
}

static void has_a_limit(void)
{
    struct stalled stalled;
    if (!open_stalled(&stalled))
        return;
    int failed = 0;
    while (failed == 0 && stalled.lines < 10 * BACKLOG_MAX / LINE_BYTES)
        failed = write_line(&stalled);
    check(failed == ENOBUFS, "is refused in the end");
    check(stalled.lines > BACKLOG_MAX / LINE_BYTES, "not before the limit: %zu lines",
          stalled.lines);
    check(stalled.writer.text.capacity <= 2 * BACKLOG_MAX, "%zu bytes are kept",
          stalled.writer.text.capacity);
    check(write_line(&stalled) == ENOBUFS, "and stays refused");
    close_stalled(&stalled);
}

/* Reads what there is; the number of bytes that are not what they should be. */
static size_t read_all(struct stalled *stalled, size_t *place)
{
    char block[PIPE_BYTES];
    size_t wrong = 0;
    ssize_t length = read(stalled->reader, block, sizeof block);
    for (ssize_t i = 0; i < length; i++, (*place)++) {
        bool ends = *place % LINE_BYTES == LINE_BYTES - 1;
        wrong += block[i] != (ends ? '\n' : (char)('0' + *place / LINE_BYTES % 10));
    }
    return wrong;
}

/* Stalls and reads in turns, which also moves what is left to the front. */
static void loses_nothing_below_it(void)
{
    struct stalled stalled;
    size_t place = 0;
    size_t wrong = 0;
    int failed = 0;
    if (!open_stalled(&stalled))
        return;
    for (int turn = 0; turn < 5; turn++) {
        for (size_t i = 0; i < BACKLOG_MAX / LINE_BYTES * 9 / 10; i++)
            failed |= write_line(&stalled);
        while (writer_pending(&stalled.writer)) {
            wrong += read_all(&stalled, &place);
            failed |= writer_pump(&stalled.writer);
        }
    }
    while (place < stalled.lines * LINE_BYTES && wrong == 0)
        wrong += read_all(&stalled, &place);
    check(failed == 0 && wrong == 0, "%zu lines come whole and in order", stalled.lines);
    check(stalled.writer.text.capacity <= 2 * BACKLOG_MAX, "%zu bytes were enough",
          stalled.writer.text.capacity);
    close_stalled(&stalled);
}

static const struct net_case cases[] = {{"has_a_limit", has_a_limit},
                                        {"loses_nothing_below_it", loses_nothing_below_it}};

int main(int argc, char **argv)
{
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
