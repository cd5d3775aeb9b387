/* A set of small numbers, as those of a target's flows. */
#ifndef HT_BASE_FLOW_SET_H
#define HT_BASE_FLOW_SET_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers 0 to HT_FLOW_SET_MAX - 1; no set has a larger one. */
#define HT_FLOW_SET_MAX 512

/* {0}: empty. */
struct ht_flow_set {
    uint64_t words[HT_FLOW_SET_MAX / 64];
};

static inline void ht_flow_set_add(struct ht_flow_set *set, unsigned number)
{
    if (number < HT_FLOW_SET_MAX)
        set->words[number / 64] |= UINT64_C(1) << number % 64;
}

static inline bool ht_flow_set_has(const struct ht_flow_set *set, unsigned number)
{
    return number < HT_FLOW_SET_MAX && (set->words[number / 64] >> number % 64 & 1) != 0;
}

/* The lowest number of the set that is `from` or more; HT_FLOW_SET_MAX: there is none. */
static inline uint16_t ht_flow_set_next(const struct ht_flow_set *set, unsigned from)
{
    for (unsigned word = from / 64; word < HT_FLOW_SET_MAX / 64; word++) {
        uint64_t rest = set->words[word] & (UINT64_MAX << (word == from / 64 ? from % 64 : 0));
        if (rest != 0)
            return (uint16_t)(64 * word + (unsigned)__builtin_ctzll(rest));
    }
    return HT_FLOW_SET_MAX;
}

#endif
