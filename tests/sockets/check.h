/* Lines that say `ok NAME` or `not ok NAME`, and an exit status that agrees with them. */
#ifndef HT_TESTS_NET_CHECK_H
#define HT_TESTS_NET_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says whether one thing holds; `format` names it. Returns `holds`. */
bool check(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A span of time: when it began, and how long this process had waited for a processor until then,
 * ready to run as it was; 0 where the kernel does not count that. */
struct span {
    int64_t began_ns; /* CLOCK_MONOTONIC */
    int64_t waited_ns;
};

struct span span_begin(void);
int64_t span_ms(const struct span *span);

/* As check, of what took so long: holds if that is at most `most_ms`. If it is not because this
 * process waited for a processor, the check is unclear. */
bool check_in_time(const struct span *span, int64_t most_ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A remark below a line that failed, or a figure worth seeing. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One thing was not tried, and why. */
void skip(const char *name, const char *reason);

/* 0 if all that was checked held and something was; 1 if something did not; 75 if a check
 * is unclear (support/retry). */
int check_status(void);

/* How many descriptors this process has open. */
size_t open_descriptors(void);

/* Waits until the descriptor is readable, at most so long. */
bool wait_readable(int fd, int timeout_ms);

void sleep_ms(int64_t duration_ms);

/* Gives up every capability for good, as a program does that no longer needs them. */
bool drop_capabilities(void);

/* A test program is a table of cases; its arguments name those to run (none: all). */
struct net_case {
    const char *name;
    void (*run)(void);
};

int run_cases(const struct net_case *cases, size_t count, int argc, char **argv);

/* The resolver's configuration is the test's own: no mistake in setting up may send questions to
 * another name server. */
bool check_name_server_is_ours(void);

#endif
