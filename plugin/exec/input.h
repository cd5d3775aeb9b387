/* The end of stdin as a wish to stop: Telegraf closes it and waits for us. Collectd's exec plugin
 * and cron give us a pipe that is at its end from the start, which says nothing: what counts is a
 * pipe or socket that was still open a second after the start. Nothing is read from it, unless its
 * lines begin rounds. */
#ifndef HT_EXEC_INPUT_H
#define HT_EXEC_INPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct input {
    int64_t judge_ns; /* when it is looked at whether stdin is open; HT_NEVER: not (any more) */
    bool watched;     /* it was, and so its end counts */
    bool reads;       /* its lines do, and it is not at its end */
};

/* What a poll has shown of stdin. */
struct input_taken {
    int lines;  /* ends of lines that were read */
    bool stop;  /* its end, as a wish to stop: told once */
    bool ended; /* its end, after which no line will come: told once */
};

/* `wanted`: the end of stdin may be meant for us. `reads`: its lines are. The program started at
 * `started_ns`. */
void input_init(struct input *input, bool wanted, bool reads, int64_t started_ns);

/* Looks at stdin once the time has come. */
void input_judge(struct input *input, int64_t now_ns);

/* What to poll for; its descriptor is -1 as long as there is nothing. */
struct pollfd input_pollfd(const struct input *input);

/* What the poll has shown. Lines are read, as many as there are. */
struct input_taken input_take(struct input *input, const struct pollfd *polled);

#endif
