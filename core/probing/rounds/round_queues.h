/* Rounds in queues by their state. */
#ifndef HT_PROBING_ROUND_QUEUES_H
#define HT_PROBING_ROUND_QUEUES_H

#include "probing/log/round_state.h"

/* One queue for each state but HT_ROUND_ACTIVE, first in first out. That state has none, as most
 * rounds are in it, and to link or unlink a round touches its neighbours' memory. {0} is empty. */
struct ht_round_queues {
    struct ht_round *first[HT_ROUND_QUEUES];
    struct ht_round *last[HT_ROUND_QUEUES];
};

/* Puts a round that is in no queue into a state: at the end of the state's queue, if it has one. */
void ht_round_queues_link(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state);

/* Takes a round out of its queue. */
void ht_round_queues_unlink(struct ht_round_queues *queues, struct ht_slot *slot);

/* Moves a round from its state's queue to another's end; one that is in that state already stays
 * where it is. */
void ht_round_queues_move(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state);

/* Moves a round from its state's queue to the beginning of another state's queue. */
void ht_round_queues_return(struct ht_round_queues *queues, struct ht_round *round,
                            enum ht_round_state state);

#endif
