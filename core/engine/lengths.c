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
    for (unsigned i = 0; i < 2 * HT_DETOUR_MAX; i++)
        lengths->detours[i] /= 2;
}

static uint8_t common_ttl(const struct ht_lengths *lengths)
{
    uint32_t shorter = 0;
    unsigned ttl = 0;
    while (ttl < UINT8_MAX && (shorter + lengths->count[ttl]) * ONE_IN <= lengths->total)
        shorter += lengths->count[ttl++];
    return (uint8_t)ttl;
}

/* The most frequent one stands for all. */
static void add_detour(struct ht_lengths *lengths, int detour)
{
    if (detour < -HT_DETOUR_MAX || detour >= HT_DETOUR_MAX)
        return;
    uint32_t count = ++lengths->detours[HT_DETOUR_MAX + detour];
    if (count > lengths->detours[HT_DETOUR_MAX + lengths->detour])
        lengths->detour = (int8_t)detour;
}

void ht_lengths_add(struct ht_lengths *lengths, uint8_t destination_ttl, uint8_t way_back)
{
    if (way_back != 0)
        add_detour(lengths, way_back - destination_ttl);
    lengths->count[destination_ttl]++;
    lengths->total++;
    if (destination_ttl > lengths->longest_ttl)
        lengths->longest_ttl = destination_ttl;
    if (lengths->shortest_ttl == 0 || destination_ttl < lengths->shortest_ttl)
        lengths->shortest_ttl = destination_ttl;
    if (lengths->total >= MOST_PATHS)
        age(lengths);
    if (lengths->total >= LEAST_PATHS)
        lengths->common_ttl = common_ttl(lengths);
}

uint8_t ht_lengths_mostly(const struct ht_lengths *lengths, uint8_t ttl)
{
    uint32_t longer = 0, ended = 0;
    if (lengths->common_ttl == 0 || ttl >= lengths->longest_ttl)
        return 0;
    for (unsigned i = ttl + 1U; i <= lengths->longest_ttl; i++)
        longer += lengths->count[i];
    unsigned end = ttl;
    while (end < lengths->longest_ttl && ended * 3 < longer * 2)
        ended += lengths->count[++end];
    return longer > 0 ? (uint8_t)end : 0;
}
