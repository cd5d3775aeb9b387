#include "wire/probe.h"

#include <string.h>

#include "base/hash.h"
#include "wire/checksum.h"
#include "wire/extension.h"
#include "wire/filter.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* RFC 4884 section 4.6: what follows so many bytes of a quote of unknown length may be an
 * extension. A quote of known length is no shorter, says section 4; routers do not always heed
 * that. */
#define QUOTE_CERTAIN 128

/* What every router quotes behind the IP header (RFC 792). */
#define TRANSPORT_MIN 8

/* The reserved number is one of 4,535 (net/reserve.h). */
#define LOCAL_ID_BITS 12

static const struct ht_transport *transport_of(uint8_t protocol, bool ipv6)
{
    switch (protocol) {
    case HT_UDP:
        return &ht_transport_udp;
    case HT_TCP:
        return &ht_transport_tcp;
    default:
        return ipv6 ? &ht_transport_echov6 : &ht_transport_echo;
    }
}

static const struct ht_transport *transport_of_flow(const struct ht_flow *flow)
{
    return transport_of(flow->protocol, flow->destination.version == HT_IPV6);
}

static uint8_t ip_protocol_of(uint8_t protocol, bool ipv6)
{
    switch (protocol) {
    case HT_UDP:
        return HT_IPPROTO_UDP;
    case HT_TCP:
        return HT_IPPROTO_TCP;
    default:
        return ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP;
    }
}

/* --- writing ------------------------------------------------------------------------------- */

uint32_t ht_flow_tag(const uint64_t secret[2], const struct ht_address *destination,
                     uint8_t protocol, uint16_t port)
{
    uint8_t bytes[20];
    memcpy(bytes, destination->bytes, 16);
    bytes[16] = destination->version;
    bytes[17] = protocol;
    ht_store_u16(bytes + 18, port);
    return (uint32_t)ht_siphash(secret, bytes, sizeof bytes);
}

/* RFC 6528: where nobody else can foretell it, and the same again for the same connection, so that
 * a later SYN is one that was sent before. */
static void init_tcp(struct ht_flow *flow, const uint64_t host_secret[2])
{
    uint8_t bytes[36];
    memcpy(bytes, flow->source.bytes, 16);
    memcpy(bytes + 16, flow->destination.bytes, 16);
    ht_store_u16(bytes + 32, flow->local_id);
    ht_store_u16(bytes + 34, flow->port);
    uint64_t hash = ht_siphash(host_secret, bytes, sizeof bytes);
    flow->sequence = (uint32_t)hash;
    flow->clock_offset = (uint32_t)(hash >> 32);
}

void ht_flow_init(struct ht_flow *flow, const uint64_t host_secret[2])
{
    flow->flow_tag = ht_flow_tag(flow->secret, &flow->destination, flow->protocol, flow->port);
    /* Constant over processes and rounds, different between destinations, and known to nobody who
     * has not seen a probe. */
    uint8_t bytes[17];
    memcpy(bytes, flow->destination.bytes, 16);
    bytes[16] = flow->protocol;
    uint64_t hash = ht_siphash(host_secret, bytes, sizeof bytes);
    flow->flow_label = (uint32_t)hash & UINT32_C(0xfffff);
    /* 0 and 0xffff are the same number in ones-complement, and 0 means "none" elsewhere. */
    flow->checksum = (uint16_t)((hash >> 32) % 0xfffe + 1);
    flow->address_sum = ht_checksum_fold(ht_ip_pseudo_sum(&flow->source, &flow->destination, 0, 0));
    uint16_t smallest = transport_of_flow(flow)->payload_min;
    if (flow->payload_size < smallest)
        flow->payload_size = smallest;
    if (flow->protocol == HT_TCP)
        init_tcp(flow, host_secret);
}

static size_t ip_header_length(const struct ht_flow *flow)
{
    return flow->destination.version == HT_IPV6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
}

/* Transport header and payload of a probe with this length label. */
static size_t transport_length(const struct ht_flow *flow, uint16_t length_label)
{
    const struct ht_transport *transport = transport_of_flow(flow);
    return transport->header_length + flow->payload_size +
           (size_t)length_label * transport->length_unit;
}

/* The longest payloads leave less room. */
uint16_t ht_probe_length_labels(const struct ht_flow *flow)
{
    const struct ht_transport *transport = transport_of_flow(flow);
    if (transport->length_labels == 0)
        return 0;
    size_t room = HT_PACKET_MAX - ip_header_length(flow) - transport_length(flow, 0);
    size_t labels = room / transport->length_unit;
    return labels < transport->length_labels ? (uint16_t)labels : transport->length_labels;
}

