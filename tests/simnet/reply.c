#include "reply.h"

#include "bytes.h"
#include "checksum.h"
#include "quote.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define ECHO_KEPT_BYTES 12 /* that echo-tail leaves alone */

static const uint8_t OPTIONS[8] = REPLY_OPTIONS;

static bool is_ipv4(const struct reply *reply)
{
    return address_is_ipv4(&reply->source);
}

void reply_begin(struct reply *reply)
{
    if (is_ipv4(reply))
        reply->transport = sizeof(struct iphdr) + (reply->options ? sizeof OPTIONS : 0);
    else
        reply->transport = 40 + (reply->extension ? 8 : 0);
    reply->length = reply->transport;
}

void reply_append(struct reply *reply, const void *bytes, size_t length)
{
    size_t room = sizeof reply->bytes - reply->length;

    if (length > room)
        length = room;
    if (length)
        memcpy(reply->bytes + reply->length, bytes, length);
    reply->length += length;
}

void reply_pad(struct reply *reply, size_t length)
{
    static const uint8_t zeros[256];

    for (; length > sizeof zeros; length -= sizeof zeros)
        reply_append(reply, zeros, sizeof zeros);
    reply_append(reply, zeros, length);
}

static void finish_ipv4(struct reply *reply)
{
    uint8_t *header = reply->bytes;

    memset(header, 0, 20);
    header[0] = (uint8_t)(0x40 | reply->transport / 4);
    header[1] = reply->tos;
    put16(header + 2, (uint16_t)reply->length);
    put16(header + 4, reply->ip_id);
    header[8] = reply->ttl;
    header[9] = reply->protocol;
    memcpy(header + 12, reply->source.bytes + 12, 4);
    memcpy(header + 16, reply->destination.bytes + 12, 4);
    if (reply->options)
        memcpy(header + 20, OPTIONS, sizeof OPTIONS);
    put16(header + 10, checksum_finish(checksum_add(0, header, reply->transport)));
}

static void finish_ipv6(struct reply *reply)
{
    uint8_t *header = reply->bytes;

    memset(header, 0, 40);
    put16(header, (uint16_t)(0x6000 | reply->tos << 4));
    put16(header + 4, (uint16_t)(reply->length - 40));
    header[6] = reply->protocol;
    header[7] = reply->ttl;
    memcpy(header + 8, reply->source.bytes, 16);
    memcpy(header + 24, reply->destination.bytes, 16);
    if (reply->extension) {
        static const uint8_t padding[6] = {1, 4, 0, 0, 0, 0}; /* PadN, RFC 8200 4.2 */

        header[6] = IPPROTO_DSTOPTS;
        header[40] = reply->protocol;
        header[41] = 0;
        memcpy(header + 42, padding, sizeof padding);
    }
}

void reply_finish(struct reply *reply)
{
    uint8_t *transport = reply->bytes + reply->transport;
    size_t length = reply->length - reply->transport;
    size_t place = reply->protocol == IPPROTO_TCP ? 16 : reply->protocol == IPPROTO_UDP ? 6 : 2;
    uint64_t sum = 0;
    uint16_t checksum;

    put16(transport + place, 0);
    if (reply->protocol != IPPROTO_ICMP)
        sum = checksum_pseudo(&reply->source, &reply->destination, reply->protocol, length);
    checksum = checksum_finish(checksum_add(sum, transport, length));
    if (checksum == 0 && reply->protocol == IPPROTO_UDP)
        checksum = 0xffff;
    put16(transport + place, reply->bad_checksum ? checksum ^ 0x5a5a : checksum);
    if (is_ipv4(reply))
        finish_ipv4(reply);
    else
        finish_ipv6(reply);
}

static uint8_t icmp_protocol(const struct reply *reply)
{
    return is_ipv4(reply) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

void reply_icmp_error(struct reply *reply, const struct probe *probe,
                      const struct behaviour *behaviour, struct icmp_error error,
                      uint8_t quoted_ttl)
{
    uint8_t header[8] = {error.type, error.code};

    put16(header + 6, error.rest);
    reply->protocol = icmp_protocol(reply);
    reply->options = behaviour->outer_options;
    reply->extension = behaviour->outer_extension;
    reply_begin(reply);
    reply_append(reply, header, sizeof header);
    quote_append(reply, probe, behaviour, quoted_ttl);
    reply_finish(reply);
}

/* The payload as this host sends it back. */
static void append_echoed(struct reply *reply, const struct probe *probe,
                          const struct endpoint *endpoint)
{
    size_t length = probe->length - probe->payload, begin = reply->length;

    if (length > endpoint->echo_cut)
        length = endpoint->echo_cut;
    reply_append(reply, probe->packet + probe->payload, length);
    for (size_t i = begin + ECHO_KEPT_BYTES; i < reply->length; i++) {
        if (endpoint->echo_tail == ECHO_ZERO)
            reply->bytes[i] = 0;
        else if (endpoint->echo_tail == ECHO_CHANGE)
            reply->bytes[i] ^= 0x5a;
    }
}

void reply_echo(struct reply *reply, const struct probe *probe, const struct endpoint *endpoint,
                uint16_t id, uint16_t sequence)
{
    uint8_t header[8] = {is_ipv4(reply) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY};

    put16(header + 4, id);
    put16(header + 6, sequence);
    reply->tos = probe->tos; /* as Linux does */
    reply->protocol = icmp_protocol(reply);
    reply_begin(reply);
    reply_append(reply, header, sizeof header);
    append_echoed(reply, probe, endpoint);
    reply_finish(reply);
}

void reply_udp(struct reply *reply, uint16_t source_port, uint16_t destination_port,
               const uint8_t *payload, size_t length)
{
    uint8_t header[8];

    put16(header, source_port);
    put16(header + 2, destination_port);
    put16(header + 4, (uint16_t)(sizeof header + length));
    reply->protocol = IPPROTO_UDP;
    reply_begin(reply);
    reply_append(reply, header, sizeof header);
    reply_append(reply, payload, length);
    reply_finish(reply);
}

void reply_tcp(struct reply *reply, uint16_t source_port, uint16_t destination_port,
               const struct segment *segment)
{
    uint8_t header[20] = {0}, options[SEGMENT_OPTIONS_MAX];
    size_t length = segment_options_write(&segment->options, options);

    put16(header, source_port);
    put16(header + 2, destination_port);
    put32(header + 4, segment->sequence);
    put32(header + 8, segment->ack);
    header[12] = (uint8_t)((sizeof header + length) / 4 << 4);
    header[13] = segment->flags;
    put16(header + 14, segment->flags & TCP_RST ? 0 : 64240);
    reply->protocol = IPPROTO_TCP;
    reply_begin(reply);
    reply_append(reply, header, sizeof header);
    reply_append(reply, options, length);
    reply_finish(reply);
}
