/* Probes and the answers that name them: constant flow, identity, forgeries. */
#include <string.h>

#include "unit.h"
#include "whole_probe.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/mpls.h"
#include "wire/payload.h"
#include "wire/probe.h"
#include "wire/reply.h"

#define LOCAL_ID 0xbeef

static const uint64_t host_secret[2] = {3, 4};

static struct ht_flow flow_between(const char *source, const char *destination, uint16_t payload)
{
    struct ht_flow flow = {.secret = {1, 2}, .local_id = LOCAL_ID, .payload_size = payload};
    CU_ASSERT_TRUE(ht_address_parse(source, &flow.source));
    CU_ASSERT_TRUE(ht_address_parse(destination, &flow.destination));
    ht_flow_init(&flow, host_secret);
    return flow;
}

static struct ht_flow ipv4_flow(void)
{
    return flow_between("192.0.2.1", "198.51.100.9", 32);
}

static struct ht_flow ipv6_flow(void)
{
    return flow_between("2001:db8::1", "2001:db8:9::9", 32);
}

static struct ht_flow flow_of(uint8_t protocol, bool ipv6, uint16_t payload)
{
    struct ht_flow flow = ipv6 ? ipv6_flow() : ipv4_flow();
    flow.protocol = protocol;
    flow.port = 443;
    flow.payload_size = payload;
    ht_flow_init(&flow, host_secret);
    return flow;
}

static uint16_t ip_id_of(uint16_t key)
{
    return key ^ 0x5a5a;
}

static struct ht_probe_id named(uint16_t key)
{
    return (struct ht_probe_id){
        .key = key, .ip_id = ip_id_of(key), .serial = 77, .timestamp = (1000U + key) << 11};
}

/* The reply shows nothing that this probe did not carry. */
static bool fits(const struct ht_reply *reply, const struct ht_flow *flow, struct ht_probe_id name)
{
    return !ht_reply_examine(reply, flow, name).contradicts;
}

/* An ICMP(v6) message around `body`, as a raw socket would give it. */
struct message {
    uint8_t bytes[2048];
    struct ht_incoming incoming;
};

static void wrap(struct message *message, const char *from, uint8_t type, uint8_t code,
                 const uint8_t *body, size_t length)
{
    struct ht_address responder;
    CU_ASSERT_TRUE(ht_address_parse(from, &responder));
    bool ipv6 = responder.version == HT_IPV6;
    size_t start = ipv6 ? 0 : HT_IPV4_HEADER_LENGTH;
    memset(message, 0, sizeof *message);
    uint8_t *icmp = message->bytes + start;
    icmp[0] = type;
    icmp[1] = code;
    memcpy(icmp + 4, body, length);
    size_t total = start + 4 + length;
    if (!ipv6) {
        struct ht_ip_header header = {
            .source = responder, .destination = responder, .protocol = 1, .ttl = 55};
        (void)ht_ip_write(message->bytes, &header, total);
        ht_store_u16(icmp + 2, ht_checksum_finish(ht_checksum_add(0, icmp, 4 + length)));
    }
    message->incoming = (struct ht_incoming){.from = responder,
                                             .hop_limit = 55,
                                             .ip_version = responder.version,
                                             .ip_protocol = ipv6 ? 58 : 1,
                                             .bytes = message->bytes,
                                             .length = total};
}

/* As it was when the probe got there: where it expires it should be 1, which not all heed. */
#define QUOTED_TTL 3

/* A time exceeded that quotes the first `quoted` bytes of the probe. */
static void exceed_name(struct message *message, const struct ht_flow *flow,
                        struct ht_probe_id name, size_t quoted)
{
    uint8_t body[4 + HT_PACKET_MAX] = {0};
    bool ipv6 = flow->destination.version == HT_IPV6;
    size_t length = whole_probe(flow, QUOTED_TTL, name, body + 4);
    wrap(message, ipv6 ? "2001:db8::fe" : "203.0.113.1",
         ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED, 0, body,
         4 + (quoted < length ? quoted : length));
}

static void exceed(struct message *message, const struct ht_flow *flow, uint16_t key, size_t quoted)
{
    exceed_name(message, flow, named(key), quoted);
}