/* Writes the IP header of a packet with so many bytes behind it; returns where these begin. */
static size_t write_ip(const struct ht_flow *flow, uint8_t ttl, struct ht_probe_name name,
                       size_t behind, uint8_t *bytes)
{
    bool ipv6 = flow->destination.version == HT_IPV6;
    struct ht_ip_header header = {.source = flow->source,
                                  .destination = flow->destination,
                                  .protocol = ip_protocol_of(flow->protocol, ipv6),
                                  .ttl = ttl,
                                  .tos = flow->tos,
                                  .id = name.ip_id,
                                  .flow_label = flow->flow_label};
    size_t start = ip_header_length(flow);
    (void)ht_ip_write(bytes, &header, start + behind);
    return start;
}

size_t ht_probe_write(const struct ht_flow *flow, uint8_t ttl, struct ht_probe_name name,
                      uint8_t *bytes)
{
    size_t behind = transport_length(flow, name.length_label);
    size_t start = write_ip(flow, ttl, name, behind, bytes);
    size_t payload = transport_of_flow(flow)->write(flow, name, bytes + start, behind);
    size_t length = start + behind;
    size_t written = start + payload + HT_PAYLOAD_MIN;
    if (length > written)
        memset(bytes + written, 0, length - written);
    return length;
}

size_t ht_probe_write_reset(const struct ht_flow *flow, uint8_t ttl, struct ht_probe_name name,
                            uint8_t *bytes)
{
    size_t start = write_ip(flow, ttl, name, HT_TCP_RESET_LENGTH, bytes);
    ht_tcp_write_reset(flow, bytes + start);
    return start + HT_TCP_RESET_LENGTH;
}

/* --- reading ------------------------------------------------------------------------------- */

void ht_transport_take_payload_key(struct ht_reply *reply)
{
    /* A router that quotes less may pad with zeros, and that from the middle of the key on. */
    if (reply->proof_length < HT_PAYLOAD_MIN || ht_payload_key(reply->proof) == 0 ||
        ht_payload_tag(reply->proof) == 0)
        return;
    reply->key = ht_payload_key(reply->proof);
    reply->keyed = true;
    reply->key_certain = true;
}

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

/* The packet that an ICMP error quotes: as much of it as the router chose to send back. */
static bool read_quote(struct ht_reader *quote, bool ipv6, size_t announced, struct ht_reply *reply)
{
    struct ht_ip_header header;
    if (!ht_ip_read(quote, &header) || header.fragment)
        return false;
    if ((header.destination.version == HT_IPV6) != ipv6)
        return false;
    reply->destination = header.destination;
    reply->quoted_ttl = header.ttl;
    reply->transport_length = header.transport_length;
    reply->ip_id = header.id;
    reply->flow_label = header.flow_label;
    limit_quote(quote, announced, reply);
    static const uint8_t protocols[] = {HT_ICMP, HT_UDP, HT_TCP};
    for (size_t i = 0; i < sizeof protocols; i++) {
        if (header.protocol == ip_protocol_of(protocols[i], ipv6))
            return transport_of(protocols[i], ipv6)->read_quote(quote, reply);
    }
    return false;
}

