#include "probing/rounds/hop_distance.h"

/* LEAST_PATHS: paths that make a common_ttl known. SHORTER_ONE_IN: at most one path of this many
 * ends before common_ttl, and wastes probes, while the others are probed at once up to there.
 * MOST_PATHS: paths at which all counts are halved, so that older paths weigh less. */
#define LEAST_PATHS    16
#define SHORTER_ONE_IN 8
#define MOST_PATHS     4096

static void age(struct ht_hop_distances *distances)
{
    distances->total = 0;
    for (unsigned ttl = 0; ttl < 256; ttl++) {
        distances->count[ttl] /= 2;
        distances->total += distances->count[ttl];
    }
    for (unsigned i = 0; i < 2 * HT_ASYMMETRY_MAX; i++)
        distances->asymmetries[i] /= 2;
}

static uint8_t common_ttl(const struct ht_hop_distances *distances)
{
    uint32_t shorter = 0;
    unsigned ttl = 0;
    while (ttl < UINT8_MAX &&
           (shorter + distances->count[ttl]) * SHORTER_ONE_IN <= distances->total)
        shorter += distances->count[ttl++];
    return (uint8_t)ttl;
}

/* Counts an asymmetry; the most frequent one stands for all. */
static void add_asymmetry(struct ht_hop_distances *distances, int asymmetry)
{
    if (asymmetry < -HT_ASYMMETRY_MAX || asymmetry >= HT_ASYMMETRY_MAX)
        return;
    uint32_t count = ++distances->asymmetries[HT_ASYMMETRY_MAX + asymmetry];
    if (count > distances->asymmetries[HT_ASYMMETRY_MAX + distances->asymmetry])
        distances->asymmetry = (int8_t)asymmetry;
}

void ht_hop_distances_add(struct ht_hop_distances *distances, uint8_t destination_ttl,
                          uint8_t way_back)
{
    if (way_back != 0)
        add_asymmetry(distances, way_back - destination_ttl);
    distances->count[destination_ttl]++;
    distances->total++;
    if (destination_ttl > distances->longest_ttl)
        distances->longest_ttl = destination_ttl;
    if (distances->shortest_ttl == 0 || destination_ttl < distances->shortest_ttl)
        distances->shortest_ttl = destination_ttl;
    if (distances->total >= MOST_PATHS)
        age(distances);
    if (distances->total >= LEAST_PATHS)
        distances->common_ttl = common_ttl(distances);
}

uint8_t ht_hop_distances_mostly(const struct ht_hop_distances *distances, uint8_t ttl)
{
    uint32_t longer = 0, ended = 0;
    if (distances->common_ttl == 0 || ttl >= distances->longest_ttl)
        return 0;
    for (unsigned i = ttl + 1U; i <= distances->longest_ttl; i++)
        longer += distances->count[i];
    unsigned end = ttl;
    while (end < distances->longest_ttl && ended * 3 < longer * 2)
        ended += distances->count[++end];
    return longer > 0 ? (uint8_t)end : 0;
}
