/* The measuring: one loop over the engine, the signals and stdout. */
#ifndef HT_EXEC_RUN_H
#define HT_EXEC_RUN_H

#include <stdint.h>

#include "output/output.h"
#include "plan.h"

enum exit_status { EXIT_RECORDS_WRITTEN = 0, EXIT_RECORDS_LOST = 1, EXIT_USAGE = 2 };

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t run_clock_ns(void);

/* Opens the engine, gives up all privileges, measures what is planned and prints the records. The
 * plan's targets are forgotten once the engine knows them; while the program loops they are planned
 * anew on SIGHUP, by the same options and input. The program started at `started_ns` by that clock.
 * Problems go to stderr. Returns the exit status. */
int run(const struct options *options, struct plan_input *input, struct plan *plan,
        int64_t started_ns);

#endif
