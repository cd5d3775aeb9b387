#include "wire/reply.h"

#include <string.h>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/extension.h"
#include "wire/filter.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* Bytes. RFC 4884 section 4.6: behind them, in a quote of unknown length, an extension may follow.
 * A quote of known length is no shorter, says section 4; routers do not always heed
 * that. */
#define QUOTE_CERTAIN 128

/* What every router quotes behind the IP header (RFC 792). */
#define TRANSPORT_MIN 8

/* The reserved number is one of 4,535 (net/reserve.h). */
#define LOCAL_ID_BITS 12

/* Which answer an ICMP message is; false: none to a probe. Redirects (RFC 792, RFC 4861) quote a
 * probe too, but say nothing about its fate, nor does a reassembly timeout (code 1). */
static bool answer_of_error(bool ipv6, int type, int code, enum ht_answer *answer)
{
    if (type == (ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED)) {
        *answer = HT_ANSWER_TIME_EXCEEDED;
        return code == 0;
    }
    *answer = HT_ANSWER_UNREACHABLE;
    if (ipv6)
        return type == HT_ICMPV6_UNREACHABLE || type == HT_ICMPV6_PACKET_TOO_BIG ||
               type == HT_ICMPV6_PARAMETER_PROBLEM;
    return type == HT_ICMP_UNREACHABLE || type == HT_ICMP_PARAMETER_PROBLEM;
}

/* RFC 1191 section 4, RFC 4443 section 3.2: a packet that the next link does not take, and which is
 * the largest that it does. */
static void read_too_big(bool ipv6, const uint8_t *second_word, struct ht_reply *reply)
{
    reply->too_big = ipv6 ? reply->node.icmp_type == HT_ICMPV6_PACKET_TOO_BIG
                          : reply->node.icmp_type == HT_ICMP_UNREACHABLE &&
                                reply->node.icmp_code == HT_ICMP_FRAGMENTATION_NEEDED;
    if (reply->too_big)
        reply->link_mtu = ipv6 ? ht_load_u32(second_word) : ht_load_u16(second_word + 2);
}

/* Where an extension begins right behind a quote of less than QUOTE_CERTAIN bytes, which its router
 * did not pad: where it was announced, else wherever the rest of the message is one. 0: nowhere.
 * The reader stands behind the quoted IP header. A quote without extension costs one comparison for
 * each of its words. */
static size_t end_of_short_quote(const struct ht_reader *quote, size_t announced)
{
    size_t least = quote->offset + TRANSPORT_MIN;
    if (announced >= least && announced < quote->length &&
        ht_extension_fills(quote->bytes + announced, quote->length - announced, true))
        return announced;
    /* Extensions are made of whole words. */
    for (size_t end = least + (quote->length - least) % 4;
         end < QUOTE_CERTAIN && end + HT_EXTENSION_MIN <= quote->length; end += 4) {
        if (ht_extension_begins(quote->bytes + end) &&
            ht_extension_fills(quote->bytes + end, quote->length - end, false))
            return end;
    }
    return 0;
}

/* Ends the quote where it ends for certain: as announced (0: it was not), or before what proves to
 * be an extension. */
static void limit_quote(struct ht_reader *quote, size_t announced, struct ht_reply *reply)
{
    size_t length = announced;
    if (announced < QUOTE_CERTAIN || announced > quote->length)
        length = end_of_short_quote(quote, announced);
    reply->extension_announced = length != 0 && length == announced;
    if (length == 0)
        length = QUOTE_CERTAIN;
    if (length >= quote->length || length < quote->offset)
        return;
    reply->extension = quote->bytes + length;
    reply->extension_length = quote->length - length;
    quote->length = length;
}

/* NULL: none of a probe's. */
static const struct ht_transport *transport_in_ip(uint8_t ip_protocol, bool ipv6)
{
    for (size_t i = 0; i < HT_PROTOCOLS; i++) {
        if (ht_transports[i]->ip_protocol[ipv6] == ip_protocol)
            return ht_transports[i];
    }
    return NULL;
}

