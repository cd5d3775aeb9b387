/* What is held, for those who judge it. */
#ifndef HT_PROBING_HELD_ANSWERS_H
#define HT_PROBING_HELD_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/round/held.h"
#include "wire/reply.h"

/* Room for an extension with the longest label stack (RFC 4950) and an interface (RFC 5837). */
#define HT_HELD_EXTENSION_MAX 144

/* Ways of rewriting that are believed at a time: a firewall begins anew with each connection. */
#define HT_BELIEVED_MAX 4

/* How what was rewritten differs from what was sent, and what of this number says so. */
struct ht_rewriting {
    uint32_t change;
    uint32_t mask;
};

/* More answers that name this flow and are wrong are no accident: somebody guesses. Of 6 guesses at
 * 16 bits, while 30 probes wait, 2 are right for one ttl once in 5 million times. */
#define HT_FORGED_FEW 4

struct ht_held_answer {
    struct ht_reply reply; /* without its payload; the extension stands below */
    int64_t received_ns;
    enum ht_held_kind kind;
    uint32_t probe; /* HT_NO_PROBE: which one is not known */
    uint32_t change;
    bool kernel_stamp;
    bool asked_more; /* its hop was asked for one that is rewritten alike */
    uint8_t extension[HT_HELD_EXTENSION_MAX];
};

struct ht_held {
    size_t count;
    size_t capacity;
    uint32_t lapsed;       /* answers that name no probe, and went for want of room */
    size_t believed_count; /* those that are not believed any more included */
    uint32_t by_length;    /* answers that only their lengths told, and that were believed */
    uint8_t believed_ttl;  /* lowest one at which a rewriting was believed */
    uint8_t asked_more;
    struct ht_rewriting believed[HT_BELIEVED_MAX];
    struct ht_held_answer answers[];
};

/* What becomes of one answer. */
enum ht_held_verdict {
    HT_HELD_WAITS,
    HT_HELD_ANSWERS,
    HT_HELD_IS_NOTHING,
    HT_HELD_ALL_UNNAMED_ARE_NOTHING /* it has been forgotten already, with all that name no probe */
};

/* Lets go of the answer at this index; the ones after it move up. */
void ht_held_forget(struct ht_held *held, size_t index);

#endif
