/* Structs byte by byte. */
#ifndef HT_BASE_SAME_H
#define HT_BASE_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* True if both hold the same bytes, and so the same values. False says nothing of their values:
 * what lies between members may differ. */
static inline bool ht_same_bytes(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

#endif
