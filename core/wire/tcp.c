#include <string.h>

#include "base/hash.h"
#include "wire/bpf.h"
#include "wire/checksum.h"
#include "wire/filter_numbers.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* RFC 9293 section 3.1. */
#define FIXED_LENGTH 20
#define LENGTH_MAX   60
#define RESET_LENGTH FIXED_LENGTH

/* Any window of 32 KB or more is a client's: 15 bits of it are of the probe's code. */
#define WINDOW_LEAST     0x8000
#define WINDOW_CODE_BITS 15
#define WINDOW_CODE_MASK 0x7fff
#define TIMESTAMP_MASK   ((UINT32_C(1) << HT_TIMESTAMP_CODE_BITS) - 1)

/* Offsets of fields. */
enum { DESTINATION_PORT = 2, DATA_OFFSET = 12, FLAGS = 13, WINDOW = 14, CHECKSUM = 16 };

enum { FLAG_SYN = 0x02, FLAG_RST = 0x04, FLAG_ACK = 0x10 };

/* RFC 9293 section 3.2, RFC 2018 section 2, RFC 7323 sections 2.2 and 3.2. */
enum {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_SEGMENT_SIZE = 2,
    KIND_WINDOW_SCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_TIMESTAMPS = 8
};
#define TIMESTAMPS_LENGTH 10

/* The options of a client's SYN, in a usual order. What a length label adds follows as NOPs. */
#define OPTIONS_LENGTH 20
#define HEADER_LENGTH  (FIXED_LENGTH + OPTIONS_LENGTH)
#define LENGTH_UNIT    4
#define LENGTH_LABELS  ((LENGTH_MAX - HEADER_LENGTH) / LENGTH_UNIT)
#define WINDOW_SHIFT   7

/* RFC 6528: other hosts cannot foretell it, and it is the same again for the same connection, so
 * that a later SYN is one that was sent before. */
static void init_flow(struct ht_flow *flow, const uint64_t host_secret[2])
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

/* A segment that fits into an Ethernet frame. */
static uint16_t segment_size(const struct ht_flow *flow)
{
    return flow->destination.version == HT_IPV6 ? 1440 : 1460;
}

static uint32_t stamp_of(const struct ht_probe_id *name, uint32_t code)
{
    return name->timestamp | (code & TIMESTAMP_MASK);
}

static uint16_t window_of(uint32_t code)
{
    return (uint16_t)(WINDOW_LEAST | (code >> HT_TIMESTAMP_CODE_BITS & WINDOW_CODE_MASK));
}

/* The options as 16-bit words that are summed up as they are written: bytes that were only just
 * written are slow to read. Returns the sum. */
static uint64_t write_options(const struct ht_flow *flow, const struct ht_probe_id *name,
                              uint32_t code, uint8_t *bytes)
{
    const uint32_t words[OPTIONS_LENGTH / 4] = {
        (uint32_t)KIND_SEGMENT_SIZE << 24 | 4 << 16 | segment_size(flow),
        (uint32_t)KIND_SACK_PERMITTED << 24 | 2 << 16 | KIND_TIMESTAMPS << 8 | TIMESTAMPS_LENGTH,
        stamp_of(name, code),
        0,
        (uint32_t)KIND_NOP << 24 | KIND_WINDOW_SCALE << 16 | 3 << 8 | WINDOW_SHIFT,
    };
    uint64_t sum = 0;
    for (size_t i = 0; i < OPTIONS_LENGTH / 4; i++) {
        ht_store_u32(bytes + 4 * i, words[i]);
        sum += words[i];
    }
    const uint32_t nops = UINT32_C(0x01010101) * KIND_NOP;
    for (size_t i = 0; i < name->length_label; i++)
        ht_store_u32(bytes + OPTIONS_LENGTH + 4 * i, nops);
    return sum + (uint64_t)nops * name->length_label;
}

/* What the fixed part of a header says besides the ports. */
struct fixed {
    uint32_t sequence;
    uint16_t window;
    uint8_t flags;
    size_t header_length;
    size_t length; /* of the segment */
};

/* `behind_sum`: the sum over what stands behind the fixed part of the header. */
static void write_fixed(const struct ht_flow *flow, const struct fixed *fixed, uint64_t behind_sum,
                        uint8_t *bytes)
{
    uint32_t offset_and_flags = (uint32_t)(fixed->header_length / 4 << 12 | fixed->flags);
    uint64_t sum = behind_sum + flow->address_sum + HT_IPPROTO_TCP + fixed->length +
                   flow->local_id + flow->port + fixed->sequence + offset_and_flags + fixed->window;
    memset(bytes, 0, FIXED_LENGTH);
    ht_store_u16(bytes, flow->local_id);
    ht_store_u16(bytes + 2, flow->port);
    ht_store_u32(bytes + 4, fixed->sequence);
    ht_store_u16(bytes + 12, (uint16_t)offset_and_flags);
    ht_store_u16(bytes + 14, fixed->window);
    ht_store_u16(bytes + 16, ht_checksum_finish(sum));
}

