/* Answers that by themselves cannot be assigned to one probe, or cannot be believed: they are held
 * until there is more evidence.
 *
 * Unnamed: a TCP destination's answer without a timestamp (a reset, some SYN-ACKs) says which flow
 * it belongs to, but not which of its SYNs. Once routers have answered all other SYNs that it can
 * be an answer to, it is the answer to the one that is left. While several are left it is held;
 * when no router can be expected to answer any of them, all are sent again, and from then on one by
 * one.
 *
 * Rewritten: a quote that names a probe but shows a rewritten field is believed when the field
 * differs as in a quote of another probe, since middleboxes rewrite a flow's packets alike:
 *   firewall, TCP sequence number  by the same number
 *   translator, UDP checksum       by the same ones-complement difference, or in the same bits
 * Where UDP checksums are made up, lengths alone prove quotes: several different ones that are
 * right, out of many that a forger could have chosen.
 *
 * Weak: a quote that shows few bits that its probe alone had is believed once its sender's quote of
 * another probe of the same ttl is as right: a forger's guesses are mostly wrong, and counted. */
#ifndef HT_PROBING_HELD_H
#define HT_PROBING_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "probing/log/round_state.h"

/* Why an answer is held. */
enum ht_held_kind {
    HT_HELD_UNNAMED,   /* it does not name its probe */
    HT_HELD_REWRITTEN, /* it shows a field that was rewritten, or it is forged */
    HT_HELD_WEAK       /* it shows so few bits that a forger may have guessed them */
};

/* Holds an answer to `probe`; HT_NO_PROBE if unnamed: to any SYN that may have reached the
 * destination. The reply is copied, its extension too, its payload is not. Without memory sets the
 * round's out_of_memory. */
void ht_held_keep(struct ht_round *round, enum ht_held_kind kind, const struct ht_reply *reply,
                  uint32_t probe, int64_t received_ns, bool kernel_stamp);

/* True if an answer that names this probe is held: the probe is not lost. */
bool ht_held_has(const struct ht_doubted *doubted, uint32_t probe);

/* Frees the held answers, if there are any. */
void ht_held_free(struct ht_doubted *doubted);

#endif
