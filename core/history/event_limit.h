/* At most HT_EVENTS_A_WINDOW events of a kind are told in one window; further ones are counted.
 * Pure. */
#ifndef HT_HISTORY_EVENT_LIMIT_H
#define HT_HISTORY_EVENT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define HT_EVENTS_A_WINDOW 3

/* {0}: none was told. */
struct ht_event_limit {
    uint32_t told[HT_EVENTS_A_WINDOW]; /* numbers of the rounds, the last one first; 0: none */
    uint32_t untold;                   /* counted only, since the last one that was told */
};

/* An event of round number `round` (from 1 on): true if it is to be told, with the number of those
 * before that were not in *untold. */
bool ht_event_limit_take(struct ht_event_limit *limit, uint32_t round, uint16_t window,
                         uint32_t *untold);

#endif