static bool read_icmp(struct ht_reader *reader, bool ipv6, struct ht_reply *reply)
{
    reply->icmp_type = ht_read_u8(reader);
    reply->icmp_code = ht_read_u8(reader);
    ht_read_skip(reader, 2);
    if (reply->icmp_type == (ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY)) {
        reply->answer = HT_ANSWER_ECHO;
        return ht_echo_read(reader, reply);
    }
    if (!answer_of_error(ipv6, reply->icmp_type, reply->icmp_code, &reply->answer))
        return false;
    const uint8_t *second_word = ht_read_bytes(reader, 4);
    if (second_word == NULL)
        return false;
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

static bool read_ipv4(const struct ht_incoming *packet, struct ht_reply *reply)
{
    struct ht_reader reader = ht_reader_over(packet->bytes, packet->length);
    struct ht_ip_header header;
    if (!ht_ip_read(&reader, &header) || header.source.version != HT_IPV4 || header.fragment ||
        header.protocol != packet->ip_protocol)
        return false;
    reply->responder = header.source;
    reply->reply_ttl = header.ttl;
    /* TCP is left alone: on its way over a virtual device its checksum may not be there yet. */
    if (header.protocol == HT_IPPROTO_TCP)
        return ht_tcp_read_answer(&reader, reply);
    return header.protocol == HT_IPPROTO_ICMP &&
           icmp_checksum_holds(packet->bytes, packet->length, reader.offset) &&
           read_icmp(&reader, false, reply);
}

bool ht_reply_read(const struct ht_incoming *packet, struct ht_reply *reply)
{
    *reply = (struct ht_reply){.responder = packet->from, .reply_ttl = packet->hop_limit};
    if (packet->ip_version == 4)
        return read_ipv4(packet, reply);
    struct ht_reader reader = ht_reader_over(packet->bytes, packet->length);
    if (packet->ip_protocol == HT_IPPROTO_TCP)
        return ht_tcp_read_answer(&reader, reply);
    return packet->ip_protocol == HT_IPPROTO_ICMPV6 && read_icmp(&reader, true, reply);
}

bool ht_reply_is_own(const struct ht_incoming *packet, const struct ht_reply *reply,
                     const struct ht_flow *flow)
{
    const size_t source = HT_ICMP_HEADER_LENGTH + HT_IPV6_SOURCE;
    if (!ht_address_equal(&reply->responder, &flow->source))
        return false;
    return packet->ip_version == HT_IPV4 ||
           (packet->length > HT_FILTER_POSING_LENGTH &&
            memcmp(packet->bytes + source, flow->source.bytes, sizeof flow->source.bytes) == 0);
}

bool ht_reply_flow_tag(const struct ht_reply *reply, uint32_t *flow_tag)
{
    if (reply->proof_length < HT_PAYLOAD_MIN)
        return false;
    *flow_tag = ht_payload_tag(reply->proof);
    return true;
}

bool ht_reply_length_label(const struct ht_reply *reply, const struct ht_flow *flow,
                           uint16_t *length_label)
{
    uint16_t labels = ht_probe_length_labels(flow);
    size_t plain = transport_length(flow, 0);
    if (labels == 0 || reply->transport_length < plain)
        return false;
    size_t more = reply->transport_length - plain;
    size_t unit = transport_of_flow(flow)->length_unit;
    if (more % unit != 0 || more / unit > labels)
        return false;
    *length_label = (uint16_t)(more / unit);
    return true;
}

uint32_t ht_reply_sequence_shift(const struct ht_reply *reply, const struct ht_flow *flow)
{
    if (reply->protocol != HT_TCP)
        return 0;
    uint32_t shift = reply->sequence - flow->sequence;
    return reply->answer == HT_ANSWER_TCP && shift == flow->payload_size ? 0 : shift;
}

/* How many bytes of the identity a payload shows. */
static size_t right_bytes(const struct ht_reply *reply, const struct ht_flow *flow,
                          struct ht_probe_name name, bool *wrong)
{
    size_t identity = flow->payload_size < HT_PAYLOAD_MIN ? flow->payload_size : HT_PAYLOAD_MIN;
    size_t shown = reply->proof_length < identity ? reply->proof_length : identity;
    if (shown == 0)
        return 0;
    uint8_t probe[HT_PACKET_MAX];
    size_t length = transport_length(flow, name.length_label);
    size_t payload = transport_of_flow(flow)->write(flow, name, probe, length);
    return ht_payload_right(probe + payload, reply->proof, shown, wrong);
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
                          struct ht_probe_name name, struct ht_evidence *evidence)
{
    bool quote = reply->transport_length != 0;
    if (reply->keyed && reply->key == name.key)
        evidence->own_bits += 16;
    if (reply->ip_id != 0 && reply->ip_id == name.ip_id)
        evidence->own_bits += 16;
    if (flow->protocol == HT_ICMP && quote && reply->checksum == flow->checksum)
        evidence->flow_bits += 16;
    if (flow->destination.version == HT_IPV6 && quote && reply->flow_label == flow->flow_label)
        evidence->flow_bits += 20;
}

struct ht_evidence ht_reply_examine(const struct ht_reply *reply, const struct ht_flow *flow,
                                    struct ht_probe_name name)
{
    struct ht_evidence evidence = {.flow_bits = LOCAL_ID_BITS};
    size_t right = right_bytes(reply, flow, name, &evidence.contradicts);
    if (reply->answer == HT_ANSWER_ECHO)
        evidence.contradicts |= right < HT_PAYLOAD_MIN;
    weigh_payload(right, &evidence);
    weigh_headers(reply, flow, name, &evidence);
    if (flow->protocol == HT_TCP)
        ht_tcp_examine(reply, flow, name, &evidence);
    return evidence;
}
