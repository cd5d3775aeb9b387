/* Fisher's exact test, one-sided. Pure. */
#ifndef HT_BASE_EXACT_TEST_H
#define HT_BASE_EXACT_TEST_H

#include <stdbool.h>
#include <stdint.h>

/* True if `lost` of `sent` is more than `others_lost` of `others_sent`: of all ways to spread what
 * both lost over what both sent, at most the share `level` (above 0, below 1) gives the first this
 * much or more. lost <= sent, likewise the others. */
bool ht_loses_significantly(uint32_t lost, uint32_t sent, uint32_t others_lost,
                            uint32_t others_sent, double level);

#endif
