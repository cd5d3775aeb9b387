#include "dns/preference.h"

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* RFC 6724 section 2.1, longest prefixes first; the precedence follows from the label. */
static const struct {
    uint8_t prefix[16];
    uint8_t bits;
    uint8_t label;
} policies[] = {
    {{[15] = 1}, 128, 0},                /* ::1 */
    {{[10] = 0xff, [11] = 0xff}, 96, 4}, /* ::ffff:0:0, and IPv4 */
    {{0}, 96, 3},                        /* :: */
    {{0x20, 0x01}, 32, 5},               /* 2001:: */
    {{0x20, 0x02}, 16, 2},               /* 2002:: */
    {{0x3f, 0xfe}, 16, 12},              /* 3ffe:: */
    {{0xfe, 0xc0}, 10, 11},              /* fec0:: */
    {{0xfc}, 7, 13},                     /* fc00:: */
    {{0}, 0, 1},
};

#define IPV4_LABEL 4

static unsigned common_bits(const uint8_t *a, const uint8_t *b, unsigned most)
{
    unsigned bits = 0;
    while (bits < most && ((a[bits / 8] ^ b[bits / 8]) >> (7 - bits % 8) & 1) == 0)
        bits++;
    return bits;
}

static uint8_t label_of(const struct ht_address *address)
{
    size_t i = 0;
    if (address->version != HT_IPV6)
        return IPV4_LABEL;
    while (common_bits(address->bytes, policies[i].prefix, policies[i].bits) < policies[i].bits)
        i++;
    return policies[i].label;
}

/* Section 3.1 and 3.2; site-local ones have a label of their own. */
static bool is_of_link(const struct ht_address *address)
{
    bool ipv4 = address->version == HT_IPV4;
    return ht_address_is_loopback(address) || ht_address_is_link_local(address) ||
           (ipv4 && address->bytes[0] == 169 && address->bytes[1] == 254);
}

bool ht_preference_equal(const struct ht_address *a, const struct ht_address *b)
{
    return a->version == b->version && label_of(a) == label_of(b) && is_of_link(a) == is_of_link(b);
}

unsigned ht_preference_common_bits(const struct ht_address *a, const struct ht_address *b)
{
    if (a->version != HT_IPV6 || b->version != HT_IPV6)
        return 0;
    return common_bits(a->bytes, b->bytes, 128);
}
