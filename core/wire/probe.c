#include "wire/probe.h"

#include "base/hash.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"

/* The payload begins with two bytes that compensate for what varies, then the token: the tag of
 * the flow and a code over the key. What follows is zero. */
#define TOKEN_OFFSET 2
#define TOKEN_LENGTH 8
#define PAYLOAD_MIN  (TOKEN_OFFSET + TOKEN_LENGTH)

/* RFC 4884 section 4.6: what follows so many bytes of a quote of unknown length may be an
 * extension. A quote of known length is no shorter. */
#define QUOTE_CERTAIN 128

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

void ht_flow_init(struct ht_flow *flow)
{
    flow->flow_tag = ht_flow_tag(flow->secret, &flow->destination, flow->protocol, flow->port);
    /* Constant over processes and rounds, different between destinations. */
    uint32_t hash = ht_fnv1a(HT_FNV1A_START, flow->destination.bytes, 16);
    hash = ht_fnv1a(hash, &flow->protocol, 1);
    flow->flow_label = hash & UINT32_C(0xfffff);
    /* 0 and 0xffff are the same number in ones-complement, and 0 means "none" elsewhere. */
    flow->checksum = (uint16_t)(hash % 0xfffe + 1);
    if (flow->payload_size < PAYLOAD_MIN)
        flow->payload_size = PAYLOAD_MIN;
}

static void write_token(const struct ht_flow *flow, uint16_t key, uint8_t *token)
{
    uint8_t bytes[6];
    ht_store_u32(bytes, flow->flow_tag);
    ht_store_u16(bytes + 4, key);
    ht_store_u32(token, flow->flow_tag);
    ht_store_u32(token + 4, (uint32_t)ht_siphash(flow->secret, bytes, sizeof bytes));
}

/* RFC 792 and RFC 4443: the beginning of an echo request whose checksum is the flow's, whatever
 * the key: header, compensation and token. What follows is zero and does not count in the sum. */
static void write_echo(const struct ht_flow *flow, uint16_t key, uint8_t *bytes)
{
    bool ipv6 = flow->destination.version == HT_IPV6;
    bytes[0] = ipv6 ? HT_ICMPV6_ECHO_REQUEST : HT_ICMP_ECHO_REQUEST;
    bytes[1] = 0;
    ht_store_u16(bytes + 2, flow->checksum);
    ht_store_u16(bytes + 4, flow->local_id);
    ht_store_u16(bytes + 6, key);
    uint8_t *payload = bytes + HT_ICMP_HEADER_LENGTH;
    ht_store_u16(payload, 0);
    write_token(flow, key, payload + TOKEN_OFFSET);
    size_t length = HT_ICMP_HEADER_LENGTH + (size_t)flow->payload_size;
    uint64_t sum = ipv6 ? ht_ip_pseudo_sum(&flow->source, &flow->destination,
                                           HT_IPPROTO_ICMPV6, length)
                        : 0;
    /* With the checksum in place the whole must sum up to 0xffff. */
    sum = ht_checksum_add(sum, bytes, HT_ICMP_HEADER_LENGTH + PAYLOAD_MIN);
    ht_store_u16(payload, ht_checksum_finish(sum));
}

size_t ht_probe_write(const struct ht_flow *flow, uint8_t ttl, uint16_t key, uint8_t *bytes)
{
    bool ipv6 = flow->destination.version == HT_IPV6;
    size_t transport_length = HT_ICMP_HEADER_LENGTH + (size_t)flow->payload_size;
    struct ht_ip_header header = {.source = flow->source,
                                  .destination = flow->destination,
                                  .protocol = ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP,
                                  .ttl = ttl,
                                  .tos = flow->tos,
                                  .id = key,
                                  .flow_label = flow->flow_label};
    size_t header_length = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    size_t length = header_length + transport_length;
    (void)ht_ip_write(bytes, &header, length);
    write_echo(flow, key, bytes + header_length);
    size_t written = header_length + HT_ICMP_HEADER_LENGTH + PAYLOAD_MIN;
    memset(bytes + written, 0, length - written);
    return length;
}

/* Which answer an ICMP message is; false: none to a probe. Redirects (RFC 792, RFC 4861) quote a
 * probe too, but say nothing about its fate, nor does a reassembly timeout (code 1). */
static bool answer_of_error(bool ipv6, uint8_t type, uint8_t code, enum ht_answer *answer)
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

/* Id, sequence and payload of an echo message whose type, code and checksum were read. */
static bool read_echo(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->protocol = HT_ICMP;
    reply->port = 0;
    reply->local_id = ht_read_u16(reader);
    reply->key = ht_read_u16(reader);
    reply->proof_length = ht_reader_left(reader);
    reply->proof = ht_read_bytes(reader, reply->proof_length);
    return !reader->failed;
}

