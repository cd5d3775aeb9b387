#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

#define UDP_HEADER_LENGTH 8

/* Many more than probes of one path are on their way at a time: a length is hard to guess. */
#define LENGTH_LABELS 256

/* A datagram whose checksum is the key. */
static size_t write_udp(const struct ht_flow *flow, const struct ht_probe_id *name, uint8_t *bytes,
                        size_t length)
{
    struct ht_payload payload = ht_payload_of(flow, name);
    uint64_t sum = flow->address_sum + HT_IPPROTO_UDP + length + flow->local_id + flow->port +
                   length + name->key + ht_payload_sum(payload);
    ht_store_u16(bytes, flow->local_id);
    ht_store_u16(bytes + 2, flow->port);
    ht_store_u16(bytes + 4, (uint16_t)length);
    ht_store_u16(bytes + 6, name->key);
    ht_payload_write(payload, ht_checksum_finish(sum), bytes + UDP_HEADER_LENGTH);
    return UDP_HEADER_LENGTH;
}

static uint16_t udp_checksum(const struct ht_flow *flow, const struct ht_probe_id *name)
{
    (void)flow;
    return name->key;
}

/* Without a payload there are the checksum and, for IPv4, the id, of which an address translator
 * may have spared one. */
static bool read_udp_quote(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->protocol = HT_UDP;
    reply->local_id = ht_read_u16(reader);
    reply->port = ht_read_u16(reader);
    /* Better than what the IP header tells, which options and extension headers may have changed.
     */
    reply->transport_length = ht_read_u16(reader);
    reply->checksum = ht_read_u16(reader);
    reply->shows_checksum = !reader->failed;
    /* 0: there is none (RFC 768), or it is not told. */
    reply->key = reply->checksum;
    reply->keyed = reply->checksum != 0;
    reply->quoted_payload_length = ht_reader_left(reader);
    reply->quoted_payload = ht_read_bytes(reader, reply->quoted_payload_length);
    if (reader->failed)
        return false;
    ht_payload_take_key(reply);
    return true;
}

const struct ht_transport ht_transport_udp = {
    .ip_protocol = {HT_IPPROTO_UDP, HT_IPPROTO_UDP},
    .header_length = UDP_HEADER_LENGTH,
    .payload_min = HT_PAYLOAD_MIN,
    .length_labels = LENGTH_LABELS,
    .length_unit = 1,
    .has_ports = true,
    .write = write_udp,
    .read_quote = read_udp_quote,
    .checksum = udp_checksum,
    .quoted_type = {HT_NO_TYPE, HT_NO_TYPE},
};
