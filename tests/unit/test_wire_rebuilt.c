/* What the kernel hands over of an answer becomes the packet that a raw socket would have given. */
#include <stdlib.h>
#include <string.h>

#include "probe_messages.h"
#include "wire/checksum.h"
#include "wire/rebuilt.h"

static const char *responder_of(const struct ht_flow *flow)
{
    return flow->destination.version == HT_IPV6 ? "2001:db8::fe" : "203.0.113.1";
}

static struct ht_told_error told_of(const struct ht_flow *flow)
{
    bool ipv6 = flow->destination.version == HT_IPV6;
    struct ht_told_error told = {.source = flow->source,
                                 .destination = flow->destination,
                                 .hop_limit = 55,
                                 .type = ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED,
                                 .ip_protocol = flow->protocol == HT_UDP ? HT_IPPROTO_UDP
                                                : ipv6                   ? HT_IPPROTO_ICMPV6
                                                                         : HT_IPPROTO_ICMP,
                                 .local_id = LOCAL_ID,
                                 .port = flow->port};
    CU_ASSERT_TRUE(ht_address_parse(responder_of(flow), &told.responder));
    return told;
}

/* The room before a quote, and the quote: what stands behind the UDP header, or from the ICMP
 * header on. Returns its length. */
static size_t quote_of(const struct ht_flow *flow, uint16_t key, uint8_t *bytes)
{
    uint8_t probe[HT_PACKET_MAX];
    size_t length = whole_probe(flow, QUOTED_TTL, NAMED(key), probe);
    size_t skipped =
        flow->destination.version == HT_IPV6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    skipped += flow->protocol == HT_UDP ? 8 : 0;
    memset(bytes, 0xee, HT_REBUILT_HEADROOM);
    memcpy(bytes + HT_REBUILT_HEADROOM, probe + skipped, length - skipped);
    return length - skipped;
}

static void expect_quote(struct ht_flow flow, size_t shown)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX];
    struct ht_told_error told = told_of(&flow);
    struct ht_incoming packet;
    struct ht_reply reply;
    size_t length = quote_of(&flow, 4711, bytes);
    length = length < shown ? length : shown;
    CU_ASSERT_TRUE_FATAL(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, length, &packet));
    CU_ASSERT(packet.bytes >= bytes);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
    CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_TIME_EXCEEDED);
    CU_ASSERT_TRUE(ht_address_equal(&reply.node.address, &told.responder));
    CU_ASSERT_TRUE(ht_address_equal(&reply.destination, &flow.destination));
    CU_ASSERT_EQUAL(reply.node.reply_ttl, 55);
    CU_ASSERT_EQUAL(reply.protocol, flow.protocol);
    CU_ASSERT_EQUAL(reply.local_id, LOCAL_ID);
    CU_ASSERT_EQUAL(reply.port, flow.port);
    CU_ASSERT_EQUAL(reply.key, 4711);
    CU_ASSERT_EQUAL(reply.ip_id, 0);
    CU_ASSERT_EQUAL(reply.quoted_ttl, 0);
    struct ht_evidence evidence = ht_reply_examine(&reply, &flow, NAMED(4711));
    CU_ASSERT_FALSE(evidence.contradicts);
    CU_ASSERT(evidence.own_bits >= 16);
    CU_ASSERT_TRUE(ht_reply_examine(&reply, &flow, NAMED(4712)).own_bits < 16);
}

static void errors_about_udp_show_the_payload(void)
{
    expect_quote(flow_of(HT_UDP, false, 32), 32);
    expect_quote(flow_of(HT_UDP, false, 32), 12);
    expect_quote(flow_of(HT_UDP, true, 32), 32);
}

static void errors_about_icmp_show_the_header(void)
{
    expect_quote(ipv4_flow(), 40);
    expect_quote(ipv4_flow(), 8);
    expect_quote(ipv6_flow(), 40);
}

static void expect_too_big(struct ht_flow flow, uint32_t link_mtu)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX];
    struct ht_told_error told = told_of(&flow);
    struct ht_incoming packet;
    struct ht_reply reply;
    bool ipv6 = flow.destination.version == HT_IPV6;
    size_t length = quote_of(&flow, 4711, bytes);
    told.type = ipv6 ? HT_ICMPV6_PACKET_TOO_BIG : HT_ICMP_UNREACHABLE;
    told.code = ipv6 ? 0 : HT_ICMP_FRAGMENTATION_NEEDED;
    told.link_mtu = link_mtu;
    CU_ASSERT_TRUE_FATAL(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, length, &packet));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
    CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_UNREACHABLE);
    CU_ASSERT_TRUE(reply.too_big);
    CU_ASSERT_EQUAL(reply.link_mtu, link_mtu);
    CU_ASSERT_EQUAL(reply.key, 4711);
}