/* Ends the reader where the quote ends for certain, by the length that RFC 4884 put into the
 * second word of an ICMP error (IPv4: byte 5, in words; IPv6: byte 4, in double words). */
static void limit_to_quote(struct ht_reader *reader, bool ipv6, const uint8_t *second_word)
{
    size_t length = ipv6 ? (size_t)second_word[0] * 8 : (size_t)second_word[1] * 4;
    if (length < QUOTE_CERTAIN || length > ht_reader_left(reader))
        length = QUOTE_CERTAIN;
    if (length < ht_reader_left(reader))
        reader->length = reader->offset + length;
}

/* The packet that an ICMP error quotes: as much of it as the router chose to send back. */
static bool read_quote(struct ht_reader *reader, bool ipv6, struct ht_reply *reply)
{
    struct ht_ip_header header;
    if (!ht_ip_read(reader, &header) || header.fragment)
        return false;
    if ((header.destination.version == HT_IPV6) != ipv6)
        return false;
    reply->destination = header.destination;
    if (header.protocol != (ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP))
        return false;
    uint8_t type = ht_read_u8(reader);
    uint8_t code = ht_read_u8(reader);
    ht_read_skip(reader, 2); /* the checksum: address translators rewrite it */
    return type == (ipv6 ? HT_ICMPV6_ECHO_REQUEST : HT_ICMP_ECHO_REQUEST) && code == 0 &&
           read_echo(reader, reply);
}

static bool read_icmp(struct ht_reader *reader, bool ipv6, struct ht_reply *reply)
{
    reply->icmp_type = ht_read_u8(reader);
    reply->icmp_code = ht_read_u8(reader);
    ht_read_skip(reader, 2);
    if (reply->icmp_type == (ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY)) {
        reply->answer = HT_ANSWER_ECHO;
        reply->destination = (struct ht_address){.version = HT_IP_NONE};
        return read_echo(reader, reply);
    }
    if (!answer_of_error(ipv6, reply->icmp_type, reply->icmp_code, &reply->answer))
        return false;
    const uint8_t *second_word = ht_read_bytes(reader, 4);
    if (second_word == NULL)
        return false;
    limit_to_quote(reader, ipv6, second_word);
    return read_quote(reader, ipv6, reply);
}

/* The kernel hands IPv4 packets to raw sockets before it verifies ICMP (for IPv6 it does verify).
 * A packet that is not here in full cannot be judged and passes. */
static bool checksum_holds(const uint8_t *packet, size_t length, size_t header_length)
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
        header.protocol != HT_IPPROTO_ICMP)
        return false;
    if (!checksum_holds(packet->bytes, packet->length, reader.offset))
        return false;
    reply->responder = header.source;
    reply->reply_ttl = header.ttl;
    return read_icmp(&reader, false, reply);
}

bool ht_reply_read(const struct ht_incoming *packet, struct ht_reply *reply)
{
    if (packet->ip_version == 4)
        return packet->ip_protocol == HT_IPPROTO_ICMP && read_ipv4(packet, reply);
    if (packet->ip_protocol != HT_IPPROTO_ICMPV6)
        return false;
    struct ht_reader reader = ht_reader_over(packet->bytes, packet->length);
    reply->responder = packet->from;
    reply->reply_ttl = packet->hop_limit;
    return read_icmp(&reader, true, reply);
}

bool ht_reply_flow_tag(const struct ht_reply *reply, uint32_t *flow_tag)
{
    if (reply->proof_length < PAYLOAD_MIN)
        return false;
    *flow_tag = ht_load_u32(reply->proof + TOKEN_OFFSET);
    return true;
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

bool ht_reply_verify(const struct ht_reply *reply, const struct ht_flow *flow, uint16_t key)
{
    uint8_t probe[HT_ICMP_HEADER_LENGTH + PAYLOAD_MIN];
    size_t shown = reply->proof_length;
    if (shown > flow->payload_size)
        shown = flow->payload_size;
    if (reply->answer == HT_ANSWER_ECHO && shown < flow->payload_size)
        return false;
    write_echo(flow, key, probe);
    const uint8_t *payload = probe + HT_ICMP_HEADER_LENGTH;
    size_t same = 0;
    while (same < shown && same < PAYLOAD_MIN && reply->proof[same] == payload[same])
        same++;
    if (reply->answer == HT_ANSWER_ECHO && same < PAYLOAD_MIN)
        return false;
    /* Zeros from there on: the payload's own, or those with which a router that quotes less pads
     * (RFC 4884 section 5.1). */
    return all_zero(reply->proof + same, shown - same);
}
