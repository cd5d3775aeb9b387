/* What the targets of a scenario remember of their paths, and the changes that come of it. */
#ifndef HT_SCENARIO_REMEMBER_H
#define HT_SCENARIO_REMEMBER_H

#include <stddef.h>

#include "driver.h"
#include "history/path_memory.h"

/* The memories of the paths that the target's next round is going to measure, by flow. */
void remember_paths(struct driver *driver, const struct script_target *target,
                    struct ht_path_memory *paths[static HT_FLOWS_SEARCHED]);

/* Takes what the round of a flow has seen, unless it was cut short or failed on this host: a change
 * of the path is put into the record. */
void remember_round(struct driver *driver, struct record *record, uint16_t flow,
                    const struct ht_sightings *sightings);

/* Prints every change; then whether there are others than those that the scenario expects. Returns
 * the number of those. */
size_t remember_check(const struct driver *driver);

#endif
