#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* An echo request whose checksum is the flow's, whatever the key. */
static size_t write_echo(const struct ht_flow *flow, uint8_t type, struct ht_probe_name name,
                         uint64_t pseudo_sum, uint8_t *bytes)
{
    struct ht_payload payload = ht_payload_of(flow, name);
    uint64_t sum = pseudo_sum + ((uint32_t)type << 8) + flow->checksum + flow->local_id + name.key +
                   ht_payload_sum(payload);
    bytes[0] = type;
    bytes[1] = 0;
    ht_store_u16(bytes + 2, flow->checksum);
    ht_store_u16(bytes + 4, flow->local_id);
    ht_store_u16(bytes + 6, name.key);
    ht_payload_write(payload, ht_checksum_finish(sum), bytes + HT_ICMP_HEADER_LENGTH);
    return HT_ICMP_HEADER_LENGTH;
}

static size_t write_icmp(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes,
                         size_t length)
{
    (void)length;
    return write_echo(flow, HT_ICMP_ECHO_REQUEST, name, 0, bytes);
}

static size_t write_icmpv6(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes,
                           size_t length)
{
    uint64_t pseudo_sum = flow->address_sum + HT_IPPROTO_ICMPV6 + length;
    return write_echo(flow, HT_ICMPV6_ECHO_REQUEST, name, pseudo_sum, bytes);
}

bool ht_echo_read(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->protocol = HT_ICMP;
    reply->port = 0;
    reply->local_id = ht_read_u16(reader);
    reply->key = ht_read_u16(reader);
    reply->keyed = true;
    reply->proof_length = ht_reader_left(reader);
    reply->proof = ht_read_bytes(reader, reply->proof_length);
    return !reader->failed;
}

static bool read_quoted_echo(struct ht_reader *reader, uint8_t request, struct ht_reply *reply)
{
    uint8_t type = ht_read_u8(reader);
    uint8_t code = ht_read_u8(reader);
    reply->checksum = ht_read_u16(reader);
    return type == request && code == 0 && ht_echo_read(reader, reply);
}

static bool read_icmp_quote(struct ht_reader *reader, struct ht_reply *reply)
{
    return read_quoted_echo(reader, HT_ICMP_ECHO_REQUEST, reply);
}

static bool read_icmpv6_quote(struct ht_reader *reader, struct ht_reply *reply)
{
    return read_quoted_echo(reader, HT_ICMPV6_ECHO_REQUEST, reply);
}

const struct ht_transport ht_transport_echo = {.header_length = HT_ICMP_HEADER_LENGTH,
                                               .payload_min = HT_PAYLOAD_MIN,
                                               .write = write_icmp,
                                               .read_quote = read_icmp_quote};

const struct ht_transport ht_transport_echov6 = {.header_length = HT_ICMP_HEADER_LENGTH,
                                                 .payload_min = HT_PAYLOAD_MIN,
                                                 .write = write_icmpv6,
                                                 .read_quote = read_icmpv6_quote};
