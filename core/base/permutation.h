/* A keyed permutation of 16-bit numbers: without the key the images of some numbers do not tell the
 * images of others, and the images of 65,536 numbers in a row all differ.
 *
 * A Feistel network of four rounds over two bytes (Luby and Rackoff: with four rounds of functions
 * that look random it looks like a random permutation, even to an attacker who may ask for images
 * and inverse images). Each round has 32 bits of the key. */
#ifndef HT_BASE_PERMUTATION_H
#define HT_BASE_PERMUTATION_H

#include <stdint.h>

struct ht_permutation {
    uint32_t round_keys[4];
};

/* `first` and `second`: the key, 128 bits that look random. */
static inline struct ht_permutation ht_permutation_of(uint64_t first, uint64_t second)
{
    return (struct ht_permutation){
        {(uint32_t)first, (uint32_t)(first >> 32), (uint32_t)second, (uint32_t)(second >> 32)}};
}

/* Both constants are those of MurmurHash3's finalizer. */
static inline uint16_t ht_permutation_round(uint32_t round_key, uint16_t half)
{
    uint32_t mixed = (round_key ^ half) * UINT32_C(0x85ebca6b);
    mixed = (mixed ^ round_key ^ mixed >> 13) * UINT32_C(0xc2b2ae35);
    return (uint16_t)(mixed >> 24);
}

/* The image of a number of two halves of `bits` bits each. Each tweak makes another permutation
 * under the same key. */
static inline uint16_t ht_permute_halves(const struct ht_permutation *permutation, uint32_t tweak,
                                         unsigned bits, uint16_t number)
{
    uint16_t mask = (uint16_t)((1U << bits) - 1);
    uint16_t left = (uint16_t)(number >> bits);
    uint16_t right = number & mask;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t round_key = permutation->round_keys[i] ^ tweak;
        uint16_t next = left ^ (ht_permutation_round(round_key, right) & mask);
        left = right;
        right = next;
    }
    return (uint16_t)(left << bits | right);
}

static inline uint16_t ht_permute_halves_back(const struct ht_permutation *permutation,
                                              uint32_t tweak, unsigned bits, uint16_t number)
{
    uint16_t mask = (uint16_t)((1U << bits) - 1);
    uint16_t left = (uint16_t)(number >> bits);
    uint16_t right = number & mask;
    for (unsigned i = 4; i-- > 0;) {
        uint32_t round_key = permutation->round_keys[i] ^ tweak;
        uint16_t before = right ^ (ht_permutation_round(round_key, left) & mask);
        right = left;
        left = before;
    }
    return (uint16_t)(left << bits | right);
}

/* The image of a 16-bit number; its inverse image. */
static inline uint16_t ht_permute(const struct ht_permutation *permutation, uint32_t tweak,
                                  uint16_t number)
{
    return ht_permute_halves(permutation, tweak, 8, number);
}

static inline uint16_t ht_permute_back(const struct ht_permutation *permutation, uint32_t tweak,
                                       uint16_t number)
{
    return ht_permute_halves_back(permutation, tweak, 8, number);
}

/* The same of an 8-bit number. */
static inline uint8_t ht_permute_byte(const struct ht_permutation *permutation, uint32_t tweak,
                                      uint8_t number)
{
    return (uint8_t)ht_permute_halves(permutation, tweak, 4, number);
}

static inline uint8_t ht_permute_byte_back(const struct ht_permutation *permutation, uint32_t tweak,
                                           uint8_t number)
{
    return (uint8_t)ht_permute_halves_back(permutation, tweak, 4, number);
}

#endif
