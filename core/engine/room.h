/* The arrays of a trace: first in the room that its round has for it, in memory of their own once
 * they need more. */
#ifndef HT_ENGINE_ROOM_H
#define HT_ENGINE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/trace.h"

/* Makes the array at *items hold `needed` elements, at least doubling it. False: no memory, or
 * more than `limit`. */
bool ht_room_grow(const struct ht_trace *trace, void **items, size_t size, size_t *capacity,
                  size_t needed, size_t limit);

/* Frees an array, unless it is in the trace's room. */
void ht_room_free(const struct ht_trace *trace, void *items);

#endif
