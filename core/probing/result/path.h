/* What the answers of a round say about the path as a whole. */
#ifndef HT_PROBING_PATH_H
#define HT_PROBING_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_log.h"

/* The path's last ttl, the first of these that is known: destination_ttl, unreachable_ttl,
 * last_answer_ttl; 0: nothing answered. */
uint8_t ht_path_hop_count(const struct ht_path_end *end);

/* Of a round that was cut short: true if the destination has answered, and every hop before it has,
 * or has all its probes and none is open: further answers would change neither the path's length
 * nor its nodes' ttls. */
bool ht_path_is_whole(const struct ht_probe_log *log, const struct ht_path_end *end);

/* FNV-1a over ttl and address bytes of each answering hop's main node (model/hop.h), by rising ttl.
 * False: nothing answered. */
bool ht_path_id(const struct ht_report *report, uint32_t *path_id);

/* True if the last answering hops are a cycle of at least two different addresses, three times or
 * more; never if the destination answered. */
bool ht_path_loops(const struct ht_probe_log *log, const struct ht_path_end *end);

/* Why probing ended by itself: destination, unreachable, loop, gap_limit or max_ttl. */
enum ht_stop_reason ht_path_stop_reason(const struct ht_probe_log *log,
                                        const struct ht_path_end *end);

#endif
