#include "wire/checksum.h"
#include "wire/payload.h"
#include "wire/transport.h"

#define TCP_HEADER_LENGTH 20
#define WINDOW            64240

enum { FLAG_SYN = 0x02, FLAG_RST = 0x04, FLAG_ACK = 0x10 };

#define SEQUENCE_OFFSET 4

/* The key above, 15 bits of its code below: an acknowledgement that counts the payload changes
 * only the lower half, and never carries into the upper one. */
static uint32_t sequence_of(struct ht_payload payload)
{
    return (uint32_t)payload.key << 16 | (payload.code & 0x7fff);
}

static uint16_t key_of(uint32_t sequence)
{
    return (uint16_t)(sequence >> 16);
}

/* `data_sum`: the sum over the data behind the header, of which the segment has `length` bytes in
 * all. */
static void write_header(const struct ht_flow *flow, uint32_t sequence, uint8_t flags,
                         uint16_t window, uint64_t data_sum, size_t length, uint8_t *bytes)
{
    uint64_t sum = data_sum + flow->address_sum + HT_IPPROTO_TCP + length + flow->local_id +
                   flow->port + sequence + (TCP_HEADER_LENGTH / 4 << 12 | flags) + window;
    memset(bytes, 0, TCP_HEADER_LENGTH);
    ht_store_u16(bytes, flow->local_id);
    ht_store_u16(bytes + 2, flow->port);
    ht_store_u32(bytes + SEQUENCE_OFFSET, sequence);
    bytes[12] = TCP_HEADER_LENGTH / 4 << 4;
    bytes[13] = flags;
    ht_store_u16(bytes + 14, window);
    ht_store_u16(bytes + 16, ht_checksum_finish(sum));
}

/* As much of the payload as there is room for. Returns the sum over it. */
static uint64_t write_payload(struct ht_payload payload, uint8_t *bytes, size_t room)
{
    uint8_t whole[HT_PAYLOAD_MIN];
    if (room >= sizeof whole) {
        ht_payload_write(payload, 0, bytes);
        return ht_payload_sum(payload);
    }
    ht_payload_write(payload, 0, whole);
    memcpy(bytes, whole, room);
    return ht_checksum_add(0, bytes, room);
}

static void write_tcp(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes,
                      size_t length)
{
    struct ht_payload payload = ht_payload_of(flow, name);
    uint64_t sum = write_payload(payload, bytes + TCP_HEADER_LENGTH, length - TCP_HEADER_LENGTH);
    write_header(flow, sequence_of(payload), FLAG_SYN, WINDOW, sum, length, bytes);
}

void ht_tcp_write_reset(const struct ht_flow *flow, struct ht_probe_name name, uint8_t *bytes)
{
    uint32_t sequence = sequence_of(ht_payload_of(flow, name)) + 1;
    write_header(flow, sequence, FLAG_RST, 0, 0, HT_TCP_RESET_LENGTH, bytes);
}

/* The 8 bytes that every router quotes hold ports and sequence number. */
static bool read_tcp_quote(struct ht_reader *reader, uint16_t ip_id, struct ht_reply *reply)
{
    (void)ip_id;
    reply->protocol = HT_TCP;
    reply->local_id = ht_read_u16(reader);
    reply->port = ht_read_u16(reader);
    reply->sequence = ht_read_u32(reader);
    reply->keys[0] = key_of(reply->sequence);
    reply->key_count = 1;
    if (reader->failed)
        return false;
    const size_t rest = TCP_HEADER_LENGTH - 8;
    if (ht_reader_left(reader) > rest) {
        ht_read_skip(reader, rest);
        reply->proof_length = ht_reader_left(reader);
        reply->proof = ht_read_bytes(reader, reply->proof_length);
    }
    return true;
}

bool ht_tcp_read_answer(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->answer = HT_ANSWER_TCP;
    reply->protocol = HT_TCP;
    reply->destination = reply->responder;
    reply->port = ht_read_u16(reader);
    reply->local_id = ht_read_u16(reader);
    ht_read_skip(reader, 4);
    reply->sequence = ht_read_u32(reader) - 1;
    reply->keys[0] = key_of(reply->sequence);
    reply->key_count = 1;
    ht_read_skip(reader, 1);
    uint8_t flags = ht_read_u8(reader);
    reply->icmp_type = -1;
    reply->icmp_code = -1;
    bool syn_ack = (flags & (FLAG_SYN | FLAG_RST)) == FLAG_SYN;
    reply->syn_ack = syn_ack;
    return !reader->failed && (flags & FLAG_ACK) != 0 && (syn_ack || (flags & FLAG_RST) != 0);
}

bool ht_tcp_verify(const struct ht_reply *reply, const uint8_t *probe, size_t payload_size)
{
    uint32_t sequence = ht_load_u32(probe + SEQUENCE_OFFSET);
    return reply->sequence == sequence ||
           (reply->answer == HT_ANSWER_TCP && reply->sequence == sequence + (uint32_t)payload_size);
}

const struct ht_transport ht_transport_tcp = {.header_length = TCP_HEADER_LENGTH,
                                              .payload_min = 0,
                                              .write = write_tcp,
                                              .read_quote = read_tcp_quote};
