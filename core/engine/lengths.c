#include "engine/lengths.h"

/* From so many paths on something is known; of one in so many the end may lie before common_ttl;
 * of so many paths the older ones lose half their weight. */
#define LEAST_PATHS 16
#define ONE_IN      8
#define MOST_PATHS  4096

static void age(struct ht_lengths *lengths)
{
    lengths->total = 0;
    for (unsigned ttl = 0; ttl < 256; ttl++) {
        lengths->count[ttl] /= 2;
        lengths->total += lengths->count[ttl];
    }
}

static uint8_t common_ttl(const struct ht_lengths *lengths)
{
    uint32_t shorter = 0;
    unsigned ttl = 0;
    while (ttl < UINT8_MAX && (shorter + lengths->count[ttl]) * ONE_IN <= lengths->total)
        shorter += lengths->count[ttl++];
    return (uint8_t)ttl;
}

void ht_lengths_add(struct ht_lengths *lengths, uint8_t destination_ttl)
{
    lengths->count[destination_ttl]++;
    lengths->total++;
    if (lengths->total >= MOST_PATHS)
        age(lengths);
    if (lengths->total >= LEAST_PATHS)
        lengths->common_ttl = common_ttl(lengths);
}
