/* Arrays that begin in storage of their owner and move to allocated memory when they outgrow it. */
#ifndef HT_BASE_INLINE_ARRAY_H
#define HT_BASE_INLINE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* How an array grows. */
struct ht_inline_growth {
    const void *storage; /* the owner's storage; NULL: all is allocated */
    size_t size;         /* bytes of an element */
    size_t least;        /* elements of the first array that is allocated */
    size_t limit;        /* most elements that an array may have */
};

/* Makes the array at *items hold `needed` elements, at least doubling it. False: no memory, or more
 * than the limit; the array stays as it is. */
bool ht_inline_array_grow(const struct ht_inline_growth *growth, void **items, size_t *capacity,
                          size_t needed);

/* Frees an array unless it is in its owner's storage. */
void ht_inline_array_free(const void *storage, void *items);

#endif
