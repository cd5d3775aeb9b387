#include "engine/room.h"

#include <stdlib.h>
#include <string.h>

/* True if an array is (still) in the trace's room. */
static bool in_room(const struct ht_trace *trace, const void *items)
{
    const struct ht_trace_room *room = trace->room;
    return room != NULL && (items == room->probes || items == room->hops || items == room->nodes);
}

void ht_room_free(const struct ht_trace *trace, void *items)
{
    if (!in_room(trace, items))
        free(items);
}

bool ht_room_grow(const struct ht_trace *trace, void **items, size_t size, size_t *capacity,
                  size_t needed, size_t limit)
{
    if (needed <= *capacity)
        return true;
    size_t wanted = *capacity * 2 > needed ? *capacity * 2 : needed;
    if (wanted < HT_TRACE_ROOM)
        wanted = HT_TRACE_ROOM;
    if (wanted > limit)
        wanted = limit;
    if (needed > wanted)
        return false;
    bool first = in_room(trace, *items);
    void *grown = first ? malloc(wanted * size) : realloc(*items, wanted * size);
    if (grown == NULL)
        return false;
    if (first)
        memcpy(grown, *items, *capacity * size);
    *items = grown;
    *capacity = wanted;
    return true;
}
