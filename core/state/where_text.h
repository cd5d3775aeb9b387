/* What the last rounds of a path show (history/where.h) in the state file:
 *
 *     {"window":20,"rounds":[[16,3,3],...],"columns":[[54,54,30,30,0,0],...],
 *      "rtt":[[3,8100,8300,8800,200,8200,100],...],"recent":[8200,...],"usual":[8200,...],
 *      "hops":15,"span":5,"hop_recent":[[1200,...],...],"hop_usual":[[4,1200,...],...],
 *      FIELDS,"told":[[7,3,0,1],...]}
 *
 * rounds      of the ring, oldest first: for each, by rising column, how many columns in a row have
 *             sent, and received, as many
 * columns     calm rounds, newer half and older one, and the outage: sent and received
 * rtt         of each round: replies; min, avg, max, stddev, median, jitter in us
 * hop_recent  `span` rounds in the order of their slots: us by rising ttl, 0: none
 * hop_usual   how many blocks there were, and the last ones, by rising ttl
 * told        by kind of event: the last rounds in which one was told, and how many were not since
 */
#ifndef HT_STATE_WHERE_TEXT_H
#define HT_STATE_WHERE_TEXT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/text.h"
#include "history/where.h"

/* Appends it. */
void ht_where_text_put(struct ht_text *text, const struct ht_where *where);

/* Reads it into an empty one; what no rounds can have made is dropped, it is empty again then. The
 * reader fails at anything else, and sets *no_memory if it was for want of memory: what was read so
 * far is to be freed by ht_where_fini. */
void ht_where_text_read(struct ht_reader *in, unsigned version, struct ht_where *where,
                        bool *no_memory);

/* The window of one flow among several (history/flow_windows.h), a path's last member, for each
 * round sent and received, oldest first:
 *
 *     ,"flow_window":20,"flow_rounds":[[1,1],[2,0],...] */
void ht_flow_window_text_put(struct ht_text *text, const struct ht_loss_window *window);

/* Reads it from its number on, as above. */
void ht_flow_window_text_read(struct ht_reader *in, struct ht_loss_window *window, bool *no_memory);

#endif
