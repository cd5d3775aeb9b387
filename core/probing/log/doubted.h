/* Answers that were not taken, or not yet. */
#ifndef HT_PROBING_DOUBTED_H
#define HT_PROBING_DOUBTED_H

#include <stdint.h>

struct ht_held;

struct ht_doubted {
    struct ht_held *held; /* owned: those that wait for more to be known; NULL: none do */
    uint32_t forged;      /* answers that named this flow and were refused */
    uint32_t untold;      /* answers to probes that were sent again, not known to which */
};

#endif
