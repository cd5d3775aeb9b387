/* What the answers of a round say about the path as a whole. */
#ifndef HT_PROBING_PATH_H
#define HT_PROBING_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"
#include "probing/log/round_state.h"

/* Lowest ttl at which the destination answered; else with a terminal unreachable; else the last
 * that answered, 0 if none did. */
uint8_t ht_path_hop_count(const struct ht_path_end *end);

/* Of a round that was cut short: true if the destination has answered, and every hop before it has,
 * or is silent for good: what is still to come changes neither the path's length nor its nodes'
 * ttls. */
bool ht_path_is_whole(const struct ht_round *round);

/* FNV-1a over ttl and address of the node that stands for each answering hop. False: nothing
 * answered. */
bool ht_path_id(const struct ht_report *report, uint32_t *path_id);

/* True if the last answering hops repeat a cycle of at least two addresses three times or more. */
bool ht_path_loops(const struct ht_asked *asked, const struct ht_probe_log *log,
                   const struct ht_path_end *end);

/* Why probing ended by itself: destination, unreachable, loop, gap_limit or max_ttl. */
enum ht_stop_reason ht_path_stop_reason(const struct ht_round *round);

#endif