static void errors_about_a_size_tell_the_mtu(void)
{
    expect_too_big(flow_of(HT_UDP, false, 32), 1400);
    expect_too_big(flow_of(HT_UDP, true, 32), 1280);
    expect_too_big(ipv4_flow(), 0);
    expect_too_big(ipv4_flow(), 65535);
    expect_too_big(ipv6_flow(), 70000);
}

/* Longer than the flow's own probes, right in every field, and named like those. */
static void expect_sized(struct ht_flow flow, uint16_t size)
{
    struct ht_outgoing *packet = calloc(1, sizeof *packet);
    struct ht_probe_id name = named(4711);
    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    size_t length;
    name.sized = size;
    ht_probe_write(&flow, 3, &name, packet);
    const uint8_t *bytes = ht_ip_prepend(packet, &length);
    CU_ASSERT_EQUAL(length, size);
    CU_ASSERT_TRUE(packet->whole);
    if (flow.destination.version == HT_IPV4) {
        CU_ASSERT_EQUAL(ht_load_u16(bytes + 6), 0x4000);
        CU_ASSERT_EQUAL(ht_checksum_fold(ht_checksum_add(0, bytes, HT_IPV4_HEADER_LENGTH)), 0xffff);
    }
    free(packet);
}

static void a_size_may_be_chosen(void)
{
    const struct ht_flow flows[] = {ipv4_flow(), ipv6_flow(), flow_of(HT_UDP, false, 32),
                                    flow_of(HT_UDP, true, 32)};
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        uint16_t least = ht_probe_least_length(&flows[i]);
        CU_ASSERT_TRUE(least <= (flows[i].destination.version == HT_IPV4 ? 68 : 1280));
        expect_sized(flows[i], least);
        expect_sized(flows[i], 1401);
        expect_sized(flows[i], 9000);
    }
}

static void a_quote_without_payload_names_no_probe(void)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX];
    struct ht_flow flow = flow_of(HT_UDP, false, 32);
    struct ht_told_error told = told_of(&flow);
    struct ht_incoming packet;
    struct ht_reply reply;
    uint16_t label;
    CU_ASSERT_TRUE(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, 0, &packet));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
    CU_ASSERT_EQUAL(reply.key, 0);
    CU_ASSERT_EQUAL(reply.transport_length, 0);
    CU_ASSERT_FALSE(ht_reply_length_label(&reply, &flow, &label));
}

/* A version and a checksum of an extension, and no object. */
static const uint8_t extension[] = {0x20, 0, 0xdf, 0xff};

static void expect_extension(struct ht_flow flow, size_t quote_length)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX] = {0};
    struct ht_told_error told = told_of(&flow);
    struct ht_incoming packet;
    struct ht_reply reply;
    (void)quote_of(&flow, 4711, bytes);
    memcpy(bytes + HT_REBUILT_HEADROOM + quote_length, extension, sizeof extension);
    told.quote_length = quote_length;
    CU_ASSERT_TRUE(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM,
                                    quote_length + sizeof extension, &packet));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
    CU_ASSERT_TRUE(reply.extension_announced);
    CU_ASSERT_EQUAL_FATAL(reply.extension_length, sizeof extension);
    CU_ASSERT_EQUAL(memcmp(reply.extension, extension, sizeof extension), 0);
}

/* 128 bytes of quote, of which the kernel hands over what stands behind its headers. */
static void extensions_are_found_where_the_kernel_says(void)
{
    expect_extension(flow_of(HT_UDP, false, 32), 128 - 28);
    expect_extension(flow_of(HT_UDP, true, 32), 128 - 48);
    expect_extension(ipv4_flow(), 128 - 20);
    expect_extension(ipv6_flow(), 128 - 40);
}

static void echo_replies_are_whole(void)
{
    const bool families[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        struct ht_flow flow = families[i] ? ipv6_flow() : ipv4_flow();
        uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX];
        struct ht_incoming packet;
        struct ht_reply reply;
        size_t length = quote_of(&flow, 99, bytes);
        bytes[HT_REBUILT_HEADROOM] = families[i] ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY;
        CU_ASSERT_TRUE(ht_rebuilt_echo(&flow.destination, &flow.source, 60,
                                       bytes + HT_REBUILT_HEADROOM, length, &packet));
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
        CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_ECHO);
        CU_ASSERT_EQUAL(reply.key, 99);
        CU_ASSERT_EQUAL(reply.node.reply_ttl, 60);
        CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(99)));
    }
}

/* Of a TCP probe the kernel shows what was quoted from its own SYN: the probe's header stands in.
 */
