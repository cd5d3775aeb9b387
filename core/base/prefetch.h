/* Prefetching: memory comes into the CPU's cache ahead of its use. */
#ifndef HT_BASE_PREFETCH_H
#define HT_BASE_PREFETCH_H

#include <stddef.h>

/* Bytes of a cache line on common machines; where it is wrong, prefetching only costs time. */
#define HT_CACHE_LINE 64

/* Begins to fetch the cache lines of the `length` bytes from `start`, at any alignment, and returns
 * at once. Never faults. */
static inline void ht_prefetch(const void *start, size_t length)
{
    const char *bytes = start;
    for (size_t offset = 0; offset < length; offset += HT_CACHE_LINE)
        __builtin_prefetch(bytes + offset);
    if (length > 0)
        __builtin_prefetch(bytes + length - 1);
}

#endif