static void echo_back(struct message *message, const struct ht_flow *flow, uint16_t key)
{
    uint8_t probe[HT_PACKET_MAX];
    bool ipv6 = flow->destination.version == HT_IPV6;
    size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    size_t length = whole_probe(flow, 9, named(key), probe);
    wrap(message, ipv6 ? "2001:db8:9::9" : "198.51.100.9",
         ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY, 0, probe + header + 4,
         length - header - 4);
}

static void check_constant_flow(const struct ht_flow *flow, size_t header)
{
    uint8_t first[HT_PACKET_MAX];
    uint8_t other[HT_PACKET_MAX];
    size_t length = whole_probe(flow, 3, named(1), first);
    for (unsigned key = 2; key < 65536; key += 97) {
        CU_ASSERT_EQUAL(whole_probe(flow, 4, named((uint16_t)key), other), length);
        /* Type, code, checksum and id: what routers hash and what names this process. */
        CU_ASSERT_EQUAL(memcmp(first + header, other + header, 6), 0);
        uint64_t sum = ht_checksum_add(0, other + header, length - header);
        if (flow->destination.version == HT_IPV6)
            sum += ht_ip_pseudo_sum(&flow->source, &flow->destination, 58, length - header);
        CU_ASSERT_EQUAL(ht_checksum_fold(sum), 0xffff);
    }
    if (flow->destination.version == HT_IPV6)
        CU_ASSERT_EQUAL(memcmp(first, other, 4), 0); /* the flow label among them */
}

static void probes_of_a_flow_look_alike_to_routers(void)
{
    struct ht_flow flow = ipv4_flow();
    check_constant_flow(&flow, HT_IPV4_HEADER_LENGTH);
    flow = ipv6_flow();
    check_constant_flow(&flow, HT_IPV6_HEADER_LENGTH);
    flow = flow_between("192.0.2.1", "198.51.100.9", 33); /* an odd size */
    check_constant_flow(&flow, HT_IPV4_HEADER_LENGTH);
}

static void next_process_has_the_same_flow(void)
{
    uint8_t ours[HT_PACKET_MAX];
    uint8_t theirs[HT_PACKET_MAX];
    struct ht_flow flow = ipv4_flow();
    struct ht_flow other = ipv4_flow();
    other.secret[0] = 77;
    ht_flow_init(&other, host_secret);
    (void)whole_probe(&flow, 1, named(5), ours);
    (void)whole_probe(&other, 1, named(6), theirs);
    CU_ASSERT_EQUAL(memcmp(ours + 20, theirs + 20, 6), 0);
    CU_ASSERT_EQUAL(other.flow_label, flow.flow_label);
}

static void payload_is_raised_to_what_identity_needs(void)
{
    uint8_t bytes[HT_PACKET_MAX];
    struct ht_flow flow = flow_between("192.0.2.1", "198.51.100.9", 0);
    CU_ASSERT_EQUAL(flow.payload_size, 12);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, named(5), bytes), 20 + 8 + 12);
    flow = flow_between("192.0.2.1", "198.51.100.9", 1400);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, named(5), bytes), 20 + 8 + 1400);
}

static void check_error(const struct ht_flow *flow, size_t quoted)
{
    struct message message;
    struct ht_reply reply;
    exceed(&message, flow, 4711, quoted);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_TIME_EXCEEDED);
    CU_ASSERT_EQUAL(reply.key, 4711);
    CU_ASSERT_EQUAL(reply.local_id, LOCAL_ID);
    CU_ASSERT_EQUAL(reply.node.reply_ttl, 55);
    CU_ASSERT_EQUAL(reply.quoted_ttl, QUOTED_TTL);
    CU_ASSERT_TRUE(ht_address_equal(&reply.destination, &flow->destination));
    CU_ASSERT_TRUE(fits(&reply, flow, named(4711)));
}

static void errors_name_their_probe(void)
{
    struct ht_flow ipv4 = ipv4_flow();
    struct ht_flow ipv6 = ipv6_flow();
    for (size_t quoted = 28; quoted <= 60; quoted++)
        check_error(&ipv4, quoted);
    for (size_t quoted = 48; quoted <= 80; quoted++)
        check_error(&ipv6, quoted);
}

static void cut_quotes_name_nothing(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    for (size_t quoted = 0; quoted < 28; quoted++) {
        exceed(&message, &flow, 4711, quoted);
        CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
    }
    flow = ipv6_flow();
    for (size_t quoted = 0; quoted < 48; quoted++) {
        exceed(&message, &flow, 4711, quoted);
        CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
    }
}

