#include "base/hash.h"

#include <endian.h>
#include <string.h>

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
    return (value << bits) | (value >> (64 - bits));
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/* Up to 8 bytes, little-endian as the algorithm defines it. */
static inline uint64_t load_le(const uint8_t *bytes, size_t length)
{
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    return le64toh(word);
}

static inline struct sip sip_begin(const uint64_t key[2])
{
    return (struct sip){.v0 = key[0] ^ UINT64_C(0x736f6d6570736575),
                        .v1 = key[1] ^ UINT64_C(0x646f72616e646f6d),
                        .v2 = key[0] ^ UINT64_C(0x6c7967656e657261),
                        .v3 = key[1] ^ UINT64_C(0x7465646279746573)};
}

/* `rest`: the bytes after the last whole word. */
static inline uint64_t sip_end(struct sip *s, uint64_t rest, size_t length)
{
    sip_word(s, rest | ((uint64_t)length << 56));
    s->v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t ht_siphash(const uint64_t key[2], const uint8_t *bytes, size_t length)
{
    struct sip s = sip_begin(key);
    size_t whole = length / 8 * 8;
    for (size_t i = 0; i < whole; i += 8)
        sip_word(&s, load_le(bytes + i, 8));
    return sip_end(&s, load_le(bytes + whole, length - whole), length);
}

uint64_t ht_siphash_two(const uint64_t key[2], uint64_t first, uint64_t second)
{
    struct sip s = sip_begin(key);
    sip_word(&s, first);
    sip_word(&s, second);
    return sip_end(&s, 0, 16);
}
