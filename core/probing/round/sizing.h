/* The search for the path's MTU as a part of a round: what its questions (mtu/mtu_search.h) send,
 * and which answers settle them.
 *
 * It begins when all else of the round is measured, if the destination has answered, and ends with
 * the round at the latest. Its packets belong to the round's flow and have numbers like all probes;
 * in the log they are HT_PROBE_SIZED, and none of the round's counts, times and verdicts has any
 * part of them: packets that are meant to be dropped are no loss. */
#ifndef HT_PROBING_SIZING_H
#define HT_PROBING_SIZING_H

#include <stdbool.h>
#include <stdint.h>

#include "history/path_mtu.h"
#include "hoptrace/report.h"

struct ht_outgoing;
struct ht_reply;
struct ht_round;
struct ht_sizing;

/* Gives a round that has sent nothing, and recalls what it is to recall, a search from packets of
 * the device's MTU down; 0: that is not known, and nothing is searched. False: no memory. */
bool ht_sizing_begin(struct ht_round *round, uint32_t device_mtu);

/* NULL is allowed. */
void ht_sizing_free(struct ht_sizing *sizing);

/* When a packet or a decision of the search is due, nothing else of the round being so; HT_NEVER:
 * it is over. */
int64_t ht_sizing_next_ns(struct ht_round *round, int64_t now_ns);

/* Enters the packet that is due now in the log. False: none is, or no memory. */
bool ht_sizing_take(struct ht_round *round, int64_t now_ns, uint32_t *probe);

/* Takes the result of sending it. */
void ht_sizing_sent(struct ht_round *round, const struct ht_outgoing *packet);

/* Takes a proven answer to a packet in HT_PROBE_SIZED. False: it had one before. */
bool ht_sizing_answered(struct ht_round *round, uint32_t probe, const struct ht_reply *reply);

/* What was found; NULL: nothing. It points into the round. */
const struct ht_mtu *ht_sizing_result(struct ht_round *round);

/* What the next round goes on with. NULL is allowed. */
struct ht_mtu_unfinished ht_sizing_leave(const struct ht_sizing *sizing);

#endif
