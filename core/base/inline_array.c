#include "base/inline_array.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void ht_inline_array_free(const void *storage, void *items)
{
    if (items != storage)
        free(items);
}

bool ht_inline_array_grow(const struct ht_inline_growth *growth, void **items, size_t *capacity,
                          size_t needed)
{
    if (needed <= *capacity)
        return true;
    size_t wanted = *capacity * 2 > needed ? *capacity * 2 : needed;
    if (wanted < growth->least)
        wanted = growth->least;
    if (wanted > growth->limit)
        wanted = growth->limit;
    if (needed > wanted)
        return false;
    HT_ASSERT(growth->size > 0);
    bool stored = *items != NULL && *items == growth->storage;
    void *grown = stored ? malloc(wanted * growth->size) : realloc(*items, wanted * growth->size);
    if (grown == NULL)
        return false;
    if (stored)
        memcpy(grown, *items, *capacity * growth->size);
    *items = grown;
    *capacity = wanted;
    return true;
}
