#include "wire/rebuilt.h"

#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"

#define UDP_HEADER_LENGTH 8

_Static_assert(HT_REBUILT_HEADROOM == HT_IPV4_HEADER_LENGTH + HT_ICMP_HEADER_LENGTH +
                                          HT_IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH,
               "room for IPv4");
_Static_assert(HT_REBUILT_HEADROOM ==
                   HT_ICMP_HEADER_LENGTH + HT_IPV6_HEADER_LENGTH + UDP_HEADER_LENGTH,
               "room for IPv6");

/* A message that grows towards its front. */
struct front {
    uint8_t *bytes;
    size_t length;
};

static uint8_t *prepend(struct front *front, size_t length)
{
    front->bytes -= length;
    front->length += length;
    return front->bytes;
}

static void prepend_ip(struct front *front, const struct ht_ip_header *header)
{
    bool ipv4 = header->destination.version == HT_IPV4;
    uint8_t *bytes = prepend(front, ipv4 ? HT_IPV4_HEADER_LENGTH : HT_IPV6_HEADER_LENGTH);
    (void)ht_ip_write(bytes, header, front->length);
}

static void prepend_udp(struct front *front, const struct ht_told_error *told)
{
    uint8_t *bytes = prepend(front, UDP_HEADER_LENGTH);
    memset(bytes, 0, UDP_HEADER_LENGTH);
    ht_store_u16(bytes, told->local_id);
    ht_store_u16(bytes + 2, told->port);
}

/* RFC 4884 section 4.1: the quote's length in words, for IPv6 in double words. */
static void prepend_icmp(struct front *front, const struct ht_told_error *told, bool ipv6,
                         size_t quote_length)
{
    size_t words = quote_length / (ipv6 ? 8 : 4);
    uint8_t *bytes = prepend(front, HT_ICMP_HEADER_LENGTH);
    memset(bytes, 0, HT_ICMP_HEADER_LENGTH);
    bytes[0] = told->type;
    bytes[1] = told->code;
    bytes[ipv6 ? 4 : 5] = (uint8_t)(words <= UINT8_MAX ? words : 0);
}

/* The kernel has verified the checksum. */
static void finish(struct front *front, const struct ht_address *responder,
                   const struct ht_address *source, int hop_limit, struct ht_incoming *packet)
{
    bool ipv6 = responder->version == HT_IPV6;
    if (!ipv6) {
        const struct ht_ip_header header = {.source = *responder,
                                            .destination = *source,
                                            .protocol = HT_IPPROTO_ICMP,
                                            .ttl = (uint8_t)(hop_limit > 0 ? hop_limit : 0)};
        ht_store_u16(front->bytes + 2, 0);
        ht_store_u16(front->bytes + 2,
                     ht_checksum_finish(ht_checksum_add(0, front->bytes, front->length)));
        prepend_ip(front, &header);
    }
    packet->from = *responder;
    packet->hop_limit = hop_limit;
    packet->ip_version = responder->version;
    packet->ip_protocol = ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP;
    packet->bytes = front->bytes;
    packet->length = front->length;
}

static bool are_of_one_family(const struct ht_address *address, const struct ht_address *other)
{
    return ht_address_length(address) != 0 && address->version == other->version;
}

bool ht_rebuilt_error(const struct ht_told_error *told, uint8_t *bytes, size_t length,
                      struct ht_incoming *packet)
{
    if (!are_of_one_family(&told->responder, &told->source) ||
        !are_of_one_family(&told->responder, &told->destination))
        return false;
    const struct ht_ip_header quoted = {
        .source = told->source, .destination = told->destination, .protocol = told->ip_protocol};
    struct front front = {bytes, length};
    if (told->ip_protocol == HT_IPPROTO_UDP)
        prepend_udp(&front, told);
    prepend_ip(&front, &quoted);
    size_t quote_length =
        told->quote_length != 0 ? told->quote_length + (front.length - length) : 0;
    prepend_icmp(&front, told, told->responder.version == HT_IPV6, quote_length);
    finish(&front, &told->responder, &told->source, told->hop_limit, packet);
    return true;
}

bool ht_rebuilt_echo(const struct ht_address *responder, const struct ht_address *source,
                     int hop_limit, uint8_t *bytes, size_t length, struct ht_incoming *packet)
{
    if (!are_of_one_family(responder, source) || length < HT_ICMP_HEADER_LENGTH)
        return false;
    struct front front = {bytes, length};
    finish(&front, responder, source, hop_limit, packet);
    return true;
}
