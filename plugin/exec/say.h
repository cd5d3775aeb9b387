/* What the program tells a person: one line of stderr a problem. */
#ifndef HT_EXEC_SAY_H
#define HT_EXEC_SAY_H

/* Receives one problem: a line without newline. */
typedef void say_line(void *user, const char *line);

/* The say_line that writes to stderr; `user` is not used. */
void say_to_stderr(void *user, const char *line);

/* "hoptrace: ..." to stderr. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "hoptrace: ..." to whoever takes the lines. */
void say_problem(say_line *say, void *user, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
