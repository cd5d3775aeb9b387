#define _GNU_SOURCE /* POLLRDHUP */
#include "input.h"

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

void input_init(struct input *input, bool wanted, int64_t started_ns)
{
    *input = (struct input){.judge_ns = HT_NEVER};
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
    return (struct pollfd){.fd = input->watched ? STDIN_FILENO : -1, .events = POLLRDHUP};
}

bool input_ended(struct input *input, const struct pollfd *polled)
{
    bool ended = input->watched && (polled->revents & END_EVENTS) != 0;
    if (ended)
        input->watched = false;
    return ended;
}
