/* Scratch space: an array that is kept from one use to the next, without its content. */
#ifndef HT_BASE_SCRATCH_H
#define HT_BASE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes *items (allocated by malloc, or NULL) hold `count` elements of `size` bytes; the content is
 * lost if it grows. False: no memory, *items and *capacity are as they were. */
bool ht_scratch_reserve(void **items, size_t size, size_t *capacity, size_t count);

#endif
