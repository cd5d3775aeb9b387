#include "base/scratch.h"

#include <stdlib.h>

bool ht_scratch_reserve(void **items, size_t size, size_t *capacity, size_t count)
{
    if (count <= *capacity)
        return true;
    size_t wanted = count + count / 2;
    void *fresh = malloc(wanted * size);
    if (fresh == NULL)
        return false;
    free(*items);
    *items = fresh;
    *capacity = wanted;
    return true;
}
