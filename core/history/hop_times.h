/* The usual and the recent times of the hops. Pure.
 *
 *   recent   the median of the hop's medians in the last `span` rounds (usual_time.h)
 *   usual    the median of up to HT_HOP_BLOCKS blocks, each the median of the hop's medians in
 *            `span` rounds in a row; frozen while risen
 *   noise    2 standard errors of recent - usual: of usual, 1.25 / sqrt(n) of the spread of the n
 *            blocks; of recent, the spread of the blocks or 1.25 / sqrt(n) of that of the n recent
 *            rounds, whichever is more; spread: 1.48 MAD
 *
 * In bytes: 4 for each recent round, and 44, of each hop: 960 for 15 hops with a window of 20. */
#ifndef HT_HISTORY_HOP_TIMES_H
#define HT_HISTORY_HOP_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/loss_window.h"
#include "history/rtt_place.h"

#define HT_HOP_BLOCKS 10

/* Below as many blocks a hop has no usual time. */
#define HT_HOP_BLOCKS_MIN 4

struct ht_hop_usual {
    uint32_t blocks[HT_HOP_BLOCKS]; /* us; the next one goes to [count % HT_HOP_BLOCKS] */
    uint8_t count;                  /* of blocks; kept below 2 HT_HOP_BLOCKS */
};

/* {0}: empty. */
struct ht_hop_times {
    uint32_t *recent;            /* owned: us, 0: no answer; [round * hop_count + ttl - 1] */
    struct ht_hop_usual *usuals; /* owned: [ttl - 1] */
    uint16_t span;               /* rounds of `recent` */
    uint16_t next;               /* slot of the next round */
    uint16_t in_block;           /* rounds of the block that is under way */
    uint8_t hop_count;
};

void ht_hop_times_fini(struct ht_hop_times *times);

/* Enters a round. `risen`: it does not become usual. What there is no memory for is left out. */
void ht_hop_times_add(struct ht_hop_times *times, const struct ht_round_hop *hops, size_t hop_count,
                      uint16_t window, bool risen);

/* The path has changed at this ttl: forgets it and what is behind. */
void ht_hop_times_forget(struct ht_hop_times *times, uint8_t ttl);

/* What is usual begins anew, with the recent rounds. */
void ht_hop_times_restart(struct ht_hop_times *times);

/* What ht_rtt_place takes. */
struct ht_time_hop ht_hop_times_evidence(const struct ht_hop_times *times, uint8_t ttl);

/* For restoring: makes room. False: no memory. */
bool ht_hop_times_reserve(struct ht_hop_times *times, size_t hop_count, uint16_t window);

#endif
