#include "config/shard.h"

#include <stddef.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t add_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

/* FNV-1a over what all hosts' weights of a name begin with: its bytes and its terminator. */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = FNV_BASIS;
    for (size_t i = 0; name[i] != '\0'; i++)
        hash = add_byte(hash, (uint8_t)name[i]);
    return add_byte(hash, 0);
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    x ^= x >> 33;
    return x;
}

/* Decimal digits of a number of 16 bits, the first one first. */
static uint64_t add_host(uint64_t hash, unsigned host)
{
    unsigned divisor = 10000;
    while (divisor > 1 && host < divisor)
        divisor /= 10;
    for (; divisor > 0; divisor /= 10)
        hash = add_byte(hash, (uint8_t)('0' + host / divisor % 10));
    return mix(hash);
}

uint64_t ht_shard_weight(const char *name, uint16_t host)
{
    return add_host(hash_name(name), host);
}

/* The first host with a greater weight ends the search: some ln(hosts) of them are looked at on
 * average. */
bool ht_shard_has(const struct ht_shard *shard, const char *name)
{
    if (shard->hosts <= 1)
        return true;
    uint64_t hash = hash_name(name);
    uint64_t own = add_host(hash, shard->host);
    for (unsigned host = 1; host <= shard->hosts; host++) {
        uint64_t weight = add_host(hash, host);
        if (weight > own || (weight == own && host < shard->host))
            return false;
    }
    return true;
}
