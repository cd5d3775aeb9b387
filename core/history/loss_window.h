/* What the last rounds of a path lost, hop by hop. Pure.
 *
 * Columns: 0 is end to end, `ttl` the hop of that ttl. A ring has the counts of the last `window`
 * rounds of the path as it is; a round that leaves it, and in which the destination lost nothing,
 * is one of the calm rounds then, at most `window` of them, in two halves of which the older one is
 * dropped when the newer one is full.
 *
 * A round without any answer of the target is in doubt until the next one: with an answer in that
 * it was loss and counts, without one both are rounds of an outage, which are summed up by
 * themselves.
 *
 * In bytes: 4 for each round and column, 28 for each column, as far as rounds have come: 1,800 for
 * 20 rounds of 15 hops. */
#ifndef HT_HISTORY_LOSS_WINDOW_H
#define HT_HISTORY_LOSS_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/counts.h"
#include "history/round_result.h"

#define HT_WINDOW_MIN 2
#define HT_WINDOW_MAX 1000

struct ht_loss_window_cell {
    uint16_t sent;
    uint16_t received;
};

struct ht_loss_window_column {
    struct ht_counts calm[2]; /* column 0: of all rounds that left the ring meanwhile; newer half
                                 first */
    struct ht_counts outage;
};

/* {.size = window}: empty. */
struct ht_loss_window {
    struct ht_loss_window_cell *cells;    /* owned: [slot * columns + column] */
    struct ht_loss_window_column *column; /* owned: [columns] */
    uint16_t columns;                     /* 0: nothing yet; at most 256 */
    uint16_t size;                        /* rounds, HT_WINDOW_MIN to HT_WINDOW_MAX */
    uint16_t capacity;                    /* slots of `cells`; grows up to `size` */
    uint16_t first;                       /* slot of the oldest round */
    uint16_t count;                       /* rounds in the ring, the one in doubt among them */
    uint16_t calm_rounds[2];              /* newer half first */
    bool in_doubt;                        /* the newest round is */
    bool calm_is_kept;                    /* rounds that leave the ring do not join the calm ones */
};

void ht_loss_window_fini(struct ht_loss_window *window);

/* Sets how many rounds it looks back; the oldest go. */
void ht_loss_window_resize(struct ht_loss_window *window, uint16_t size);

/* Enters a round: [ttl - 1] for `hop_count` hops, and end to end. One in doubt counts from then on.
 * False: no memory, it is left out. */
bool ht_loss_window_add(struct ht_loss_window *window, const struct ht_round_hop *hops,
                        size_t hop_count, struct ht_counts end_to_end, bool in_doubt);

/* The newest round, which is in doubt, is one of an outage. */
void ht_loss_window_move_to_outage(struct ht_loss_window *window);

/* Enters a round of an outage. Hops beyond `hop_count` were asked as often as the destination, and
 * did not answer. */
void ht_loss_window_add_outage(struct ht_loss_window *window, const struct ht_round_hop *hops,
                               size_t hop_count, struct ht_counts end_to_end);

/* The outage is over. */
void ht_loss_window_end_outage(struct ht_loss_window *window);

/* The path has changed at this ttl: forgets it, what is behind, and end to end. */
void ht_loss_window_forget(struct ht_loss_window *window, uint8_t ttl);

/* Sums of a column; the round in doubt, and those of an outage, are left out. 0 beyond the columns
 * there are. */
struct ht_counts ht_loss_window_sum(const struct ht_loss_window *window, size_t column);
struct ht_counts ht_loss_window_calm(const struct ht_loss_window *window, size_t column);
struct ht_counts ht_loss_window_outage(const struct ht_loss_window *window, size_t column);

/* Rounds of the path as it is that count. */
uint16_t ht_loss_window_rounds(const struct ht_loss_window *window);

/* For restoring: true if none is received that was not sent, and the ring is within its bounds. */
bool ht_loss_window_is_sound(const struct ht_loss_window *window);

/* For restoring: makes room for as many columns. False: no memory. */
bool ht_loss_window_reserve(struct ht_loss_window *window, size_t columns);

#endif