/* The packet that an ICMP error quotes: as much of it as the router chose to send back. */
static bool read_quote(struct ht_reader *quote, bool ipv6, size_t announced, struct ht_reply *reply)
{
    struct ht_ip_header header;
    if (!ht_ip_read(quote, &header, &reply->quoted_source, &reply->destination) || header.fragment)
        return false;
    if ((reply->destination.version == HT_IPV6) != ipv6)
        return false;
    reply->quoted_tos = header.tos;
    reply->quoted_ttl = header.ttl;
    reply->transport_length = header.transport_length;
    reply->ip_id = header.id;
    reply->flow_label = header.flow_label;
    limit_quote(quote, announced, reply);
    const struct ht_transport *transport = transport_in_ip(header.protocol, ipv6);
    return transport != NULL && transport->read_quote(quote, reply);
}

static bool read_icmp_error(struct ht_reader *reader, bool ipv6, struct ht_reply *reply)
{
    reply->node.icmp_type = ht_read_u8(reader);
    reply->node.icmp_code = ht_read_u8(reader);
    ht_read_skip(reader, 2);
    if (!answer_of_error(ipv6, reply->node.icmp_type, reply->node.icmp_code, &reply->answer))
        return false;
    const uint8_t *second_word = ht_read_bytes(reader, 4);
    if (second_word == NULL)
        return false;
    read_too_big(ipv6, second_word, reply);
    /* RFC 4884 section 4.1: the quote's length in words, for IPv6 in double words. */
    size_t announced = ipv6 ? (size_t)second_word[0] * 8 : (size_t)second_word[1] * 4;
    struct ht_reader quote = ht_reader_over(reader->bytes + reader->offset, ht_reader_left(reader));
    return read_quote(&quote, ipv6, announced, reply);
}

/* The kernel hands IPv4 packets to raw sockets before it verifies ICMP (for IPv6 it does verify).
 * A packet that is not here in full cannot be judged and passes. */
static bool icmp_checksum_holds(const uint8_t *packet, size_t length, size_t header_length)
{
    size_t total = ht_load_u16(packet + 2);
    if (total < header_length || total > length)
        return total > length;
    uint64_t sum = ht_checksum_add(0, packet + header_length, total - header_length);
    return ht_checksum_fold(sum) == 0xffff;
}

/* An ICMP message: an error about any probe, or the answer to an echo request. The reader stands
 * at its beginning. */
static bool read_icmp(struct ht_reader *reader, bool ipv6, struct ht_reply *reply)
{
    uint8_t echo_reply = ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY;
    if (ht_reader_left(reader) > 0 && reader->bytes[reader->offset] == echo_reply)
        return ht_transport_echo.read_answer(reader, reply);
    return read_icmp_error(reader, ipv6, reply);
}

/* What stands behind the IP header, the reader at its beginning. */
static bool read_transport(struct ht_reader *reader, uint8_t ip_protocol, bool ipv6,
                           struct ht_reply *reply)
{
    if (ip_protocol == ht_transport_echo.ip_protocol[ipv6])
        return read_icmp(reader, ipv6, reply);
    const struct ht_transport *transport = transport_in_ip(ip_protocol, ipv6);
    return transport != NULL && transport->read_answer != NULL &&
           transport->read_answer(reader, reply);
}

static bool read_ipv4(const struct ht_incoming *packet, struct ht_reply *reply)
{
    struct ht_reader reader = ht_reader_over(packet->bytes, packet->length);
    struct ht_ip_header header;
    if (!ht_ip_read(&reader, &header, &reply->node.address, NULL) ||
        reply->node.address.version != HT_IPV4 || header.fragment ||
        header.protocol != packet->ip_protocol)
        return false;
    reply->node.reply_ttl = header.ttl;
    reply->node.reply_tos = header.tos;
    /* Other transports are left alone: on its way over a virtual device the checksum of a segment
     * may not be there yet. */
    if (header.protocol == HT_IPPROTO_ICMP &&
        !icmp_checksum_holds(packet->bytes, packet->length, reader.offset))
        return false;
    return read_transport(&reader, header.protocol, false, reply);
}

bool ht_reply_read(const struct ht_incoming *packet, struct ht_reply *reply)
{
    *reply = (struct ht_reply){.node.address = packet->from, .told = packet->told};
    if (packet->hop_limit > 0)
        reply->node.reply_ttl = (uint8_t)packet->hop_limit;
    if (packet->ip_version == HT_IPV4)
        return read_ipv4(packet, reply);
    struct ht_reader reader = ht_reader_over(packet->bytes, packet->length);
    return read_transport(&reader, packet->ip_protocol, true, reply);
}

