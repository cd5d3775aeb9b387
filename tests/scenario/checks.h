/* Holds what the engine tells of a round against what really happened in it (the ledger). */
#ifndef HT_SCENARIO_CHECKS_H
#define HT_SCENARIO_CHECKS_H

#include "driver.h"

struct ht_flow_sightings;

/* Prints a breach of the contract, and counts it; the first ten are printed. */
void driver_fault(struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct progress *driver_progress(struct driver *driver, const struct script_target *target);

/* The hops that were announced are those that the record lists. */
void checks_notes(struct driver *driver, const struct progress *progress,
                  const struct ht_report *report);

/* Checks a record, of a target's only flow (-1) or of one of several, against what really happened;
 * whatever arrives later does not count. */
void checks_record(struct driver *driver, struct record *record, int flow);

/* The same of the flows of a target with several, and of their common record. Where a round was cut
 * short the flows are not told. */
void checks_flows(struct driver *driver, struct record *record,
                  const struct ht_flow_sightings *seen);

#endif
