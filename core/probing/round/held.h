/* Answers that cannot be put down to one probe, or cannot be believed, by themselves: they are held
 * until more is known.
 *
 * A TCP destination's answer without a timestamp (a reset, some SYN-ACKs) says which flow it
 * belongs to, but not which of its SYNs. It is the answer to the only one that it can be an answer
 * to, once routers have answered the others. As long as there are several, nobody is named; when
 * none of them can be expected to answer any more, all are sent again, and from then on one by one.
 *
 * A quote that shows something rewritten, and names a probe otherwise, is believed when it is
 * rewritten just as another probe's is, since middleboxes do that alike for all of a flow: a
 * firewall's TCP sequence numbers differ by the same number; a translator's UDP checksums by the
 * same difference, or in the same bits. Where UDP checksums are made up, lengths alone have to do:
 * several in a row that are right, out of many that might be shown.
 *
 * A quote that shows few bits that are its probe's alone is believed once its sender's quote of
 * another probe of the same ttl is as right: guesses are wrong so often that they give themselves
 * away. */
#ifndef HT_PROBING_HELD_H
#define HT_PROBING_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Why an answer is held. */
enum ht_held_kind {
    HT_HELD_UNNAMED,   /* it does not name its probe */
    HT_HELD_REWRITTEN, /* it shows something that was rewritten, if it is no lie */
    HT_HELD_WEAK       /* it shows less than a forger would have to guess */
};

/* Holds an answer to `probe` (unnamed: to any that may have reached the destination). The
 * reply is copied, its extension too, its payload is not. Without memory the round is out of it. */
void ht_held_keep(struct ht_round *round, enum ht_held_kind kind, const struct ht_reply *reply,
                  uint32_t probe, int64_t received_ns, bool kernel_stamp);

/* True if an answer to this probe is held: it has not been lost. */
bool ht_held_has(const struct ht_doubted *doubted, uint32_t probe);

/* Frees what is held, if anything is. */
void ht_held_free(struct ht_doubted *doubted);

#endif
