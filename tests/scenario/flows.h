/* The record of a target with several flows, held against the records of the flows, each of which
 * was held against what really happened. */
#ifndef HT_SCENARIO_FLOWS_H
#define HT_SCENARIO_FLOWS_H

#include <stddef.h>

#include "record.h"

/* Prints what is wrong; returns the number of faults. */
size_t flows_check(const struct record *record, const struct record *flows, size_t count);

#endif
