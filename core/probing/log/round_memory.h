/* What one round of a target leaves to the next, as long as its address stays the same. */
#ifndef HT_PROBING_ROUND_MEMORY_H
#define HT_PROBING_ROUND_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* {0}: nothing is known. */
struct ht_round_memory {
    uint64_t silent_ttls[4]; /* a bit for each ttl that was asked and never answered */
    int64_t max_rtt_ns;      /* the longest time of the round */
    int64_t ready_ns;        /* TCP: when the last unanswered SYN was late */
    uint32_t next_timestamp; /* TCP: no later SYN may seem older */
    uint16_t numbers;        /* how many probes the round had */
    uint16_t next_number; /* the keys of those before it are the late answers'; 0: none was used */
    uint8_t last_router_ttl; /* highest ttl at which a router answered; 0: none did */
    bool one_by_one;         /* TCP: the destination did not say which probe it answered */
    bool labels_lengths;     /* quotes did not tell by anything else which probe they were of */
    uint8_t destination_ttl; /* where the destination was; 0: unknown */
};

/* Nothing is known. */
extern const struct ht_round_memory ht_round_memory_none;

/* Keeps of the silent hops and of the destination what the report of a round says, and nothing of
 * the rounds before. */
void ht_round_memory_note(struct ht_round_memory *previous, const struct ht_report *report);

static inline bool ht_round_memory_silent(const struct ht_round_memory *previous, uint8_t ttl)
{
    return (previous->silent_ttls[ttl / 64] >> ttl % 64 & 1) != 0;
}

#endif
