/* A daemon for unit tests: what it is told, it keeps. */
#ifndef HT_TESTS_FAKE_DAEMON_H
#define HT_TESTS_FAKE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

struct daemon_calls;

/* What the plugin gave to daemon_register; NULL: nothing yet. */
extern const struct daemon_calls *fake_daemon_calls;

/* The user of the read callback registered last; NULL: there is none, or they were taken back. */
extern void *fake_daemon_reader;

/* Lines are what the plugin says, and what it hands over: "notification INSTANCE EVENT SEVERITY:
 * ..."; "values INSTANCE path_changes=N HOP=V ...", V being the average time, NaN or not. */

/* Forgets all lines. */
void fake_daemon_reset(void);

/* How many lines were said in all, and how many of them hold `part`. */
size_t fake_daemon_lines(void);
size_t fake_daemon_lines_with(const char *part);

/* Until a line with `part` was said; false: not within five seconds. */
bool fake_daemon_wait_for(const char *part);

#endif
