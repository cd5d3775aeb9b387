/* Lines that say `ok NAME` or `not ok NAME`, and an exit status that agrees with them. */
#ifndef HT_TESTS_NET_CHECK_H
#define HT_TESTS_NET_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says whether one thing holds; `format` names it. Returns `holds`. */
bool check(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A remark below a line that failed, or a figure worth seeing. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One thing was not tried, and why. */
void skip(const char *name, const char *reason);

/* 0 if all that was checked held and something was, else 1. */
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