static void expect_probe(struct ht_flow flow, size_t shown, bool extended, bool announced)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + HT_PACKET_MAX] = {0};
    uint8_t header[HT_PACKET_MAX];
    struct ht_told_error told = told_of(&flow);
    struct ht_incoming packet;
    struct ht_reply reply;
    bool ipv6 = flow.destination.version == HT_IPV6;
    size_t padded = ipv6 ? 88 : 108;
    uint8_t *quote = bytes + HT_REBUILT_HEADROOM;
    size_t length = shown;
    (void)whole_probe(&flow, 3, NAMED(7), header);
    const uint8_t *tcp = header + (ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH);
    told.ip_protocol = HT_IPPROTO_TCP;
    memcpy(quote, tcp, shown);
    ht_store_u32(quote + 4, 0x12345678); /* a sequence number of the kernel's */
    if (extended) {
        memset(quote + shown, 0, padded - shown);
        memcpy(quote + padded, extension, sizeof extension);
        length = padded + sizeof extension;
        told.quote_length = announced ? padded : 0;
    }
    length = ht_rebuilt_quote(&told, tcp, 40, quote, length);
    CU_ASSERT_TRUE(ht_rebuilt_error(&told, quote, length, &packet));
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
    CU_ASSERT_TRUE(reply.timestamped);
    CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 0);
    CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(7)));
    CU_ASSERT_EQUAL(reply.extension_length, extended ? sizeof extension : 0);
    CU_ASSERT_EQUAL(reply.extension_announced, extended && announced);
}

static void errors_about_tcp_show_the_probe(void)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct ht_flow flow = flow_of(HT_TCP, ipv6 == 1, 0);
        expect_probe(flow, 8, false, false);
        expect_probe(flow, 40, false, false);
        expect_probe(flow, 8, true, true);
        expect_probe(flow, 40, true, false);
    }
}

static void answers_of_tcp_name_the_probe(void)
{
    for (int i = 0; i < 4; i++) {
        struct ht_flow flow = flow_of(HT_TCP, i >= 2, 0);
        bool accepts = i % 2 == 1;
        uint8_t bytes[HT_REBUILT_HEADROOM];
        uint8_t header[HT_PACKET_MAX];
        struct ht_incoming packet;
        struct ht_reply reply;
        (void)whole_probe(&flow, 3, NAMED(7), header);
        const uint8_t *tcp = header + (i >= 2 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH);
        CU_ASSERT_TRUE(ht_rebuilt_answer(&flow.destination, &flow.source, tcp, 40, accepts,
                                         bytes + HT_REBUILT_HEADROOM, &packet));
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&packet, &reply));
        CU_ASSERT_EQUAL(reply.answer, HT_ANSWER_TCP);
        CU_ASSERT_EQUAL(reply.syn_ack, accepts);
        CU_ASSERT_EQUAL(reply.port, 443);
        CU_ASSERT_EQUAL(reply.local_id, LOCAL_ID);
        CU_ASSERT_EQUAL(reply.node.reply_ttl, 0);
        CU_ASSERT_TRUE(reply.timestamped);
        CU_ASSERT_EQUAL(ht_reply_sequence_shift(&reply, &flow), 0);
        CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(7)));
        CU_ASSERT_FALSE(ht_rebuilt_answer(&flow.destination, &flow.source, tcp, 19, accepts,
                                          bytes + HT_REBUILT_HEADROOM, &packet));
    }
}

static void addresses_must_be_of_one_family(void)
{
    uint8_t bytes[HT_REBUILT_HEADROOM + 8] = {0};
    struct ht_flow flow = flow_of(HT_UDP, false, 32);
    struct ht_flow other = flow_of(HT_UDP, true, 32);
    struct ht_incoming packet;
    struct ht_told_error told = told_of(&flow);
    told.responder = other.source;
    CU_ASSERT_FALSE(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, 8, &packet));
    told = told_of(&flow);
    told.destination.version = HT_IP_NONE;
    CU_ASSERT_FALSE(ht_rebuilt_error(&told, bytes + HT_REBUILT_HEADROOM, 8, &packet));
    CU_ASSERT_FALSE(
        ht_rebuilt_echo(&flow.source, &other.source, 1, bytes + HT_REBUILT_HEADROOM, 8, &packet));
    CU_ASSERT_FALSE(
        ht_rebuilt_echo(&flow.source, &flow.source, 1, bytes + HT_REBUILT_HEADROOM, 7, &packet));
}

static const struct unit_case cases[] = {
    UNIT_CASE(errors_about_udp_show_the_payload),
    UNIT_CASE(errors_about_icmp_show_the_header),
    UNIT_CASE(errors_about_a_size_tell_the_mtu),
    UNIT_CASE(a_size_may_be_chosen),
    UNIT_CASE(a_quote_without_payload_names_no_probe),
    UNIT_CASE(extensions_are_found_where_the_kernel_says),
    UNIT_CASE(echo_replies_are_whole),
    UNIT_CASE(errors_about_tcp_show_the_probe),
    UNIT_CASE(answers_of_tcp_name_the_probe),
    UNIT_CASE(addresses_must_be_of_one_family),
};

UNIT_MAIN("wire/rebuilt", cases)
