#include "model/refusal.h"

#include <stddef.h>

#include "hoptrace/address.h"

/* The row for all other codes of a type, behind the rows of its codes. */
#define ANY_CODE (-1)

/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1; RFC 4443 section 3, RFC 6550,
 * RFC 7112, RFC 8883, RFC 8986. */
static const struct {
    uint8_t ip_version;
    uint8_t type;
    int16_t code;
    const char *words;
} refusals[] = {
    {HT_IPV4, 3, 0, "network unreachable"},
    {HT_IPV4, 3, 1, "host unreachable"},
    {HT_IPV4, 3, 2, "protocol unreachable"},
    {HT_IPV4, 3, 3, "port unreachable"},
    {HT_IPV4, 3, 4, "fragmentation needed"},
    {HT_IPV4, 3, 5, "source route failed"},
    {HT_IPV4, 3, 6, "destination network unknown"},
    {HT_IPV4, 3, 7, "destination host unknown"},
    {HT_IPV4, 3, 8, "source host isolated"},
    {HT_IPV4, 3, 9, "communication with destination network administratively prohibited"},
    {HT_IPV4, 3, 10, "communication with destination host administratively prohibited"},
    {HT_IPV4, 3, 11, "network unreachable for type of service"},
    {HT_IPV4, 3, 12, "host unreachable for type of service"},
    {HT_IPV4, 3, 13, "communication administratively prohibited"},
    {HT_IPV4, 3, 14, "host precedence violation"},
    {HT_IPV4, 3, 15, "precedence cutoff in effect"},
    {HT_IPV4, 3, ANY_CODE, "destination unreachable"},
    {HT_IPV4, 12, 0, "parameter problem: erroneous header field"},
    {HT_IPV4, 12, 1, "parameter problem: required option missing"},
    {HT_IPV4, 12, 2, "parameter problem: bad length"},
    {HT_IPV4, 12, ANY_CODE, "parameter problem"},
    {HT_IPV6, 1, 0, "no route to destination"},
    {HT_IPV6, 1, 1, "communication with destination administratively prohibited"},
    {HT_IPV6, 1, 2, "beyond scope of source address"},
    {HT_IPV6, 1, 3, "address unreachable"},
    {HT_IPV6, 1, 4, "port unreachable"},
    {HT_IPV6, 1, 5, "source address failed ingress/egress policy"},
    {HT_IPV6, 1, 6, "reject route to destination"},
    {HT_IPV6, 1, 7, "error in source routing header"},
    {HT_IPV6, 1, 8, "headers too long"},
    {HT_IPV6, 1, ANY_CODE, "destination unreachable"},
    {HT_IPV6, 2, ANY_CODE, "packet too big"},
    {HT_IPV6, 4, 0, "parameter problem: erroneous header field"},
    {HT_IPV6, 4, 1, "parameter problem: unrecognized next header type"},
    {HT_IPV6, 4, 2, "parameter problem: unrecognized IPv6 option"},
    {HT_IPV6, 4, 3, "parameter problem: first fragment has incomplete IPv6 header chain"},
    {HT_IPV6, 4, 4, "parameter problem: SR upper-layer header error"},
    {HT_IPV6, 4, 5, "parameter problem: unrecognized next header type by intermediate node"},
    {HT_IPV6, 4, 6, "parameter problem: extension header too big"},
    {HT_IPV6, 4, 7, "parameter problem: extension header chain too long"},
    {HT_IPV6, 4, 8, "parameter problem: too many extension headers"},
    {HT_IPV6, 4, 9, "parameter problem: too many options in extension header"},
    {HT_IPV6, 4, 10, "parameter problem: option too big"},
    {HT_IPV6, 4, ANY_CODE, "parameter problem"},
};

#define REFUSAL_COUNT (sizeof refusals / sizeof refusals[0])
_Static_assert(REFUSAL_COUNT <= HT_REFUSAL_MAX, "each refusal has its number");

uint8_t ht_refusal_of(uint8_t ip_version, int type, int code)
{
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        if (refusals[i].ip_version == ip_version && refusals[i].type == type &&
            (refusals[i].code == code || refusals[i].code == ANY_CODE))
            return (uint8_t)(i + 1);
    }
    return 0;
}

const char *ht_refusal_words(uint8_t refusal)
{
    return refusal > 0 && refusal <= REFUSAL_COUNT ? refusals[refusal - 1].words : NULL;
}
