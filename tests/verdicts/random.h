/* Chance that is the same in each run: splitmix64. */
#ifndef HT_TESTS_VERDICTS_RANDOM_H
#define HT_TESTS_VERDICTS_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_bits(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double random_share(uint64_t *seed)
{
    return (double)(random_bits(seed) >> 11) * 0x1p-53;
}

static inline bool random_chance(uint64_t *seed, double probability)
{
    return random_share(seed) < probability;
}

/* How many of `count` come about. */
static inline uint32_t random_count(uint64_t *seed, uint32_t count, double probability)
{
    uint32_t sum = 0;
    if (probability <= 0)
        return 0;
    if (probability >= 1)
        return count;
    for (uint32_t i = 0; i < count; i++)
        sum += random_chance(seed, probability);
    return sum;
}

/* Exponentially distributed, of this mean. */
static inline double random_wait(uint64_t *seed, double mean)
{
    return -mean * log(1 - random_share(seed));
}

#endif