/* As much of the payload as there is room for. Returns the sum over it. */
static uint64_t write_payload(struct ht_payload payload, uint8_t *bytes, size_t room)
{
    uint8_t whole[HT_PAYLOAD_MIN];
    if (room == 0)
        return 0;
    if (room >= sizeof whole) {
        ht_payload_write(payload, 0, bytes);
        return ht_payload_sum(payload);
    }
    ht_payload_write(payload, 0, whole);
    memcpy(bytes, whole, room);
    return ht_checksum_add(0, bytes, room);
}

static size_t write_tcp(const struct ht_flow *flow, const struct ht_probe_id *name, uint8_t *bytes,
                        size_t length)
{
    size_t header_length = HEADER_LENGTH + (size_t)LENGTH_UNIT * name->length_label;
    struct ht_payload payload = ht_payload_of(flow, name);
    uint64_t sum = write_payload(payload, bytes + header_length, length - header_length);
    sum += write_options(flow, name, payload.code, bytes + FIXED_LENGTH);
    const struct fixed fixed = {.sequence = flow->sequence,
                                .window = window_of(payload.code),
                                .flags = FLAG_SYN,
                                .header_length = header_length,
                                .length = length};
    write_fixed(flow, &fixed, sum, bytes);
    return header_length;
}

static uint16_t tcp_checksum(const struct ht_flow *flow, const struct ht_probe_id *name)
{
    uint8_t bytes[LENGTH_MAX + HT_PAYLOAD_MIN];
    size_t header_length = HEADER_LENGTH + (size_t)LENGTH_UNIT * name->length_label;
    (void)write_tcp(flow, name, bytes, header_length + flow->payload_size);
    return ht_load_u16(bytes + CHECKSUM);
}

/* What a reply's sequence number differs by. An answer may count the data too (RFC 9293 section
 * 3.10.7.1: a reset acknowledges what the segment occupied). */
static uint32_t sequence_shift(const struct ht_reply *reply, const struct ht_flow *flow)
{
    uint32_t shift = reply->sequence - flow->sequence;
    return reply->answer == HT_ANSWER_TCP && shift == flow->payload_size ? 0 : shift;
}

/* By sequence number, timestamp and window. */
static void verify_tcp(const struct ht_reply *reply, const struct ht_flow *flow,
                       const struct ht_probe_id *name, struct ht_evidence *evidence)
{
    uint32_t code = ht_payload_of(flow, name).code;
    if (sequence_shift(reply, flow) == 0)
        evidence->flow_bits += 32;
    if (reply->timestamped && (reply->timestamp & ~TIMESTAMP_MASK) == name->timestamp) {
        evidence->contradicts |= reply->timestamp != stamp_of(name, code);
        evidence->own_bits += HT_TIMESTAMP_CODE_BITS;
    }
    if (reply->window == window_of(code))
        evidence->own_bits += WINDOW_CODE_BITS;
}

/* Its sequence number is the next one expected (RFC 9293 section 3.10.7.4). */
static void write_reset(const struct ht_flow *flow, uint8_t *bytes)
{
    const struct fixed fixed = {.sequence = flow->sequence + 1,
                                .flags = FLAG_RST,
                                .header_length = FIXED_LENGTH,
                                .length = RESET_LENGTH};
    write_fixed(flow, &fixed, 0, bytes);
}

/* The timestamps option (RFC 7323 section 3.2) among these options, as far as they are here; NULL:
 * it is not. */
static const uint8_t *find_timestamps(const uint8_t *options, size_t length)
{
    for (size_t i = 0; i < length && options[i] != KIND_END;) {
        if (options[i] == KIND_NOP) {
            i++;
            continue;
        }
        if (i + 1 >= length || options[i + 1] < 2 || i + options[i + 1] > length)
            return NULL;
        if (options[i] == KIND_TIMESTAMPS)
            return options[i + 1] == TIMESTAMPS_LENGTH ? options + i : NULL;
        i += options[i + 1];
    }
    return NULL;
}

/* Where in the option the probe's own timestamp stands: TSval of what was sent, TSecr of an answer
 * to it. */
enum { OF_PROBE = 2, OF_ANSWER = 6 };

/* Reads from behind the first 12 bytes to the end of the header; false: it is cut before. */
static bool read_options(struct ht_reader *reader, size_t offset_of_probe, struct ht_reply *reply)
{
    size_t header_length = (size_t)(ht_read_u8(reader) >> 4) * 4;
    ht_read_skip(reader, FIXED_LENGTH - 13);
    if (reader->failed || header_length < FIXED_LENGTH)
        return false;
    size_t length = header_length - FIXED_LENGTH;
    bool whole = length <= ht_reader_left(reader);
    if (!whole)
        length = ht_reader_left(reader);
    const uint8_t *timestamps = find_timestamps(ht_read_bytes(reader, length), length);
    if (timestamps != NULL)
        reply->timestamp = ht_load_u32(timestamps + offset_of_probe);
    /* Some hosts echo 0 instead. */
    reply->timestamped = reply->timestamp != 0;
    return whole;
}

/* The 8 bytes that every router quotes hold ports and sequence number; who quotes more shows the
 * timestamp. A payload's key is the best witness. */
