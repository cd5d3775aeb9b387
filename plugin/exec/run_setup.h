/* Opening what a run needs, in an order that leaves privileges for those who need them, and closing
 * it. */
#ifndef HT_EXEC_RUN_SETUP_H
#define HT_EXEC_RUN_SETUP_H

#include "hoptrace/engine.h"
#include "output/output.h"
#include "run_state.h"

/* Opens the output, the listener, the live view, the signals and the engine with its targets.
 * `calls`: the functions that the engine is to call; those that were not asked for are left out.
 * What was opened before a failure is run_tear_down's to close. */
int run_set_up(struct run *run, const struct ht_output_format *format,
               const struct ht_output_context *context, const struct ht_engine_options *calls,
               struct ht_error *error);

/* The records tell the present state, and not to stdout. */
bool run_keeps_page(const struct run *run);

/* Closes all of it; the live view has left the terminal by then. */
void run_tear_down(struct run *run);

#endif