static void echo_replies_name_their_flow(void)
{
    struct message message;
    struct ht_reply reply;
    uint32_t flow_tag;
    struct ht_flow flows[] = {ipv4_flow(), ipv6_flow()};
    for (size_t i = 0; i < 2; i++) {
        echo_back(&message, &flows[i], 99);
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
        CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_ECHO);
        CU_ASSERT_TRUE(ht_reply_flow_tag(&reply, &flow_tag));
        CU_ASSERT_EQUAL(flow_tag, flows[i].flow_tag);
        CU_ASSERT_TRUE(fits(&reply, &flows[i], named(99)));
        CU_ASSERT_FALSE(fits(&reply, &flows[i], named(100)));
    }
}

/* Hosts cut what they send back (8.8.8.8 to 68 bytes of payload), or zero or change the tail. */
static void an_echo_reply_is_known_by_its_identity(void)
{
    static const uint16_t payloads[] = {12, 32, 69, 1400};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            struct message message;
            struct ht_reply reply;
            struct ht_flow flow = flow_of(HT_ICMP, ipv6, payloads[i]);
            echo_back(&message, &flow, 99);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            uint8_t *payload = message.bytes + (reply.quoted_payload - message.bytes);
            CU_ASSERT_EQUAL(reply.quoted_payload_length, payloads[i]);
            for (size_t length = 0; length <= payloads[i]; length++) {
                reply.quoted_payload_length = length;
                CU_ASSERT_EQUAL(fits(&reply, &flow, named(99)), length >= HT_PAYLOAD_MIN);
            }
            memset(payload + HT_PAYLOAD_MIN, 0xa5, (size_t)payloads[i] - HT_PAYLOAD_MIN);
            CU_ASSERT_TRUE(fits(&reply, &flow, named(99)));
            reply.quoted_payload_length += 20; /* more than was sent */
            CU_ASSERT_TRUE(fits(&reply, &flow, named(99)));
            CU_ASSERT_FALSE(fits(&reply, &flow, named(100)));
        }
    }
}

