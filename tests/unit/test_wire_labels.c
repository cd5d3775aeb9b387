/* Quotes that are announced, and labels behind them (RFC 4884, RFC 4950). */
#include "probe_messages.h"
#include "wire/mpls.h"

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
    (void)whole_probe(flow, QUOTED_TTL, NAMED(4711), body + 4);
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
    CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(4711)));
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
    CU_ASSERT_FALSE(fits(&reply, &flow, NAMED(4711)));
}

static const struct unit_case cases[] = {
    UNIT_CASE(an_announced_quote_ends_where_it_says),
    UNIT_CASE(labels_behind_a_short_quote_are_found),
    UNIT_CASE(a_damaged_extension_is_none),
};

UNIT_MAIN("wire_labels", cases)
