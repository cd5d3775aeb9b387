#include "history/translators.h"

#include <stdint.h>

size_t ht_translators_of(const struct ht_quoted_hop *hops, size_t hop_count,
                         struct ht_translator list[static HT_QUOTED_FIELDS])
{
    uint8_t at[UINT8_MAX] = {0};
    size_t count = 0;
    uint8_t kept = 0; /* fields that this or a later hop quoted as they left */
    uint8_t left = 0; /* fields whose first hop is not found yet */
    for (size_t i = hop_count; i-- > 0;) {
        kept |= hops[i].same;
        at[i] = (uint8_t)(hops[i].modified & ~kept);
        left |= at[i];
    }
    for (size_t i = 0; i < hop_count; i++) {
        uint8_t first = at[i] & left;
        left &= (uint8_t)~first;
        if (first != 0)
            list[count++] = (struct ht_translator){.ttl = (uint8_t)(i + 1), .what = first};
    }
    return count;
}
