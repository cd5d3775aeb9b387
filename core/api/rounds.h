/* One round of one target: from the look-up of its name to its closed record. */
#ifndef HT_API_ROUNDS_H
#define HT_API_ROUNDS_H

#include "hoptrace/report.h"

struct ht_scheduled_target;
struct ht_flow_sightings;

/* Begins the round of a target that is due: looks its name up, then measures. */
void ht_round_begin(struct ht_scheduled_target *scheduled);

/* Ends a round under way, or one that never came about, with a record that says why. */
void ht_round_cut(struct ht_scheduled_target *scheduled, enum ht_stop_reason reason);

/* The prober's callback, `user` is the engine: takes the record that the prober closed, and what
 * the round has seen (see prober_options.h). */
void ht_round_report(void *user, const struct ht_report *report,
                     const struct ht_flow_sightings *seen);

#endif