bool ht_reply_is_own(const struct ht_incoming *packet, const struct ht_reply *reply,
                     const struct ht_flow *flow)
{
    const size_t source = HT_ICMP_HEADER_LENGTH + HT_IPV6_SOURCE;
    if (!ht_address_equal(&reply->node.address, &flow->source))
        return false;
    return packet->ip_version == HT_IPV4 ||
           (packet->length > HT_FILTER_POSING_LENGTH &&
            memcmp(packet->bytes + source, flow->source.bytes, sizeof flow->source.bytes) == 0);
}

bool ht_reply_flow_tag(const struct ht_reply *reply, uint32_t *flow_tag)
{
    if (reply->quoted_payload_length < HT_PAYLOAD_MIN)
        return false;
    *flow_tag = ht_payload_tag(reply->quoted_payload);
    return true;
}

bool ht_reply_length_label(const struct ht_reply *reply, const struct ht_flow *flow,
                           uint16_t *length_label)
{
    uint16_t labels = ht_probe_length_labels(flow);
    size_t plain = ht_transport_length(flow, 0);
    if (labels == 0 || reply->transport_length < plain)
        return false;
    size_t more = reply->transport_length - plain;
    size_t unit = ht_transport_of(flow)->length_unit;
    if (more % unit != 0 || more / unit > labels)
        return false;
    *length_label = (uint16_t)(more / unit);
    return true;
}

uint32_t ht_reply_sequence_shift(const struct ht_reply *reply, const struct ht_flow *flow)
{
    const struct ht_transport *transport = ht_transports[reply->protocol];
    return transport->sequence_shift != NULL ? transport->sequence_shift(reply, flow) : 0;
}

/* How many bytes of the identity a payload shows. */
static size_t right_bytes(const struct ht_reply *reply, const struct ht_flow *flow,
                          const struct ht_probe_id *name, bool *wrong)
{
    size_t identity = flow->payload_size < HT_PAYLOAD_MIN ? flow->payload_size : HT_PAYLOAD_MIN;
    size_t shown =
        reply->quoted_payload_length < identity ? reply->quoted_payload_length : identity;
    if (shown == 0)
        return 0;
    uint8_t probe[HT_TRANSPORT_HEADER_MAX + HT_PAYLOAD_MIN];
    size_t length = ht_transport_length_of(flow, name);
    size_t payload = ht_transport_of(flow)->write(flow, name, probe, length);
    return ht_payload_right(probe + payload, reply->quoted_payload, shown, wrong);
}

bool ht_reply_shows_identity(const struct ht_reply *reply, const struct ht_flow *flow,
                             const struct ht_probe_id *name)
{
    bool wrong = false;
    return right_bytes(reply, flow, name, &wrong) == HT_PAYLOAD_MIN;
}

/* Of the tag, which the flow has, and of the code (payload.c) each byte is worth 8 bits. What
 * stands before them the header shows as well. */
static void weigh_payload(size_t right, struct ht_evidence *evidence)
{
    size_t tag = right < 4 ? 0 : right < 8 ? right - 4 : 4;
    size_t code = right < 8 ? 0 : right - 8;
    evidence->flow_bits = (uint8_t)(evidence->flow_bits + 8 * tag);
    evidence->own_bits = (uint8_t)(evidence->own_bits + 8 * code);
}

static void weigh_headers(const struct ht_reply *reply, const struct ht_flow *flow,
                          const struct ht_probe_id *name, struct ht_evidence *evidence)
{
    bool quote = reply->transport_length != 0;
    if (reply->keyed && reply->key == name->key)
        evidence->own_bits += 16;
    if (reply->ip_id != 0 && reply->ip_id == name->ip_id)
        evidence->own_bits += 16;
    if (flow->destination.version == HT_IPV6 && quote && reply->flow_label == flow->flow_label)
        evidence->flow_bits += 20;
}

struct ht_evidence ht_reply_examine(const struct ht_reply *reply, const struct ht_flow *flow,
                                    const struct ht_probe_id *name)
{
    struct ht_evidence evidence = {.flow_bits = LOCAL_ID_BITS};
    size_t right = right_bytes(reply, flow, name, &evidence.contradicts);
    if (reply->answer == HT_ANSWER_ECHO)
        evidence.contradicts |= right < HT_PAYLOAD_MIN;
    weigh_payload(right, &evidence);
    weigh_headers(reply, flow, name, &evidence);
    if (ht_transport_of(flow)->verify != NULL)
        ht_transport_of(flow)->verify(reply, flow, name, &evidence);
    return evidence;
}
