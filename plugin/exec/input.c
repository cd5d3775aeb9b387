#define _GNU_SOURCE /* POLLRDHUP */
#include "input.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hoptrace/time.h"

#define OPEN_AFTER_NS (1 * HT_NS_PER_S)

/* A pipe whose writers are gone hangs up; a socket may still take what we would send. */
#define END_EVENTS (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)

static bool is_pipe_or_socket(void)
{
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

void input_init(struct input *input, bool wanted, bool reads, int64_t started_ns)
{
    *input = (struct input){.judge_ns = HT_NEVER, .reads = reads};
    if (wanted && is_pipe_or_socket())
        input->judge_ns = ht_time_add(started_ns, OPEN_AFTER_NS);
}

void input_judge(struct input *input, int64_t now_ns)
{
    if (now_ns < input->judge_ns)
        return;
    struct pollfd stdin_now = {.fd = STDIN_FILENO, .events = POLLRDHUP};
    input->judge_ns = HT_NEVER;
    input->watched = poll(&stdin_now, 1, 0) >= 0 && (stdin_now.revents & END_EVENTS) == 0;
}

struct pollfd input_pollfd(const struct input *input)
{
    return (struct pollfd){.fd = input->watched || input->reads ? STDIN_FILENO : -1,
                           .events = (short)(POLLRDHUP | (input->reads ? POLLIN : 0))};
}

/* The ends of lines in what is there now. */
static void read_lines(struct input *input, struct input_taken *taken)
{
    char block[4096];
    ssize_t length = read(STDIN_FILENO, block, sizeof block);
    for (ssize_t i = 0; i < length; i++)
        taken->lines += block[i] == '\n';
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) {
        input->reads = false;
        taken->ended = true;
    }
}

/* A peer that has gone may have left lines: they are read before its end counts. */
struct input_taken input_take(struct input *input, const struct pollfd *polled)
{
    struct input_taken taken = {.lines = 0};
    bool hung_up = (polled->revents & END_EVENTS) != 0;
    if (input->reads && (polled->revents & POLLIN) != 0)
        read_lines(input, &taken);
    else if (input->reads && hung_up)
        taken.ended = true;
    if (taken.ended)
        input->reads = false;
    if (input->watched && !input->reads && (hung_up || taken.ended)) {
        input->watched = false;
        taken.stop = true;
    }
    return taken;
}
