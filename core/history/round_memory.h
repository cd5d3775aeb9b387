/* What one round of a target leaves to the next, as long as its address stays the same. */
#ifndef HT_HISTORY_ROUND_MEMORY_H
#define HT_HISTORY_ROUND_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "history/path_mtu.h"
#include "hoptrace/report.h"

struct ht_report;

/* {0}: nothing is known. */
struct ht_round_memory {
    uint64_t silent_ttls[4]; /* bit ttl % 64 of [ttl / 64]: the ttl was probed and did not answer */
    int64_t max_rtt_ns;      /* longest round-trip time of the round; 0: nothing answered */
    int64_t longest_rtt_ns;  /* the same of earlier rounds as well, less 1/16 for each since */
    uint32_t next_timestamp; /* TCP: the next SYN's is not before this one */
    uint16_t numbers;        /* numbers that the round used: next_number - its first_number */
    uint16_t next_number;    /* the next round's first; late answers are to earlier ones; 0: none */
    uint8_t last_router_ttl; /* highest ttl at which a router answered; 0: none did */
    bool one_by_one;         /* TCP: the destination did not say which probe it answered */
    bool alone;              /* nothing told of an answer but that one probe was on its way */
    bool labels_lengths;     /* quotes told their probe by nothing but its length */
    struct ht_mtu_unfinished mtu; /* a search that the round had no time to end */
    uint8_t destination_ttl;      /* where the destination was; 0: unknown */
};

extern const struct ht_round_memory ht_round_memory_none;

/* Sets silent_ttls and destination_ttl to what the report of a round says. */
void ht_round_memory_note(struct ht_round_memory *memory, const struct ht_report *report);

static inline bool ht_round_memory_silent(const struct ht_round_memory *memory, uint8_t ttl)
{
    return (memory->silent_ttls[ttl / 64] >> ttl % 64 & 1) != 0;
}

#endif
