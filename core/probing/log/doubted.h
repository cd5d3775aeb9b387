/* Answers that are not believed, or not yet. */
#ifndef HT_PROBING_DOUBTED_H
#define HT_PROBING_DOUBTED_H

#include <stdint.h>

struct ht_held;

struct ht_doubted {
    struct ht_held *held; /* owned: answers that need more evidence, see held.h; NULL: none */
    uint32_t forged;      /* answers that named this flow and were refused */
    uint32_t untold;      /* unnamed answers to SYNs that were voided and sent again: each is to one
                             of these SYNs, unknown to which */
};

#endif
