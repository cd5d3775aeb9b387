/* Memory on its way into the cache ahead of its use. */
#ifndef HT_BASE_FETCH_H
#define HT_BASE_FETCH_H

#include <stddef.h>

/* Of all machines that matter; a wrong one only costs time. */
#define HT_CACHE_LINE 64

/* Begins to fetch what so many bytes from `start` touch; the last byte's line, too, wherever the
 * first one stands in its own. Never faults. */
static inline void ht_fetch(const void *start, size_t length)
{
    const char *bytes = start;
    for (size_t offset = 0; offset < length; offset += HT_CACHE_LINE)
        __builtin_prefetch(bytes + offset);
    if (length > 0)
        __builtin_prefetch(bytes + length - 1);
}

#endif
