/* Rounds in queues by their state. */
#ifndef HT_PROBING_ROUND_QUEUES_H
#define HT_PROBING_ROUND_QUEUES_H

#include "probing/log/round_state.h"

/* One queue for each state but the last, which most are in, first in first out: who is put in or
 * taken out touches neighbours. {0} is empty. */
struct ht_round_queues {
    struct ht_round *first[HT_ROUND_QUEUES];
    struct ht_round *last[HT_ROUND_QUEUES];
};

/* Puts a round that is in no queue into a state, at the end of its queue if there is one. */
void ht_round_queues_link(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state);

/* Takes a round out of its queue. */
void ht_round_queues_unlink(struct ht_round_queues *queues, struct ht_slot *slot);

/* Moves a round to another state, as above; one that is in it already keeps its place. */
void ht_round_queues_move(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state);

#endif