/* Each bit of the identity counts, in an echo reply and in a quote. */
static void another_identity_is_a_forgery(void)
{
    static const uint8_t protocols[] = {HT_ICMP, HT_UDP, HT_TCP};
    for (size_t i = 0; i < 4; i++) {
        struct message message;
        struct ht_reply reply;
        struct ht_flow flow = flow_of(protocols[i % 3], false, 32);
        if (i < 3)
            exceed(&message, &flow, 4711, 100);
        else
            echo_back(&message, &flow, 4711);
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
        CU_ASSERT_TRUE(fits(&reply, &flow, named(4711)));
        uint8_t *payload = message.bytes + (reply.quoted_payload - message.bytes);
        for (size_t bit = 0; bit < (size_t)HT_PAYLOAD_MIN * 8; bit++) {
            payload[bit / 8] ^= (uint8_t)(1U << bit % 8);
            CU_ASSERT_FALSE(fits(&reply, &flow, named(4711)));
            payload[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        /* It decides in a quote as well: a middlebox may have changed what lies behind. */
        memset(payload + HT_PAYLOAD_MIN, 0xa5, 32 - HT_PAYLOAD_MIN);
        CU_ASSERT_TRUE(fits(&reply, &flow, named(4711)));
        memset(payload, 0, HT_PAYLOAD_MIN);
        CU_ASSERT_EQUAL(fits(&reply, &flow, named(4711)), i < 3); /* padding */
    }
}

/* RFC 4884 section 4: in words of 8 bytes. */
static void an_announced_quote_ends_where_it_says(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = flow_of(HT_ICMP, true, 200);
    exceed(&message, &flow, 4711, 248);
    message.bytes[4] = 17;
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_TRUE(reply.extension_announced);
    CU_ASSERT_EQUAL(reply.extension_length, 248 - 17 * 8);
    CU_ASSERT_EQUAL(reply.quoted_payload_length, 17 * 8 - 48);
}

/* Version 2, one label, with its checksum. Returns the length. */
static size_t write_labels(uint8_t *bytes)
{
    static const uint8_t content[] = {0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x11, 0x01};
    memcpy(bytes, content, sizeof content);
    ht_store_u16(bytes + 2, ht_checksum_finish(ht_checksum_add(0, bytes, sizeof content)));
    return sizeof content;
}

/* How a router tells of labels right behind a quote that it did not pad. */
enum manner { TOLD, TOLD_TOO_LONG, UNTOLD, TOLD_WITHOUT_CHECKSUM, DAMAGED };

/* A time exceeded with labels right behind `quoted` bytes of the probe. */
static void exceed_with_labels(struct message *message, const struct ht_flow *flow, size_t quoted,
                               enum manner manner)
{
    uint8_t body[4 + HT_PACKET_MAX] = {0};
    bool ipv6 = flow->destination.version == HT_IPV6;
    (void)whole_probe(flow, QUOTED_TTL, named(4711), body + 4);
    size_t length = 4 + quoted;
    if (manner == TOLD_TOO_LONG)
        body[ipv6 ? 0 : 1] = ipv6 ? 16 : 32;
    else if (manner != UNTOLD)
        body[ipv6 ? 0 : 1] = (uint8_t)(quoted / (ipv6 ? 8 : 4));
    length += write_labels(body + length);
    if (manner == TOLD_WITHOUT_CHECKSUM)
        ht_store_u16(body + 4 + quoted + 2, 0);
    if (manner == DAMAGED)
        body[4 + quoted + 11] ^= 1;
    wrap(message, ipv6 ? "2001:db8::fe" : "203.0.113.1",
         ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED, 0, body, length);
}

static void check_labels(uint8_t protocol, bool ipv6, size_t quoted, enum manner manner)
{
    struct message message;
    struct ht_reply reply;
    struct ht_mpls labels[HT_MPLS_MAX];
    struct ht_flow flow = flow_of(protocol, ipv6, 33);
    exceed_with_labels(&message, &flow, quoted, manner);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    if (reply.keyed) /* TCP over IPv6 has none without a payload */
        CU_ASSERT_EQUAL(reply.key, 4711);
    CU_ASSERT_TRUE(fits(&reply, &flow, named(4711)));
    CU_ASSERT_EQUAL_FATAL(
        ht_mpls_read(reply.extension, reply.extension_length, reply.extension_announced, labels),
        1);
    CU_ASSERT_EQUAL(labels[0].label, 16001);
    CU_ASSERT_TRUE(labels[0].bottom);
}

/* Whatever the router quotes: the transport header's first 8 bytes, the whole packet, of an odd
 * length too, or anything between. */
static void labels_behind_a_short_quote_are_found(void)
{
    static const uint8_t protocols[] = {HT_ICMP, HT_UDP, HT_TCP};
    for (size_t i = 0; i < 6; i++) {
        uint8_t protocol = protocols[i % 3];
        bool ipv6 = i >= 3;
        size_t shortest = (ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH) + 8;
        size_t whole = shortest - 8 + (protocol == HT_TCP ? 20 : 8) + 33;
        for (size_t quoted = shortest; quoted <= whole; quoted++) {
            check_labels(protocol, ipv6, quoted, UNTOLD);
            check_labels(protocol, ipv6, quoted, TOLD_TOO_LONG);
            if (quoted % (ipv6 ? 8 : 4) == 0) {
                check_labels(protocol, ipv6, quoted, TOLD);
                check_labels(protocol, ipv6, quoted, TOLD_WITHOUT_CHECKSUM);
            }
        }
    }
}

/* What is no extension is payload, and no payload of ours. */
static void a_damaged_extension_is_none(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = flow_of(HT_ICMP, false, 32);
    exceed_with_labels(&message, &flow, 28, DAMAGED);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_EQUAL(reply.extension_length, 0);
    CU_ASSERT_EQUAL(reply.quoted_payload_length, 12);
    CU_ASSERT_FALSE(fits(&reply, &flow, named(4711)));
}

static void a_quote_of_the_other_family_is_no_answer(void)
{
    struct message message;
    struct ht_reply reply;
    uint8_t body[4 + HT_PACKET_MAX] = {0};
    struct ht_flow flow = ipv4_flow();
    size_t length = whole_probe(&flow, 1, named(99), body + 4);
    wrap(&message, "2001:db8::fe", HT_ICMPV6_TIME_EXCEEDED, 0, body, 4 + length);
    CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
}

static void another_payload_is_a_forgery(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    exceed(&message, &flow, 4711, 60);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    message.bytes[20 + 8 + 28 + 3] ^= 1; /* within the quoted token */
    CU_ASSERT_FALSE(fits(&reply, &flow, named(4711)));
}

static void padding_with_zeros_is_no_forgery(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    exceed(&message, &flow, 4711, 60);
    memset(message.bytes + 20 + 8 + 28, 0, 32);
    ht_store_u16(message.bytes + 22, 0);
    ht_store_u16(message.bytes + 22, ht_checksum_finish(ht_checksum_add(
                                         0, message.bytes + 20, message.incoming.length - 20)));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_TRUE(fits(&reply, &flow, named(4711)));
}

static void damaged_messages_are_not_believed(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    exceed(&message, &flow, 4711, 60);
    message.bytes[20 + 8 + 27] ^= 1; /* the key, without mending the checksum */
    CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
}

/* The whole packet's checksum holds, ports stay, and so does all else that routers hash. */
static void check_transport(uint8_t protocol, bool ipv6, uint16_t payload)
{
    uint8_t first[HT_PACKET_MAX];
    uint8_t bytes[HT_PACKET_MAX];
    struct ht_flow flow = flow_of(protocol, ipv6, payload);
    size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    uint8_t ip_protocol = protocol == HT_UDP ? HT_IPPROTO_UDP : HT_IPPROTO_TCP;
    (void)whole_probe(&flow, 1, named(1), first);
    for (unsigned key = 2; key < 65536; key += 211) {
        size_t length = whole_probe(&flow, 1, named((uint16_t)key), bytes);
        uint64_t sum =
            ht_ip_pseudo_sum(&flow.source, &flow.destination, ip_protocol, length - header);
        CU_ASSERT_EQUAL(ht_checksum_fold(ht_checksum_add(sum, bytes + header, length - header)),
                        0xffff);
        CU_ASSERT_EQUAL(memcmp(bytes + header, first + header, 4), 0);
        if (protocol == HT_UDP)
            CU_ASSERT_EQUAL(ht_load_u16(bytes + header + 6), key);
    }
    CU_ASSERT_EQUAL(ht_load_u16(bytes + header), LOCAL_ID);
    CU_ASSERT_EQUAL(ht_load_u16(bytes + header + 2), 443);
}

static void udp_and_tcp_probes_are_well_formed(void)
{
    static const uint16_t payloads[] = {0, 5, 12, 33, 1400};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            check_transport(HT_UDP, ipv6, payloads[i]);
            check_transport(HT_TCP, ipv6, payloads[i]);
        }
    }
}

