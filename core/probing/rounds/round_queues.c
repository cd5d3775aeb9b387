#include "probing/rounds/round_queues.h"

#include "base/assert.h"

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

void ht_round_queues_return(struct ht_round_queues *queues, struct ht_round *round,
                            enum ht_round_state state)
{
    HT_ASSERT(round->slot.state < HT_ROUND_QUEUES && state < HT_ROUND_QUEUES);
    ht_round_queues_unlink(queues, &round->slot);
    round->slot.state = (uint8_t)state;
    round->slot.previous = NULL;
    round->slot.next = queues->first[state];
    if (round->slot.next != NULL)
        round->slot.next->slot.previous = round;
    else
        queues->last[state] = round;
    queues->first[state] = round;
}

void ht_round_queues_unlink(struct ht_round_queues *queues, struct ht_slot *slot)
{
    if (slot->state == HT_ROUND_ACTIVE)
        return;
    if (slot->previous != NULL)
        slot->previous->slot.next = slot->next;
    else
        queues->first[slot->state] = slot->next;
    if (slot->next != NULL)
        slot->next->slot.previous = slot->previous;
    else
        queues->last[slot->state] = slot->previous;
}

void ht_round_queues_move(struct ht_round_queues *queues, struct ht_round *round,
                          enum ht_round_state state)
{
    if (round->slot.state == (uint8_t)state)
        return;
    HT_ASSERT(round->slot.state < HT_ROUND_QUEUES || round->slot.state == HT_ROUND_ACTIVE);
    ht_round_queues_unlink(queues, &round->slot);
    ht_round_queues_link(queues, round, state);
}
