/* The moments at which rounds begin by the clock. A target's lie an interval apart, counted from
 * 1970 by the wall clock as it was when the engine was made, at the target's phase
 * (probing/rounds/spread.h). The first round does not wait for that: it comes at once, and the
 * second one half to one and a half intervals later. */
#ifndef HT_API_GRID_H
#define HT_API_GRID_H

#include <stdint.h>

#include "hoptrace/time.h"
#include "probing/rounds/spread.h"

struct ht_engine;
struct ht_scheduled_target;

struct ht_grid {
    struct ht_spread spread;
    int64_t origin_ns; /* monotonic time of the wall clock's 0 */
};

void ht_grid_init(struct ht_grid *grid, struct ht_now now);
void ht_grid_fini(struct ht_grid *grid);

/* The engine opens: all targets that are there have their phases, and their first rounds follow
 * each other in the order of these (ht_schedule_offset_ns). With a deadline there is no time for
 * that: all begin at once and keep step. */
void ht_grid_begin(struct ht_engine *engine);

/* A target comes, whose first round is set, or goes. Before the engine opens nothing is done. */
void ht_grid_enter(struct ht_scheduled_target *scheduled);
void ht_grid_leave(struct ht_scheduled_target *scheduled);

#endif
