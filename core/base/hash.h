/* Two hashes: FNV-1a where the interface names it (path_id), and a keyed one for input that
 * strangers may choose. */
#ifndef HT_BASE_HASH_H
#define HT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HT_FNV1A_START UINT32_C(2166136261)

/* FNV-1a, 32 bit, continued from `hash` (begin with HT_FNV1A_START). */
static inline uint32_t ht_fnv1a(uint32_t hash, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT32_C(16777619);
    return hash;
}

/* SipHash-1-3 of `length` bytes under a 128-bit key: without the key one can neither choose inputs
 * that collide nor predict the value. (Its paper proposes 2-4, with a wide margin; language
 * runtimes use 1-3 for strings from strangers. It is computed twice for each probe.) */
uint64_t ht_siphash(const uint64_t key[2], const uint8_t *bytes, size_t length);

/* The same of the 16 bytes of two numbers, little-endian, without memory in between: bytes that
 * were written just before are slow to read as words. */
uint64_t ht_siphash_two(const uint64_t key[2], uint64_t first, uint64_t second);

#endif
