/* Loss that goes on to the destination, hop by hop. Pure.
 *
 * What a hop loses on the way to it, everything behind it loses as well. So the loss of the path
 * rises from hop to hop: an isotonic fit by pooling adjacent violators, each weighted by its
 * `sent`, over the destination and the hops that lose no more than it, nor than any such hop behind
 * them. What a hop that is left out loses is its own silence, or loss of its answers' way back; it
 * takes the value of the next one. */
#ifndef HT_HISTORY_PATH_LOSS_H
#define HT_HISTORY_PATH_LOSS_H

#include <stdbool.h>
#include <stddef.h>

#include "history/counts.h"

/* True if `hop` loses more than `than`, by an exact test of 5 % (base/exact_test.h). */
bool ht_loses_more(struct ht_counts hop, struct ht_counts than);

/* Sets percent[i] to the loss of the path up to hops[i] and percent[count] to the destination's, 0
 * to 100 and rising. `hops`: by rising ttl, before the destination; those without an answer are
 * left out. At most 255. Something was sent to the destination. */
void ht_path_loss(const struct ht_counts *hops, size_t count, struct ht_counts destination,
                  float *percent);

#endif
