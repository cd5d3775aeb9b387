/* The held answers, for the verdicts on them (held_verdict.c, unnamed.c, rewritten.c). */
#ifndef HT_PROBING_HELD_ANSWERS_H
#define HT_PROBING_HELD_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/round/held.h"
#include "wire/reply.h"

/* Bytes of an extension with the longest label stack (RFC 4950: 68) and the largest objects of
 * HT_INTERFACES_MAX interfaces (RFC 5837: 96 each), with its own header. */
#define HT_HELD_EXTENSION_MAX (4 + 68 + 96 * HT_INTERFACES_MAX)

/* Rewritings that are believed at a time, the newest ones: a firewall may choose another one for
 * each connection. */
#define HT_BELIEVED_MAX 4

/* How a rewritten field differs from what was sent:
 *   TCP  the difference of the sequence numbers
 *   UDP  upper half: the bits in which the checksums differ
 *        lower half: the difference of the checksums (RFC 1624)
 * `mask` has the bits of `change` that are the same in all quotes of a rewriting. */
struct ht_rewriting {
    uint32_t change;
    uint32_t mask;
};

/* Wrong answers that name this flow and may be an accident. With more of them a forger guesses: a
 * second weak or rewritten quote proves nothing any more. Of 6 guesses at 16 bits, while 30 probes
 * are awaited, 2 are right for one ttl once in 5 million times. */
#define HT_FORGED_FEW 4

struct ht_held_answer {
    struct ht_reply reply; /* without its payload; the extension is below */
    int64_t received_ns;
    enum ht_held_kind kind;
    uint32_t probe;    /* index; HT_NO_PROBE: unknown */
    uint32_t change;   /* of a rewritten one, see ht_rewriting */
    bool kernel_stamp; /* received_ns is the kernel's */
    bool asked_more;   /* its hop was sent one more probe, for a second quote like it */
    uint8_t extension[HT_HELD_EXTENSION_MAX];
};

struct ht_held {
    size_t count;
    size_t capacity;
    uint32_t lapsed;       /* unnamed answers that were forgotten for want of room */
    size_t believed_count; /* rewritings ever believed; the last HT_BELIEVED_MAX still are */
    uint32_t by_length;    /* answers that were believed by their lengths alone */
    uint8_t believed_ttl;  /* lower ttl of the two quotes that the last rewriting was believed by */
    uint8_t asked_more;    /* rewritten answers with asked_more */
    struct ht_rewriting believed[HT_BELIEVED_MAX];
    struct ht_held_answer answers[];
};

/* What becomes of one answer. */
enum ht_held_verdict {
    HT_HELD_WAITS,                  /* it stays held */
    HT_HELD_ANSWERS,                /* it answers answer->probe */
    HT_HELD_IS_NOTHING,             /* it is to be forgotten */
    HT_HELD_ALL_UNNAMED_ARE_NOTHING /* it has been forgotten already, with all unnamed ones */
};

/* Forgets the answer at this index; the ones behind it move up. */
void ht_held_forget(struct ht_held *held, size_t index);

#endif
