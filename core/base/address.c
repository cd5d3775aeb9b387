#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* As inet_ntop, which goes by way of printf: too slow for what stands in every line of output. */
static void format_ipv4(const uint8_t bytes[4], char *text)
{
    for (int i = 0; i < 4; i++) {
        unsigned part = bytes[i];
        if (part >= 100)
            *text++ = (char)('0' + part / 100);
        if (part >= 10)
            *text++ = (char)('0' + part / 10 % 10);
        *text++ = (char)('0' + part % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
}

const char *ht_address_format(const struct ht_address *address, char *text)
{
    text[0] = '\0';
    if (address->version == HT_IP_NONE)
        return text;
    if (address->version == HT_IPV4)
        format_ipv4(address->bytes, text);
    else if (inet_ntop(AF_INET6, address->bytes, text, HT_ADDRESS_TEXT_MAX) == NULL)
        text[0] = '\0';
    if (address->scope_id != 0) {
        size_t used = strlen(text);
        if (snprintf(text + used, HT_ADDRESS_TEXT_MAX - used, "%%%u", address->scope_id) < 0)
            text[used] = '\0';
    }
    return text;
}

bool ht_address_parse(const char *text, struct ht_address *address)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *address = ht_address_from_bytes(bytes, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        *address = ht_address_from_bytes(bytes, 16);
        return true;
    }
    return false;
}

size_t ht_address_length(const struct ht_address *address)
{
    switch (address->version) {
    case HT_IPV4:
        return 4;
    case HT_IPV6:
        return 16;
    default:
        return 0;
    }
}

bool ht_address_equal(const struct ht_address *a, const struct ht_address *b)
{
    return a->version == b->version && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

int ht_address_compare(const struct ht_address *a, const struct ht_address *b)
{
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

struct ht_address ht_address_from_bytes(const uint8_t *bytes, size_t length)
{
    struct ht_address address = {.version = HT_IP_NONE};
    if (length == 4 || length == 16) {
        address.version = length == 4 ? HT_IPV4 : HT_IPV6;
        memcpy(address.bytes, bytes, length);
    }
    return address;
}
