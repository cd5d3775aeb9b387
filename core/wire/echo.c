#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* RFC 792, RFC 4443: an ICMPv6 message is summed up with a pseudo-header, an ICMP one without. */
static const uint8_t request_type[2] = {HT_ICMP_ECHO_REQUEST, HT_ICMPV6_ECHO_REQUEST};

/* An echo request whose checksum is the flow's, whatever the key. */
static size_t write_echo(const struct ht_flow *flow, const struct ht_probe_id *name, uint8_t *bytes,
                         size_t length)
{
    bool ipv6 = flow->destination.version == HT_IPV6;
    uint8_t type = request_type[ipv6];
    struct ht_payload payload = ht_payload_of(flow, name);
    uint64_t pseudo_sum = ipv6 ? flow->address_sum + HT_IPPROTO_ICMPV6 + length : 0;
    uint64_t sum = pseudo_sum + ((uint32_t)type << 8) + flow->checksum + flow->local_id +
                   name->key + ht_payload_sum(payload);
    bytes[0] = type;
    bytes[1] = 0;
    ht_store_u16(bytes + 2, flow->checksum);
    ht_store_u16(bytes + 4, flow->local_id);
    ht_store_u16(bytes + 6, name->key);
    ht_payload_write(payload, ht_checksum_finish(sum), bytes + HT_ICMP_HEADER_LENGTH);
    return HT_ICMP_HEADER_LENGTH;
}

/* Id, sequence number and payload, behind type, code and checksum. */
static bool read_echo(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->protocol = HT_ICMP;
    reply->port = 0;
    reply->local_id = ht_read_u16(reader);
    reply->key = ht_read_u16(reader);
    reply->keyed = true;
    reply->quoted_payload_length = ht_reader_left(reader);
    reply->quoted_payload = ht_read_bytes(reader, reply->quoted_payload_length);
    return !reader->failed;
}

static bool read_echo_quote(struct ht_reader *reader, struct ht_reply *reply)
{
    uint8_t type = ht_read_u8(reader);
    uint8_t code = ht_read_u8(reader);
    reply->checksum = ht_read_u16(reader);
    reply->shows_checksum = !reader->failed;
    return type == request_type[ht_family_index(reply->destination.version)] && code == 0 &&
           read_echo(reader, reply);
}

/* By its type it is an echo reply. */
static bool read_echo_reply(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->answer = HT_ANSWER_ECHO;
    reply->node.icmp_type = ht_read_u8(reader);
    reply->node.icmp_code = ht_read_u8(reader);
    ht_read_skip(reader, 2);
    return read_echo(reader, reply);
}

static uint16_t echo_checksum(const struct ht_flow *flow, const struct ht_probe_id *name)
{
    (void)name;
    return flow->checksum;
}

static void verify_echo(const struct ht_reply *reply, const struct ht_flow *flow,
                        const struct ht_probe_id *name, struct ht_evidence *evidence)
{
    (void)name;
    bool quote = reply->transport_length != 0;
    if (quote && reply->checksum == flow->checksum)
        evidence->flow_bits += 16;
}

const struct ht_transport ht_transport_echo = {
    .ip_protocol = {HT_IPPROTO_ICMP, HT_IPPROTO_ICMPV6},
    .header_length = HT_ICMP_HEADER_LENGTH,
    .payload_min = HT_PAYLOAD_MIN,
    .key_stays = true,
    .write = write_echo,
    .read_quote = read_echo_quote,
    .read_answer = read_echo_reply,
    .checksum = echo_checksum,
    .verify = verify_echo,
    .quoted_type = {HT_ICMP_ECHO_REQUEST, HT_ICMPV6_ECHO_REQUEST},
    .quoted_id = 4,
};
