#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

/* As inet_ntop, whose printf is too slow for addresses, which are in every line of output. */
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

/* The part of an IPv6 address that is written as "::" (RFC 5952 section 4.2): the longest sequence
 * of two or more groups that are 0, the first of several. */
struct gap {
    size_t begin; /* GROUPS: there is none */
    size_t length;
};

#define GROUPS 8

static struct gap find_gap(const uint16_t groups[GROUPS])
{
    struct gap longest = {.begin = GROUPS, .length = 1};
    size_t length = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        length = groups[i] == 0 ? length + 1 : 0;
        if (length > longest.length)
            longest = (struct gap){.begin = i + 1 - length, .length = length};
    }
    return longest;
}

/* Appends a group in hexadecimal without leading zeros. Returns the new end of the text. */
static char *append_hex(uint16_t group, char *text)
{
    static const char digits[] = "0123456789abcdef";
    int shift = 12;
    while (shift > 0 && group >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *text++ = digits[group >> shift & 0xf];
    return text;
}

/* As inet_ntop, but faster, as format_ipv4. */
static void format_ipv6(const uint8_t bytes[16], char *text)
{
    uint16_t groups[GROUPS];
    for (size_t i = 0; i < GROUPS; i++)
        groups[i] = ht_load_u16(bytes + 2 * i);
    struct gap gap = find_gap(groups);
    /* An IPv4 address, mapped or compatible (RFC 4291 section 2.5.5). */
    bool ends_ipv4 =
        gap.begin == 0 && (gap.length == 6 || (gap.length == 5 && groups[5] == 0xffff));
    for (size_t i = 0; i < GROUPS;) {
        if (i == gap.begin) {
            *text++ = ':';
            *text++ = ':';
            i += gap.length;
            continue;
        }
        if (i != 0 && i != gap.begin + gap.length)
            *text++ = ':';
        if (i == 6 && ends_ipv4) {
            format_ipv4(bytes + 12, text);
            return;
        }
        text = append_hex(groups[i++], text);
    }
    *text = '\0';
}

const char *ht_address_format(const struct ht_address *address, char *text)
{
    return ht_address_format_zoned(address, NULL, text);
}

/* Appends "%eth0", or "%2" without a name. */
static void format_zone(uint32_t scope_id, const char *zone, char *text)
{
    size_t used = strlen(text);
    size_t room = HT_ADDRESS_TEXT_MAX - used;
    int length = zone != NULL && *zone != '\0' ? snprintf(text + used, room, "%%%s", zone)
                                               : snprintf(text + used, room, "%%%u", scope_id);
    if (length < 0)
        text[used] = '\0';
}

const char *ht_address_format_zoned(const struct ht_address *address, const char *zone, char *text)
{
    text[0] = '\0';
    if (address->version == HT_IP_NONE)
        return text;
    if (address->version == HT_IPV4)
        format_ipv4(address->bytes, text);
    else
        format_ipv6(address->bytes, text);
    if (address->scope_id != 0)
        format_zone(address->scope_id, zone, text);
    return text;
}

bool ht_address_parse(const char *text, struct ht_address *address)
{
    uint8_t bytes[16];
    bool ipv6 = strchr(text, ':') != NULL;
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text, bytes) != 1)
        return false;
    *address = ht_address_from_bytes(bytes, ipv6 ? 16 : 4);
    return true;
}

bool ht_address_parse_zoned(const char *text, struct ht_address *address, const char **zone)
{
    char bare[HT_ADDRESS_TEXT_MAX];
    const char *percent = strchr(text, '%');
    size_t length = percent != NULL ? (size_t)(percent - text) : strlen(text);
    if (length >= sizeof bare)
        return false;
    memcpy(bare, text, length);
    bare[length] = '\0';
    if (!ht_address_parse(bare, address))
        return false;
    *zone = percent != NULL ? percent + 1 : NULL;
    return true;
}

bool ht_address_is_link_local(const struct ht_address *address)
{
    return address->version == HT_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

bool ht_address_is_loopback(const struct ht_address *address)
{
    static const uint8_t one[16] = {[15] = 1};
    return address->version == HT_IPV4 ? address->bytes[0] == 127
                                       : memcmp(address->bytes, one, sizeof one) == 0;
}

const char *ht_address_unfit(const struct ht_address *address)
{
    static const uint8_t zeroes[16];
    static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};
    bool ipv4 = address->version == HT_IPV4;
    if (memcmp(address->bytes, zeroes, sizeof zeroes) == 0)
        return "stands for no host";
    if (ipv4 ? (address->bytes[0] & 0xf0) == 0xe0 : address->bytes[0] == 0xff)
        return "is a multicast address";
    if (ipv4 && memcmp(address->bytes, ones, sizeof ones) == 0)
        return "is the broadcast address";
    return NULL;
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
