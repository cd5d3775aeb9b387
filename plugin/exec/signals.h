/* Signals as something to poll. */
#ifndef HT_EXEC_SIGNALS_H
#define HT_EXEC_SIGNALS_H

#include <stdbool.h>

#include "base/error.h"

/* A reader that goes away, or a file that may not grow, is an error of the write, not the end of
 * the process. */
void signals_ignore_output(void);

/* From now on SIGTERM and SIGINT only make *fd readable, which is the caller's to close. HT_OK or
 * an error. */
int signals_open(int *fd, struct ht_error *error);

/* How many have come since the last call; does not wait. */
int signals_take(int fd);

#endif
