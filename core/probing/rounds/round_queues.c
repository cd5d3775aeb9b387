#include "probing/rounds/round_queues.h"

void ht_round_queues_link(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state)
{
    round->slot.state = (uint8_t)state;
    round->slot.next = NULL;
    round->slot.previous = NULL;
    if (state == HT_ROUND_ACTIVE)
        return;
    round->slot.previous = queues->last[state];
    if (round->slot.previous != NULL)
        round->slot.previous->slot.next = round;
    else
        queues->first[state] = round;
    queues->last[state] = round;
}

void ht_round_queues_unlink(struct ht_round_queues *queues, struct ht_round *round)
{
    if (round->slot.state == HT_ROUND_ACTIVE)
        return;
    if (round->slot.previous != NULL)
        round->slot.previous->slot.next = round->slot.next;
    else
        queues->first[round->slot.state] = round->slot.next;
    if (round->slot.next != NULL)
        round->slot.next->slot.previous = round->slot.previous;
    else
        queues->last[round->slot.state] = round->slot.previous;
}

void ht_round_queues_move(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state)
{
    if (round->slot.state == (uint8_t)state)
        return;
    ht_round_queues_unlink(queues, round);
    ht_round_queues_link(queues, round, state);
}
