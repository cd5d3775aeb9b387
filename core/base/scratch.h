/* Scratch space that is kept from one use to the next. */
#ifndef HT_BASE_SCRATCH_H
#define HT_BASE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes *items, which malloc gave, hold `count` elements of `size` bytes; the content need not
 * survive. False: no memory, everything is as it was. */
bool ht_scratch_reserve(void **items, size_t size, size_t *capacity, size_t count);

#endif
