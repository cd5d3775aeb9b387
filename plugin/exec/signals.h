/* Signals as something to poll. */
#ifndef HT_EXEC_SIGNALS_H
#define HT_EXEC_SIGNALS_H

#include <stdbool.h>

#include "hoptrace/error.h"

/* The first thing that the program does. A reader that goes away, or a file that may not grow, is
 * an error of the write, not the end of the process; SIGUSR1 and SIGUSR2 are nothing. SIGHUP is
 * nothing either, unless stdin or stdout is a terminal (and the process was not started with it
 * ignored): there it ends the program as SIGTERM and SIGINT do.
 *
 * Until signals_open these three leave one second for what is being read: if it is whole by then,
 * its targets have records; else nothing is known, nothing was written, and the process ends with
 * status 0. The second one ends it at once. */
void signals_prepare(void);

/* From now on those that end the program only make *fd readable, which is the caller's to close.
 * *early: whether one has come before. HT_OK or an error. */
int signals_open(int *fd, bool *early, struct ht_error *error);

/* How many have come since the last call; does not wait. */
int signals_take(int fd);

#endif
