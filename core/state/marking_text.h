/* What is known of a path's marking (history/marking.h) in the state file:
 *
 *     {"last":12,"cleared_quotes":"10","true_quotes":"ee0f","changes":[[4,5,185,1],...]}
 *
 * Bits by ttl as bytes in hexadecimal, up to the last one that is not 0; of each change the ttls
 * after which and at which it is, and the values. */
#ifndef HT_STATE_MARKING_TEXT_H
#define HT_STATE_MARKING_TEXT_H

#include "base/bytes.h"
#include "base/text.h"
#include "history/marking.h"

/* Appends it. */
void ht_marking_text_put(struct ht_text *text, const struct ht_marking_path *marking);

/* Reads it into an empty one of packets that leave with this TOS; what no rounds can have made
 * fails the reader. */
void ht_marking_text_read(struct ht_reader *in, uint8_t sent, struct ht_marking_path *marking);

#endif
