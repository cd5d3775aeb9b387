#include "address.h"

#include "bytes.h"
#include "rng.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct address address_from_ipv4(const uint8_t bytes[4])
{
    struct address address;

    memcpy(address.bytes, MAPPED, sizeof MAPPED);
    memcpy(address.bytes + 12, bytes, 4);
    return address;
}

struct address address_ipv4(uint32_t host_order)
{
    uint8_t bytes[4];

    put32(bytes, host_order);
    return address_from_ipv4(bytes);
}

struct address address_from_ipv6(const uint8_t bytes[16])
{
    struct address address;

    memcpy(address.bytes, bytes, sizeof address.bytes);
    return address;
}

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, MAPPED, sizeof MAPPED) == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

uint64_t address_hash(const struct address *address)
{
    uint64_t high, low;

    memcpy(&high, address->bytes, sizeof high);
    memcpy(&low, address->bytes + 8, sizeof low);
    return mix64(mix64(high) ^ low);
}

bool address_parse(struct address *address, const char *text)
{
    uint8_t bytes[16];

    if (inet_pton(AF_INET, text, bytes) == 1) {
        *address = address_from_ipv4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *address = address_from_ipv6(bytes);
        return !address_is_ipv4(address);
    }
    return false;
}

const char *address_format(const struct address *address, char text[ADDRESS_TEXT])
{
    const char *done;

    if (address_is_ipv4(address))
        done = inet_ntop(AF_INET, address->bytes + 12, text, ADDRESS_TEXT);
    else
        done = inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT);
    return done ? done : "";
}
