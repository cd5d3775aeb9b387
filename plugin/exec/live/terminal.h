/* A terminal that is taken over and left as it was found, also by a process that crashes. */
#ifndef HT_EXEC_LIVE_TERMINAL_H
#define HT_EXEC_LIVE_TERMINAL_H

#include <stdbool.h>

#include "hoptrace/error.h"

struct terminal {
    int signal_fd; /* readable when the size has changed, or the process is to stop or goes on */
    bool keyboard; /* stdin is a terminal */
};

/* What to write to stdout before the first picture: another screen, no cursor; and after the last
 * one: all as it was. */
extern const char terminal_enter_text[];
extern const char terminal_leave_text[];

/* Keys are given as they are pressed, without echo; signals by keys stay. From now on a signal that
 * kills the process (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT) leaves the terminal first.
 * One terminal a process. HT_OK, HT_ERR_SYSTEM. */
int terminal_open(struct terminal *terminal, struct ht_error *error);

/* Takes the keyboard over again, after terminal_release. */
void terminal_claim(const struct terminal *terminal);

/* Gives the keyboard back as it was. */
void terminal_release(const struct terminal *terminal);

/* Once the terminal is released for good. */
void terminal_close(struct terminal *terminal);

struct terminal_taken {
    bool resized;
    bool stops; /* the user wants the process to stop: release, then stop by terminal_stop */
    bool goes_on;
};

/* What the signals have said since the last call; does not wait. */
struct terminal_taken terminal_take(const struct terminal *terminal);

/* Stops the process; returns when it goes on. */
void terminal_stop(void);

/* The size of stdout's terminal; 80 by 24 if it does not say. */
void terminal_size(unsigned *columns, unsigned *rows);

/* Whether the locale's words say that the terminal shows UTF-8: LC_ALL, else LC_CTYPE, else LANG.
 */
bool terminal_is_utf8(void);

/* TERM names a terminal that does more than write characters one after another. */
bool terminal_is_capable(void);

/* That, and no NO_COLOR. */
bool terminal_has_colours(void);

#endif