static void errors_about_udp_and_tcp_name_their_probe(void)
{
    for (int which = 0; which < 4; which++) {
        bool ipv6 = which % 2 != 0;
        struct ht_flow flow = flow_of(which < 2 ? HT_UDP : HT_TCP, ipv6, 32);
        size_t shortest = (ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH) + 8;
        size_t longest = shortest + 32 + (which < 2 ? 0 : 32);
        for (size_t quoted = shortest; quoted <= longest; quoted++) {
            struct message message;
            struct ht_reply reply;
            exceed(&message, &flow, 4711, quoted);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            CU_ASSERT_EQUAL(reply.protocol, flow.protocol);
            CU_ASSERT_EQUAL(reply.port, 443);
            /* Of TCP the key is in the payload alone. */
            bool tells = which < 2 || quoted >= shortest + 32 + 12;
            CU_ASSERT_EQUAL(reply.keyed, tells);
            CU_ASSERT_EQUAL(reply.ip_id, ipv6 ? 0 : ip_id_of(4711));
            CU_ASSERT_TRUE(!tells || reply.key == 4711);
            CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 0);
            bool timestamped = which >= 2 && quoted >= shortest + 12 + 16;
            CU_ASSERT_EQUAL(reply.timestamped, timestamped);
            CU_ASSERT_TRUE(!timestamped || reply.timestamp >> 11 == 1000 + 4711);
            CU_ASSERT_TRUE(fits(&reply, &flow, named(4711)));
        }
    }
}

