/* Probes and the answers that name them: constant flow, identity, forgeries. */
#include "probe_messages.h"

static void check_constant_flow(const struct ht_flow *flow, size_t header)
{
    uint8_t first[HT_PACKET_MAX];
    uint8_t other[HT_PACKET_MAX];
    size_t length = whole_probe(flow, 3, NAMED(1), first);
    for (unsigned key = 2; key < 65536; key += 97) {
        CU_ASSERT_EQUAL(whole_probe(flow, 4, NAMED((uint16_t)key), other), length);
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
    (void)whole_probe(&flow, 1, NAMED(5), ours);
    (void)whole_probe(&other, 1, NAMED(6), theirs);
    CU_ASSERT_EQUAL(memcmp(ours + 20, theirs + 20, 6), 0);
    CU_ASSERT_EQUAL(other.flow_label, flow.flow_label);
}

static void payload_is_raised_to_what_identity_needs(void)
{
    uint8_t bytes[HT_PACKET_MAX];
    struct ht_flow flow = flow_between("192.0.2.1", "198.51.100.9", 0);
    CU_ASSERT_EQUAL(flow.payload_size, 12);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, NAMED(5), bytes), 20 + 8 + 12);
    flow = flow_between("192.0.2.1", "198.51.100.9", 1400);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, NAMED(5), bytes), 20 + 8 + 1400);
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
    CU_ASSERT_TRUE(fits(&reply, flow, NAMED(4711)));
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
        CU_ASSERT_TRUE(fits(&reply, &flows[i], NAMED(99)));
        CU_ASSERT_FALSE(fits(&reply, &flows[i], NAMED(100)));
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
                CU_ASSERT_EQUAL(fits(&reply, &flow, NAMED(99)), length >= HT_PAYLOAD_MIN);
            }
            memset(payload + HT_PAYLOAD_MIN, 0xa5, (size_t)payloads[i] - HT_PAYLOAD_MIN);
            CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(99)));
            reply.quoted_payload_length += 20; /* more than was sent */
            CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(99)));
            CU_ASSERT_FALSE(fits(&reply, &flow, NAMED(100)));
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
        CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(4711)));
        uint8_t *payload = message.bytes + (reply.quoted_payload - message.bytes);
        for (size_t bit = 0; bit < (size_t)HT_PAYLOAD_MIN * 8; bit++) {
            payload[bit / 8] ^= (uint8_t)(1U << bit % 8);
            CU_ASSERT_FALSE(fits(&reply, &flow, NAMED(4711)));
            payload[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        /* It decides in a quote as well: a middlebox may have changed what lies behind. */
        memset(payload + HT_PAYLOAD_MIN, 0xa5, 32 - HT_PAYLOAD_MIN);
        CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(4711)));
        memset(payload, 0, HT_PAYLOAD_MIN);
        CU_ASSERT_EQUAL(fits(&reply, &flow, NAMED(4711)), i < 3); /* padding */
    }
}

static void a_quote_of_the_other_family_is_no_answer(void)
{
    struct message message;
    struct ht_reply reply;
    uint8_t body[4 + HT_PACKET_MAX] = {0};
    struct ht_flow flow = ipv4_flow();
    size_t length = whole_probe(&flow, 1, NAMED(99), body + 4);
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
    CU_ASSERT_FALSE(fits(&reply, &flow, NAMED(4711)));
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
    CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(4711)));
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

static void an_earlier_owner_of_a_key_is_told_apart(void)
{
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    exceed(&message, &flow, 4711, 60);
    CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
    CU_ASSERT_FALSE(fits(&reply, &flow, &(struct ht_probe_id){.key = 4711, .serial = 78}));
}

static void other_icmp_messages_are_no_answers(void)
{
    static const uint8_t types[] = {4, 5, 8, 9, 13, 200};
    uint8_t body[64] = {0};
    struct message message;
    struct ht_reply reply;
    struct ht_flow flow = ipv4_flow();
    (void)whole_probe(&flow, 1, NAMED(7), body + 4);
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
    UNIT_CASE(a_quote_of_the_other_family_is_no_answer),
    UNIT_CASE(another_payload_is_a_forgery),
    UNIT_CASE(padding_with_zeros_is_no_forgery),
    UNIT_CASE(damaged_messages_are_not_believed),
    UNIT_CASE(an_earlier_owner_of_a_key_is_told_apart),
    UNIT_CASE(other_icmp_messages_are_no_answers),
};

UNIT_MAIN("wire_probe", cases)
