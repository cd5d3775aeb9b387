/* Signals as something to poll. */
#ifndef HT_EXEC_SIGNALS_H
#define HT_EXEC_SIGNALS_H

#include <stdbool.h>

#include "hoptrace/error.h"

/* What signals ask for: how many have come of each sort. */
struct signals_taken {
    int ends;    /* that end the program: SIGTERM, SIGINT, at a terminal SIGHUP */
    int reloads; /* SIGHUP elsewhere */
    int rounds;  /* SIGUSR1, SIGUSR2, and the signal that begins rounds */
};

/* The first thing that the program does. A reader that goes away, or a file that may not grow, is
 * an error of the write, not the end of the process. SIGUSR1, SIGUSR2 and SIGHUP wait until they
 * are asked for; but where stdin or stdout is a terminal (and the process was not started with it
 * ignored), SIGHUP ends the program as SIGTERM and SIGINT do.
 *
 * Until signals_open these three leave one second for what is being read: if it is whole by then,
 * its targets have records; else nothing is known, nothing was written, and the process ends with
 * status 0. The second one ends it at once. */
void signals_prepare(void);

/* From now on signals only make *fd readable, which is the caller's to close. `round_signal`, if
 * not 0, begins a round and does nothing else. *early: whether one that ends the program has come
 * before. HT_OK or an error. */
int signals_open(int *fd, int round_signal, bool *early, struct ht_error *error);

/* What has come since the last call; does not wait. */
struct signals_taken signals_take(int fd);

#endif