/* RFC 9293 section 3.1 and what clients send: no data, the usual options, one sequence number. */
static void a_tcp_probe_is_a_clients_syn(void)
{
    static const uint8_t options[2][20] = {
        {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7},
        {2, 4, 0x05, 0xa0, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7}};
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        uint8_t bytes[HT_PACKET_MAX];
        uint8_t next[HT_PACKET_MAX];
        struct ht_flow flow = flow_of(HT_TCP, ipv6, 0);
        size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
        CU_ASSERT_EQUAL(whole_probe(&flow, 1, named(5), bytes), header + 40);
        (void)whole_probe(&flow, 2, named(6), next);
        uint8_t *tcp = bytes + header;
        CU_ASSERT_EQUAL(tcp[12], 40 / 4 << 4);
        CU_ASSERT_EQUAL(tcp[13], 0x02);
        CU_ASSERT_TRUE(ht_load_u16(tcp + 14) >= 0x8000);
        CU_ASSERT_EQUAL(memcmp(tcp, next + header, 14), 0);
        CU_ASSERT_EQUAL(ht_load_u32(tcp + 28) >> 11, 1005);
        CU_ASSERT_TRUE(ht_load_u32(next + header + 28) > ht_load_u32(tcp + 28));
        ht_store_u32(tcp + 28, 0);
        CU_ASSERT_EQUAL(memcmp(tcp + 20, options[ipv6], sizeof options[ipv6]), 0);
    }
}

/* What a forger has to guess of a quote, by protocol, family and how much is quoted of the
 * transport: bits of the probe's own, and bits of the flow. */
static void quotes_prove_as_much_as_they_show(void)
{
    static const struct {
        uint8_t protocol;
        bool ipv6;
        size_t quoted;
        uint8_t own;
        uint8_t flow;
    } rows[] = {
        {HT_ICMP, false, 8, 32, 12 + 16},     {HT_ICMP, false, 1000, 32 + 32, 12 + 16 + 32},
        {HT_ICMP, true, 8, 16, 12 + 16 + 20}, {HT_ICMP, true, 1000, 16 + 32, 12 + 16 + 20 + 32},
        {HT_UDP, false, 8, 32, 12},           {HT_UDP, false, 1000, 32 + 32, 12 + 32},
        {HT_UDP, true, 8, 16, 12 + 20},       {HT_UDP, true, 1000, 16 + 32, 12 + 20 + 32},
        {HT_TCP, false, 8, 16, 12 + 32},      {HT_TCP, false, 40, 16 + 11 + 15, 12 + 32},
        {HT_TCP, true, 8, 0, 12 + 20 + 32},   {HT_TCP, true, 40, 11 + 15, 12 + 20 + 32},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct message message;
        struct ht_reply reply;
        uint16_t payload = rows[i].protocol == HT_TCP ? 0 : 32;
        struct ht_flow flow = flow_of(rows[i].protocol, rows[i].ipv6, payload);
        if (rows[i].protocol == HT_ICMP)
            flow.port = 0;
        size_t header = rows[i].ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
        exceed(&message, &flow, 4711, header + rows[i].quoted);
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
        struct ht_evidence evidence = ht_reply_examine(&reply, &flow, named(4711));
        CU_ASSERT_EQUAL(evidence.own_bits, rows[i].own);
        CU_ASSERT_EQUAL(evidence.flow_bits, rows[i].flow);
        CU_ASSERT_FALSE(evidence.contradicts);
    }
}

static void the_sequence_number_is_the_hosts(void)
{
    static const uint64_t elsewhere[2] = {3, 5};
    struct ht_flow flow = flow_of(HT_TCP, false, 0);
    struct ht_flow again = flow_of(HT_TCP, false, 0);
    again.secret[0] = 77; /* the next process */
    ht_flow_init(&again, host_secret);
    CU_ASSERT_EQUAL(again.sequence, flow.sequence);
    CU_ASSERT_EQUAL(again.clock_offset, flow.clock_offset);
    ht_flow_init(&again, elsewhere);
    CU_ASSERT_NOT_EQUAL(again.sequence, flow.sequence);
    again.port++;
    ht_flow_init(&again, host_secret);
    CU_ASSERT_NOT_EQUAL(again.sequence, flow.sequence);
}

