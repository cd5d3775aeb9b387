/* Allocated arrays to which items are added one by one. */
#ifndef HT_BASE_ARRAY_H
#define HT_BASE_ARRAY_H

#include <stddef.h>

/* The array `items` of `count` items of `size` bytes each, with room for one more: moved to twice
 * its capacity if it is full. NULL: no memory, the array is as it was. */
void *ht_array_room(void *items, size_t count, size_t *capacity, size_t size);

#endif
