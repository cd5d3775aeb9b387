/* UDP and TCP probes, and the answers that name them. */
#include "model/protocol.h"
#include "probe_messages.h"

/* The whole packet's checksum holds, ports stay, and so does all else that routers hash. */
static void check_transport(uint8_t protocol, bool ipv6, uint16_t payload)
{
    uint8_t first[HT_PACKET_MAX];
    uint8_t bytes[HT_PACKET_MAX];
    struct ht_flow flow = flow_of(protocol, ipv6, payload);
    size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    uint8_t ip_protocol = protocol == HT_UDP ? HT_IPPROTO_UDP : HT_IPPROTO_TCP;
    (void)whole_probe(&flow, 1, NAMED(1), first);
    for (unsigned key = 2; key < 65536; key += 211) {
        size_t length = whole_probe(&flow, 1, NAMED((uint16_t)key), bytes);
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
            CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(4711)));
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
        CU_ASSERT_EQUAL(whole_probe(&flow, 1, NAMED(5), bytes), header + 40);
        (void)whole_probe(&flow, 2, NAMED(6), next);
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
        struct ht_evidence evidence = ht_reply_examine(&reply, &flow, NAMED(4711));
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
            exceed_name(&message, &flow, &name, shortest);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            CU_ASSERT_TRUE(ht_reply_length_label(&reply, &flow, &told));
            CU_ASSERT_EQUAL(told, label);
            exceed_name(&message, &flow, &name, 1400);
            CU_ASSERT_TRUE_FATAL(ht_reply_read(&message.incoming, &reply));
            CU_ASSERT_TRUE(fits(&reply, &flow, &name));
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
    CU_ASSERT_EQUAL(name.length_label, 1500 - 40 - 8 - 1400);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, &name, bytes), 1500);
    flow = flow_of(HT_UDP, true, 8900);
    CU_ASSERT_EQUAL(ht_probe_length_labels(&flow), 0);
    CU_ASSERT_EQUAL(whole_probe(&flow, 1, NAMED(1), bytes), 40 + 8 + 8900);
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
    (void)whole_probe(flow, 9, NAMED(99), probe);
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
    CU_ASSERT_TRUE(fits(&reply, &flow, NAMED(99)));
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

/* Flow k of a target, as the prober makes it. */
static struct ht_flow numbered_flow(uint8_t protocol, bool ipv6, uint8_t number)
{
    struct ht_flow flow = flow_of(protocol, ipv6, 32);
    flow.number = number;
    if (protocol != HT_ICMP)
        flow.local_id = (uint16_t)(LOCAL_ID + number);
    ht_flow_init(&flow, host_secret);
    return flow;
}

/* Two flows differ in what tells them apart, and in nothing else that routers hash. */
static void compare_flows(const struct ht_flow *a, const struct ht_flow *b)
{
    uint8_t first[HT_PACKET_MAX];
    uint8_t second[HT_PACKET_MAX];
    bool ipv6 = a->destination.version == HT_IPV6;
    size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    size_t length = whole_probe(a, 7, NAMED(9), first);
    CU_ASSERT_EQUAL(whole_probe(b, 7, NAMED(9), second), length);
    if (ipv6) {
        CU_ASSERT_NOT_EQUAL(ht_load_u32(first), ht_load_u32(second));
        CU_ASSERT_EQUAL(ht_load_u32(first) >> 20, ht_load_u32(second) >> 20);
        CU_ASSERT_EQUAL(memcmp(first + 4, second + 4, header - 4), 0);
    } else {
        CU_ASSERT_EQUAL(memcmp(first, second, header), 0);
    }
    bool icmp = a->protocol == HT_ICMP;
    CU_ASSERT_EQUAL(memcmp(first + header, second + header, 2) == 0, icmp);
    CU_ASSERT_EQUAL(memcmp(first + header + 2, second + header + 2, 2) == 0, !icmp);
    CU_ASSERT_TRUE(!icmp || memcmp(first + header + 4, second + header + 4, 4) == 0);
}

static void flows_differ_in_what_routers_hash(void)
{
    for (int which = 0; which < 2 * HT_PROTOCOLS; which++) {
        uint8_t protocol = (uint8_t)(which / 2);
        struct ht_flow flows[HT_FLOWS_MAX];
        for (uint8_t k = 0; k < HT_FLOWS_MAX; k++)
            flows[k] = numbered_flow(protocol, which % 2 != 0, k);
        for (uint8_t k = 0; k < HT_FLOWS_MAX; k++) {
            CU_ASSERT_TRUE(flows[k].checksum != 0 && flows[k].checksum != 0xffff);
            for (uint8_t j = 0; j < k; j++) {
                CU_ASSERT_NOT_EQUAL(flows[j].flow_tag, flows[k].flow_tag);
                compare_flows(&flows[j], &flows[k]);
            }
        }
        /* The same in the next process. */
        struct ht_flow again = numbered_flow(protocol, which % 2 != 0, 5);
        CU_ASSERT_EQUAL(again.checksum, flows[5].checksum);
        CU_ASSERT_EQUAL(again.flow_label, flows[5].flow_label);
        CU_ASSERT_EQUAL(again.sequence, flows[5].sequence);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(flows_differ_in_what_routers_hash),
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
};

UNIT_MAIN("wire_transports", cases)