/* A length label makes a probe longer by as much as its quote tells. */
static void lengths_tell_probes_apart(void)
{
    static const uint8_t protocols[] = {HT_UDP, HT_TCP};
    for (size_t i = 0; i < 4; i++) {
        bool ipv6 = i % 2 != 0;
        struct ht_flow flow = flow_of(protocols[i / 2], ipv6, 32);
        size_t shortest = (ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH) + 8;
        uint16_t labels = ht_probe_length_labels(&flow);
        CU_ASSERT_TRUE(labels >= 5);
        for (uint16_t label = 0; label <= labels; label++) {
            struct ht_probe_id name = named(4711);
            struct message message;
            struct ht_reply reply;
            uint16_t told;
            name.length_label = label;
            exceed_name(&message, &flow, name, shortest);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            CU_ASSERT_TRUE(ht_reply_length_label(&reply, &flow, &told));
            CU_ASSERT_EQUAL(told, label);
            exceed_name(&message, &flow, name, 1400);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            CU_ASSERT_TRUE(fits(&reply, &flow, name));
        }
    }
    struct ht_flow echo = ipv4_flow();
    CU_ASSERT_EQUAL(ht_probe_length_labels(&echo), 0);
}

static void the_longest_payload_leaves_room_for_few_lengths(void)
{
    struct ht_flow flow = flow_of(HT_UDP, true, 1400);
    uint8_t bytes[HT_PACKET_MAX];
    struct ht_probe_id name = named(1);
    name.length_label = ht_probe_length_labels(&flow);
    CU_ASSERT_EQUAL(name.length_label, HT_PACKET_MAX - 40 - 8 - 1400);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, name, bytes), HT_PACKET_MAX);
}

/* A translator rewrites the checksum, another one the id: the one that was spared tells. */
static void a_rewritten_udp_quote_still_names_its_probe(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = flow_of(HT_UDP, false, 32);
    exceed(&message, &flow, 4711, 28);
    uint8_t *quote = message.bytes + 28;
    quote[26] ^= 0x55; /* the quoted UDP checksum */
    message.bytes[22] = message.bytes[23] = 0;
    ht_store_u16(message.bytes + 22, ht_checksum_finish(ht_checksum_add(
                                         0, message.bytes + 20, message.incoming.length - 20)));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_NOT_EQUAL(reply.key, 4711);
    CU_ASSERT_EQUAL(reply.ip_id, ip_id_of(4711));
}

/* What a listener, or a closed port, answers to a probe, with so many bytes of options. */
static bool tcp_answer(struct ht_reply *reply, const struct ht_flow *flow, uint8_t flags,
                       uint32_t acknowledged, size_t options)
{
    static const uint8_t timestamps[20] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 9, 9, 9, 9};
    uint8_t probe[HT_PACKET_MAX];
    uint8_t answer[40] = {0};
    size_t header = HT_IPV6_HEADER_LENGTH;
    (void)whole_probe(flow, 9, named(99), probe);
    memcpy(answer, probe + header + 2, 2);
    memcpy(answer + 2, probe + header, 2);
    ht_store_u32(answer + 8, ht_load_u32(probe + header + 4) + acknowledged);
    answer[12] = (uint8_t)((20 + options) / 4 << 4);
    answer[13] = flags;
    memcpy(answer + 20, timestamps, options);
    if (options == 20) /* what stands in the probe behind MSS, SACK permitted, kind and length */
        memcpy(answer + 32, probe + header + 28, 4);
    const struct ht_incoming incoming = {.from = flow->destination,
                                         .hop_limit = 60,
                                         .ip_version = 6,
                                         .ip_protocol = 6,
                                         .bytes = answer,
                                         .length = 20 + options};
    return ht_reply_read(&incoming, reply);
}

static void tcp_answers_name_their_flow(void)
{
    struct ht_reply reply;
    struct ht_flow flow = flow_of(HT_TCP, true, 32);
    CU_ASSERT_TRUE_FATAL(tcp_answer(&reply, &flow, 0x12, 1, 20));
    CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_TCP);
    CU_ASSERT_TRUE(reply.syn_ack);
    CU_ASSERT_TRUE(reply.timestamped);
    CU_ASSERT_EQUAL(reply.timestamp >> 11, 1099);
    CU_ASSERT_TRUE(reply.node.by_tcp);
    CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 0);
    CU_ASSERT_TRUE(fits(&reply, &flow, named(99)));
    CU_ASSERT_TRUE_FATAL(tcp_answer(&reply, &flow, 0x12, 1, 4)); /* a listener without them */
    CU_ASSERT_FALSE(reply.timestamped);
    CU_ASSERT_TRUE_FATAL(tcp_answer(&reply, &flow, 0x14, 33, 0)); /* a reset counts the payload */
    CU_ASSERT_FALSE(reply.syn_ack);
    CU_ASSERT_FALSE(reply.keyed);
    CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 0);
    CU_ASSERT_TRUE_FATAL(tcp_answer(&reply, &flow, 0x12, 7, 0));
    CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 6);
    CU_ASSERT_FALSE(tcp_answer(&reply, &flow, 0x10, 1, 0)); /* a challenge */
    CU_ASSERT_FALSE(tcp_answer(&reply, &flow, 0x04, 1, 0));
}

