/* The second look: a round that sees an address which its target's memory does not know asks again
 * before its record closes, until that is a change of the path or none (history/known.h).
 *
 * Asked are, with at most HT_FURTHER_MAX further probes a ttl, spaced as passes are:
 *   the lowest ttl with an open run of unknown answers, as often as the run must go on
 *   the hops below it that are known, down to one that has answered since the run began: the change
 *   may have come in the middle of the round, nearer than the ttl that shows it
 * Higher ttls can wait: a change at the lowest one explains them. */
#ifndef HT_PROBING_SECOND_LOOK_H
#define HT_PROBING_SECOND_LOOK_H

#include "probing/log/round_state.h"

/* Further probes of a ttl in a round at most. */
#define HT_FURTHER_MAX 10

/* Notes an answer from the node at this index of the log, of a target that is remembered: what is
 * to be asked again is due after it. */
void ht_second_look_answered(struct ht_round *round, uint8_t ttl, uint16_t node);

/* As things stand after answers, or verdicts on probes without any: sets what is due. */
void ht_second_look_review(struct ht_round *round);

#endif
