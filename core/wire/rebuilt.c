#include "wire/rebuilt.h"

#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/transport.h"

#define UDP_HEADER_LENGTH 8

_Static_assert(HT_REBUILT_HEADROOM >= HT_IPV4_HEADER_LENGTH + HT_ANSWER_HEADER_MAX,
               "room for an answer of TCP");
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
    bool ipv4 = header->destination->version == HT_IPV4;
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
    if (told->link_mtu == 0)
        return;
    if (ipv6)
        ht_store_u32(bytes + 4, told->link_mtu);
    else
        ht_store_u16(bytes + 6, (uint16_t)(told->link_mtu <= UINT16_MAX ? told->link_mtu : 0));
}

static void finish(struct front *front, const struct ht_ip_header *header,
                   struct ht_incoming *packet)
{
    if (header->destination->version == HT_IPV4)
        prepend_ip(front, header);
    packet->from = *header->source;
    packet->hop_limit = header->ttl != 0 ? header->ttl : -1;
    packet->ip_version = header->source->version;
    packet->ip_protocol = header->protocol;
    packet->bytes = front->bytes;
    packet->length = front->length;
    packet->told = true;
}

/* The kernel has verified the checksum. */
static void finish_icmp(struct front *front, const struct ht_address *responder,
                        const struct ht_address *source, int hop_limit, struct ht_incoming *packet)
{
    bool ipv6 = responder->version == HT_IPV6;
    const struct ht_ip_header header = {.source = responder,
                                        .destination = source,
                                        .protocol = ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP,
                                        .ttl = (uint8_t)(hop_limit > 0 ? hop_limit : 0)};
    if (!ipv6) {
        ht_store_u16(front->bytes + 2, 0);
        ht_store_u16(front->bytes + 2,
                     ht_checksum_finish(ht_checksum_add(0, front->bytes, front->length)));
    }
    finish(front, &header, packet);
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
        .source = &told->source, .destination = &told->destination, .protocol = told->ip_protocol};
    struct front front = {bytes, length};
    if (told->ip_protocol == HT_IPPROTO_UDP)
        prepend_udp(&front, told);
    prepend_ip(&front, &quoted);
    size_t quote_length =
        told->quote_length != 0 ? told->quote_length + (front.length - length) : 0;
    prepend_icmp(&front, told, told->responder.version == HT_IPV6, quote_length);
    finish_icmp(&front, &told->responder, &told->source, told->hop_limit, packet);
    return true;
}

bool ht_rebuilt_echo(const struct ht_address *responder, const struct ht_address *source,
                     int hop_limit, uint8_t *bytes, size_t length, struct ht_incoming *packet)
{
    if (!are_of_one_family(responder, source) || length < HT_ICMP_HEADER_LENGTH)
        return false;
    struct front front = {bytes, length};
    finish_icmp(&front, responder, source, hop_limit, packet);
    return true;
}

size_t ht_rebuilt_quote(struct ht_told_error *told, const uint8_t *header, size_t header_length,
                        uint8_t *bytes, size_t length)
{
    const size_t padded =
        HT_REBUILT_QUOTE_MAX + HT_IPV4_HEADER_LENGTH -
        (told->source.version == HT_IPV6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH);
    struct ht_incoming quoted = {.length = 0};
    struct ht_reply reply = {.extension_length = 0};
    if (ht_rebuilt_error(told, bytes, length, &quoted))
        (void)ht_reply_read(&quoted, &reply);
    told->quote_length = reply.extension_length > 0 && reply.extension_announced ? padded : 0;
    if (reply.extension_length > 0)
        memmove(bytes + padded, reply.extension, reply.extension_length);
    memset(bytes, 0, padded);
    if (header_length > padded)
        header_length = padded;
    memcpy(bytes, header, header_length);
    return reply.extension_length > 0 ? padded + reply.extension_length : header_length;
}

bool ht_rebuilt_answer(const struct ht_address *responder, const struct ht_address *source,
                       const uint8_t *header, size_t header_length, bool accepts, uint8_t *bytes,
                       struct ht_incoming *packet)
{
    const struct ht_ip_header ip = {
        .source = responder, .destination = source, .protocol = HT_IPPROTO_TCP};
    struct front front = {bytes, 0};
    uint8_t answer[HT_ANSWER_HEADER_MAX];
    size_t length = ht_transport_tcp.write_answer(header, header_length, accepts, answer);
    if (length == 0 || !are_of_one_family(responder, source))
        return false;
    memcpy(prepend(&front, length), answer, length);
    finish(&front, &ip, packet);
    return true;
}
