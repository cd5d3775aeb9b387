/* Repeatable randomness: a mixing function for decisions that belong to a thing
 * (is router 17 silent?), and a stream for those that belong to a moment (is this
 * answer lost?). */
#ifndef SIMNET_RNG_H
#define SIMNET_RNG_H

#include <stdint.h>

/* splitmix64's finaliser: every bit of the result depends on every bit of x. */
static inline uint64_t mix64(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15U;
    return mix64(rng->state);
}

/* A number in [0, 1) out of 64 random bits. */
static inline double unit_interval(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

#endif
