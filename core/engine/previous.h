/* What one round of a target leaves to the next, as long as its address stays the same. */
#ifndef HT_ENGINE_PREVIOUS_H
#define HT_ENGINE_PREVIOUS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/report.h"

/* {0}: nothing is known. */
struct ht_previous {
    uint64_t silent_ttls[4]; /* a bit for each ttl that was asked and never answered */
    uint16_t next_key;       /* those before it are the late answers'; 0: none was used */
    uint8_t destination_ttl; /* where the destination was; 0: unknown */
};

/* Keeps what the report of a round says, and nothing of the rounds before. */
void ht_previous_note(struct ht_previous *previous, const struct ht_report *report,
                      uint16_t next_key);

static inline bool ht_previous_silent(const struct ht_previous *previous, uint8_t ttl)
{
    return (previous->silent_ttls[ttl / 64] >> ttl % 64 & 1) != 0;
}

#endif