static bool read_tcp_quote(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->protocol = HT_TCP;
    reply->local_id = ht_read_u16(reader);
    reply->port = ht_read_u16(reader);
    reply->sequence = ht_read_u32(reader);
    if (reader->failed)
        return false;
    if (ht_reader_left(reader) < FIXED_LENGTH - 8)
        return true;
    const uint8_t *header = reader->bytes + reader->offset - 8;
    ht_read_skip(reader, 4);
    reply->window = ht_load_u16(header + WINDOW);
    reply->checksum = ht_load_u16(header + CHECKSUM);
    /* A router that quotes less may pad with zeros, which no probe has in these two. */
    reply->shows_checksum = header[DATA_OFFSET] != 0 && reply->window != 0;
    if (!read_options(reader, OF_PROBE, reply))
        return true;
    reply->quoted_payload_length = ht_reader_left(reader);
    reply->quoted_payload = ht_read_bytes(reader, reply->quoted_payload_length);
    ht_payload_take_key(reply);
    return true;
}

/* SYN-ACK, or RST with an acknowledgement. */
static bool read_tcp_answer(struct ht_reader *reader, struct ht_reply *reply)
{
    reply->answer = HT_ANSWER_TCP;
    reply->protocol = HT_TCP;
    reply->destination = reply->node.address;
    reply->port = ht_read_u16(reader);
    reply->local_id = ht_read_u16(reader);
    ht_read_skip(reader, 4);
    reply->sequence = ht_read_u32(reader) - 1;
    reply->node.by_tcp = true;
    if (ht_reader_left(reader) < 2)
        return false;
    uint8_t flags = reader->bytes[reader->offset + 1];
    bool syn_ack = (flags & (FLAG_SYN | FLAG_RST)) == FLAG_SYN;
    reply->syn_ack = syn_ack;
    /* A header that is cut has no timestamp to show. */
    (void)read_options(reader, OF_ANSWER, reply);
    return (flags & FLAG_ACK) != 0 && (syn_ack || (flags & FLAG_RST) != 0);
}

/* Ports the other way round, an acknowledgement, the timestamp echoed. */
static size_t write_answer(const uint8_t *probe, size_t length, bool accepts, uint8_t *bytes)
{
    if (length < FIXED_LENGTH)
        return 0;
    const uint8_t *timestamps = find_timestamps(probe + FIXED_LENGTH, length - FIXED_LENGTH);
    memset(bytes, 0, HT_ANSWER_HEADER_MAX);
    ht_store_u16(bytes, ht_load_u16(probe + 2));
    ht_store_u16(bytes + 2, ht_load_u16(probe));
    ht_store_u32(bytes + 8, ht_load_u32(probe + 4) + 1);
    bytes[12] = HT_ANSWER_HEADER_MAX / 4 << 4;
    bytes[FLAGS] = FLAG_ACK | (accepts ? FLAG_SYN : FLAG_RST);
    uint8_t *options = bytes + FIXED_LENGTH;
    options[0] = options[1] = KIND_NOP;
    options[2] = KIND_TIMESTAMPS;
    options[3] = TIMESTAMPS_LENGTH;
    if (timestamps != NULL)
        ht_store_u32(options + 2 + OF_ANSWER, ht_load_u32(timestamps + OF_PROBE));
    return HT_ANSWER_HEADER_MAX;
}

/* SYN-ACKs and resets to one of the ports. */
static void filter_answers(struct ht_filter *filter, const struct ht_local_ids *ids)
{
    ht_bpf_emit(filter, HT_BPF_LOAD_U16_AT_X, DESTINATION_PORT);
    ht_filter_numbers(filter, ids->of_flow, ids->count);
    ht_bpf_emit(filter, HT_BPF_LOAD_U8_AT_X, FLAGS);
    ht_bpf_emit(filter, BPF_ALU | BPF_AND | BPF_K, FLAG_SYN | FLAG_RST | FLAG_ACK);
    ht_bpf_jump(filter, FLAG_SYN | FLAG_ACK, 1, 0);
    ht_bpf_jump(filter, FLAG_RST | FLAG_ACK, 0, 1);
    ht_bpf_emit(filter, BPF_RET | BPF_K, UINT32_MAX);
    ht_bpf_emit(filter, BPF_RET | BPF_K, 0);
}

const struct ht_transport ht_transport_tcp = {
    .ip_protocol = {HT_IPPROTO_TCP, HT_IPPROTO_TCP},
    .header_length = HEADER_LENGTH,
    .length_labels = LENGTH_LABELS,
    .length_unit = LENGTH_UNIT,
    .one_at_a_time = true,
    .has_ports = true,
    .init_flow = init_flow,
    .write = write_tcp,
    .write_reset = write_reset,
    .reset_length = RESET_LENGTH,
    .read_quote = read_tcp_quote,
    .read_answer = read_tcp_answer,
    .write_answer = write_answer,
    .checksum = tcp_checksum,
    .sequence_shift = sequence_shift,
    .verify = verify_tcp,
    .quoted_type = {HT_NO_TYPE, HT_NO_TYPE},
    .filter_answers = filter_answers,
};
