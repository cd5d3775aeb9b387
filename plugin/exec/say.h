/* What the program tells a person: one line of stderr a problem. */
#ifndef HT_EXEC_SAY_H
#define HT_EXEC_SAY_H

#include "base/text.h"

enum say_level {
    SAY_WARNING, /* what was asked for is done all the same */
    SAY_ERROR
};

/* Receives one problem: a line without newline. */
typedef void say_line(void *user, enum say_level level, const char *line);

/* The say_line that writes to stderr; `user` is not used. Where stderr is no terminal, the line
 * begins with its level as agents read it: "W! " or "E! ". */
void say_to_stderr(void *user, enum say_level level, const char *line);

/* From now on what goes to stderr is appended to *text (borrowed), a line each. NULL: it goes there
 * again, and first of all what was kept. */
void say_keep(struct ht_text *text);

/* "hoptrace: ..." to stderr. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "hoptrace: ..." to the function that takes the lines. */
void say_problem(say_line *say, void *user, enum say_level level, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