/* Options that lie about their length, or go on for ever, show no timestamp. */
static void damaged_tcp_options_show_nothing(void)
{
    static const uint8_t damaged[][8] = {
        {8, 10, 0, 0, 3, 0xed, 0, 0}, {8, 0}, {8, 1}, {254, 255}, {0, 8, 10, 0, 0, 3, 0xed, 0},
        {8, 9, 1, 2, 3, 4, 5, 6}};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        uint8_t answer[28] = {[12] = 28 / 4 << 4, [13] = 0x12};
        memcpy(answer + 20, damaged[i], 8);
        struct ht_reply reply;
        const struct ht_incoming incoming = {.from = {.version = HT_IPV6},
                                             .ip_version = 6,
                                             .ip_protocol = 6,
                                             .bytes = answer,
                                             .length = sizeof answer};
        CU_ASSERT_TRUE(ht_reply_read(&incoming, &reply));
        CU_ASSERT_FALSE(reply.timestamped);
    }
}

static void an_earlier_owner_of_a_key_is_told_apart(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    exceed(&message, &flow, 4711, 60);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_FALSE(fits(&reply, &flow, (struct ht_probe_id){.key = 4711, .serial = 78}));
}

static void other_icmp_messages_are_no_answers(void)
{
    static const uint8_t types[] = {4, 5, 8, 9, 13, 200};
    uint8_t body[64] = {0};
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    (void)whole_probe(&flow, 1, named(7), body + 4);
    for (size_t i = 0; i < sizeof types; i++) {
        wrap(&message, "203.0.113.1", types[i], 0, body, sizeof body);
        CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
    }
    wrap(&message, "203.0.113.1", HT_ICMP_TIME_EXCEEDED, 1, body, sizeof body);
    CU_ASSERT_FALSE(ht_reply_read(&message.incoming, &reply));
    wrap(&message, "203.0.113.1", HT_ICMP_UNREACHABLE, 13, body, sizeof body);
    CU_ASSERT_TRUE(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_UNREACHABLE);
}

static const struct unit_case cases[] = {
    UNIT_CASE(probes_of_a_flow_look_alike_to_routers),
    UNIT_CASE(next_process_has_the_same_flow),
    UNIT_CASE(payload_is_raised_to_what_identity_needs),
    UNIT_CASE(errors_name_their_probe),
    UNIT_CASE(cut_quotes_name_nothing),
    UNIT_CASE(echo_replies_name_their_flow),
    UNIT_CASE(an_echo_reply_is_known_by_its_identity),
    UNIT_CASE(another_identity_is_a_forgery),
    UNIT_CASE(an_announced_quote_ends_where_it_says),
    UNIT_CASE(labels_behind_a_short_quote_are_found),
    UNIT_CASE(a_damaged_extension_is_none),
    UNIT_CASE(a_quote_of_the_other_family_is_no_answer),
    UNIT_CASE(another_payload_is_a_forgery),
    UNIT_CASE(padding_with_zeros_is_no_forgery),
    UNIT_CASE(damaged_messages_are_not_believed),
    UNIT_CASE(udp_and_tcp_probes_are_well_formed),
    UNIT_CASE(errors_about_udp_and_tcp_name_their_probe),
    UNIT_CASE(a_rewritten_udp_quote_still_names_its_probe),
    UNIT_CASE(a_tcp_probe_is_a_clients_syn),
    UNIT_CASE(quotes_prove_as_much_as_they_show),
    UNIT_CASE(the_sequence_number_is_the_hosts),
    UNIT_CASE(lengths_tell_probes_apart),
    UNIT_CASE(the_longest_payload_leaves_room_for_few_lengths),
    UNIT_CASE(tcp_answers_name_their_flow),
    UNIT_CASE(damaged_tcp_options_show_nothing),
    UNIT_CASE(an_earlier_owner_of_a_key_is_told_apart),
    UNIT_CASE(other_icmp_messages_are_no_answers),
};

UNIT_MAIN("wire_probe", cases)
