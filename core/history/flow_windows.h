/* What the last rounds of each flow of a target lost end to end: told apart, they name the branch
 * that loses. Pure.
 *
 * Of a round counts what went to the lowest ttl at which the flow is known to reach the target. A
 * record has the lowest one that was answered: where a hop has one probe, and that is lost, this is
 * a ttl behind the target, whose answer would hide the loss. */
#ifndef HT_HISTORY_FLOW_WINDOWS_H
#define HT_HISTORY_FLOW_WINDOWS_H

#include <stdint.h>

#include "history/counts.h"
#include "history/path_memory.h"
#include "hoptrace/report.h"

/* Enters a round of one flow among several, in which some flow reached the target (one in which
 * none did sets no flow apart). `own`: the flow's own record. `result`: what the target's record
 * says of it. `window`: rounds that are kept. Without memory it is left out. */
void ht_flow_window_take(struct ht_path_memory *memory, const struct ht_report *own,
                         const struct ht_flow_result *result, uint16_t window);

/* The sum of a flow's window. */
struct ht_counts ht_flow_window_sum(const struct ht_path_memory *memory);

#endif
