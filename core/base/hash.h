/* Two hashes: FNV-1a where the interface names it, and a keyed one for what strangers may feed. */
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

/* SipHash-1-3 of `length` bytes under a 128-bit key: nobody who does not know the key can choose
 * inputs that collide, nor foretell the value. (Its paper proposes 2-4, with a wide margin; 1-3 is
 * what language runtimes take for strings from strangers. Every probe pays for it twice.) */
uint64_t ht_siphash(const uint64_t key[2], const uint8_t *bytes, size_t length);

/* The same of the 16 bytes of two numbers, little-endian: bytes that were only just written are
 * slow to read. */
uint64_t ht_siphash_two(const uint64_t key[2], uint64_t first, uint64_t second);

#endif
