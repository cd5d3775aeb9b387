/* What a quote shows otherwise than it left this host. */
#include "model/protocol.h"
#include "probe_messages.h"
#include "wire/quoted_fields.h"

#define BIT(field) (1U << (field))

/* Where the quote begins in an ICMP error, behind its own headers. */
static uint8_t *quote_in(struct message *message, bool ipv6)
{
    return message->bytes + (ipv6 ? 0 : HT_IPV4_HEADER_LENGTH) + HT_ICMP_HEADER_LENGTH;
}

static size_t header_of(bool ipv6)
{
    return ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
}

static size_t checksum_of(uint8_t protocol)
{
    return protocol == HT_TCP ? 16 : protocol == HT_UDP ? 6 : 2;
}

/* The quote's fields after the byte at `place` of it was changed; SIZE_MAX: none. */
static struct ht_quoted_fields changed(uint8_t protocol, bool ipv6, size_t quoted, size_t place)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = flow_of(protocol, ipv6, 32);
    exceed(&message, &flow, 4711, header_of(ipv6) + quoted);
    if (place != SIZE_MAX) {
        quote_in(&message, ipv6)[place] ^= 0x01;
        if (!ipv6) {
            uint8_t *icmp = message.bytes + HT_IPV4_HEADER_LENGTH;
            ht_store_u16(icmp + 2, 0);
            ht_store_u16(icmp + 2, ht_checksum_finish(ht_checksum_add(
                                       0, icmp, message.incoming.length - HT_IPV4_HEADER_LENGTH)));
        }
    }
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    return ht_quoted_fields_of(&reply, &flow, NAMED(4711));
}

static unsigned always_of(uint8_t protocol, bool ipv6)
{
    return BIT(HT_QUOTED_SOURCE) | BIT(HT_QUOTED_DESTINATION) |
           BIT(ipv6 ? HT_QUOTED_FLOW_LABEL : HT_QUOTED_ID) |
           (protocol == HT_ICMP ? 0 : BIT(HT_QUOTED_PORT)) |
           (protocol == HT_TCP ? BIT(HT_QUOTED_SEQUENCE) : 0);
}

static void what_is_as_it_left_is_not_rewritten(void)
{
    for (uint8_t protocol = 0; protocol < HT_PROTOCOLS; protocol++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            for (size_t quoted = 8; quoted <= 60; quoted++) {
                struct ht_quoted_fields fields = changed(protocol, ipv6, quoted, SIZE_MAX);
                bool sum = quoted >= (protocol == HT_TCP ? 20 : 8);
                unsigned shown = always_of(protocol, ipv6) | (sum ? BIT(HT_QUOTED_CHECKSUM) : 0);
                CU_ASSERT_EQUAL(fields.shown, shown);
                CU_ASSERT_EQUAL(fields.rewritten, 0);
            }
        }
    }
}

static void each_field_is_told_by_itself(void)
{
    for (uint8_t protocol = 0; protocol < HT_PROTOCOLS; protocol++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            size_t header = header_of(ipv6);
            CU_ASSERT_EQUAL(changed(protocol, ipv6, 60, header + checksum_of(protocol)).rewritten,
                            BIT(HT_QUOTED_CHECKSUM));
            CU_ASSERT_EQUAL(changed(protocol, ipv6, 60, ipv6 ? 8 : 12).rewritten,
                            BIT(HT_QUOTED_SOURCE));
            CU_ASSERT_EQUAL(changed(protocol, ipv6, 60, ipv6 ? 3 : 4).rewritten,
                            BIT(ipv6 ? HT_QUOTED_FLOW_LABEL : HT_QUOTED_ID));
            CU_ASSERT_EQUAL(changed(protocol, ipv6, 60, header - 1).rewritten,
                            BIT(HT_QUOTED_DESTINATION));
            if (protocol != HT_ICMP)
                CU_ASSERT_EQUAL(changed(protocol, ipv6, 60, header + 3).rewritten,
                                BIT(HT_QUOTED_PORT));
        }
    }
    CU_ASSERT_EQUAL(changed(HT_TCP, false, 60, header_of(false) + 4).rewritten,
                    BIT(HT_QUOTED_SEQUENCE));
}

/* A router that quotes 8 bytes of TCP and pads with zeros shows no checksum. */
static void padding_is_no_checksum(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = flow_of(HT_TCP, true, 0);
    exceed(&message, &flow, 4711, HT_IPV6_HEADER_LENGTH + 8);
    message.incoming.length += 80;
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    struct ht_quoted_fields fields = ht_quoted_fields_of(&reply, &flow, NAMED(4711));
    CU_ASSERT_EQUAL(fields.shown & BIT(HT_QUOTED_CHECKSUM), 0);
    CU_ASSERT_EQUAL(fields.rewritten, 0);
}

static void the_marking_is_read(void)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct message message;
        struct ht_reply reply;
        struct ht_flow flow = ipv6 ? ipv6_flow() : ipv4_flow();
        flow.tos = 0xb9;
        exceed(&message, &flow, 4711, 60);
        CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
        CU_ASSERT_EQUAL(reply.quoted_tos, 0xb9);
        CU_ASSERT_EQUAL(reply.quoted_ttl, QUOTED_TTL);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(what_is_as_it_left_is_not_rewritten),
    UNIT_CASE(each_field_is_told_by_itself),
    UNIT_CASE(padding_is_no_checksum),
    UNIT_CASE(the_marking_is_read),
};

UNIT_MAIN("wire/quoted_fields", cases)
