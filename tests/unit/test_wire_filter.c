/* The socket filters, run by the kernel itself: a filter on one end of a socket pair sees the
 * bytes just as it would see a packet. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "wire/filter.h"
#include "wire/icmp.h"
#include "wire/ip.h"

#define LOCAL_ID 0x8765

static const struct ht_local_ids one = {.of_flow = {LOCAL_ID}, .count = 1};

/* True if the kernel lets the packet through the filter. */
static bool admits(const struct ht_filter *filter, const uint8_t *packet, size_t length)
{
    int ends[2];
    uint8_t byte;
    struct ht_filter copy = *filter;
    struct sock_fprog program = {.len = copy.length, .filter = copy.code};
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    CU_ASSERT_EQUAL_FATAL(
        setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
    /* A refused packet makes this send fail with EPERM. */
    (void)send(ends[0], packet, length, 0);
    bool through = recv(ends[1], &byte, 1, MSG_TRUNC) == (ssize_t)length;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return through;
}

struct quote {
    size_t outer_options;
    size_t inner_options;
    uint8_t type;
    uint8_t protocol;
    uint8_t quoted_type;
    uint16_t id; /* or source port */
};

static size_t make_ipv4(uint8_t *packet, const struct quote *quote)
{
    memset(packet, 0, 200);
    size_t outer = 20 + quote->outer_options;
    size_t inner = 20 + quote->inner_options;
    packet[0] = (uint8_t)(0x40 | outer / 4);
    uint8_t *icmp = packet + outer;
    icmp[0] = quote->type;
    if (quote->type == HT_ICMP_ECHO_REPLY) {
        ht_store_u16(icmp + 4, quote->id);
        return outer + 8;
    }
    uint8_t *quoted = icmp + 8;
    quoted[0] = (uint8_t)(0x40 | inner / 4);
    quoted[9] = quote->protocol;
    quoted[inner] = quote->quoted_type;
    ht_store_u16(quoted + inner + (quote->protocol == HT_IPPROTO_ICMP ? 4 : 0), quote->id);
    return outer + 8 + inner + 8;
}

static size_t make_ipv6(uint8_t *packet, const struct quote *quote)
{
    memset(packet, 0, 200);
    packet[0] = quote->type;
    if (quote->type == HT_ICMPV6_ECHO_REPLY) {
        ht_store_u16(packet + 4, quote->id);
        return 8;
    }
    packet[8] = 0x60;
    packet[8 + 6] = quote->protocol;
    packet[48] = quote->quoted_type;
    ht_store_u16(packet + 48 + (quote->protocol == HT_IPPROTO_ICMPV6 ? 4 : 0), quote->id);
    return 56;
}

static bool admits_by(const struct ht_local_ids *ids, uint8_t ip_version, struct quote quote)
{
    struct ht_filter filter;
    uint8_t packet[200];
    ht_filter_write(&filter, ip_version, HT_ANSWERS_ICMP, ids);
    CU_ASSERT_TRUE(filter.length <= HT_FILTER_MAX);
    size_t length = ip_version == HT_IPV4 ? make_ipv4(packet, &quote) : make_ipv6(packet, &quote);
    return admits(&filter, packet, length);
}

static bool ipv4_admits(struct quote quote)
{
    return admits_by(&one, HT_IPV4, quote);
}

static bool ipv6_admits(struct quote quote)
{
    return admits_by(&one, HT_IPV6, quote);
}

static void refuse_all_refuses(void)
{
    struct ht_filter filter;
    static const uint8_t packet[60] = {0x45};
    ht_filter_refuse_all(&filter);
    CU_ASSERT_FALSE(admits(&filter, packet, sizeof packet));
}

static void ipv4_echo_replies(void)
{
    CU_ASSERT_TRUE(ipv4_admits((struct quote){.type = 0, .id = LOCAL_ID}));
    CU_ASSERT_TRUE(ipv4_admits((struct quote){.type = 0, .id = LOCAL_ID, .outer_options = 40}));
    CU_ASSERT_FALSE(ipv4_admits((struct quote){.type = 0, .id = LOCAL_ID + 1}));
}

static void ipv4_errors(void)
{
    for (size_t outer = 0; outer <= 40; outer += 20) {
        for (size_t inner = 0; inner <= 40; inner += 20) {
            struct quote quote = {.outer_options = outer,
                                  .inner_options = inner,
                                  .type = HT_ICMP_TIME_EXCEEDED,
                                  .protocol = HT_IPPROTO_ICMP,
                                  .quoted_type = HT_ICMP_ECHO_REQUEST,
                                  .id = LOCAL_ID};
            CU_ASSERT_TRUE(ipv4_admits(quote));
            quote.id ^= 0x100;
            CU_ASSERT_FALSE(ipv4_admits(quote));
            quote.id = LOCAL_ID;
            quote.quoted_type = HT_ICMP_ECHO_REPLY;
            CU_ASSERT_FALSE(ipv4_admits(quote));
        }
    }
}

static void ipv4_errors_about_other_protocols(void)
{
    struct quote quote = {.type = HT_ICMP_UNREACHABLE, .id = LOCAL_ID};
    quote.protocol = HT_IPPROTO_UDP;
    CU_ASSERT_TRUE(ipv4_admits(quote));
    quote.protocol = HT_IPPROTO_TCP;
    CU_ASSERT_TRUE(ipv4_admits(quote));
    quote.id++;
    CU_ASSERT_FALSE(ipv4_admits(quote));
    quote.protocol = HT_IPPROTO_UDP;
    CU_ASSERT_FALSE(ipv4_admits(quote));
    quote.protocol = 47;
    quote.id = LOCAL_ID;
    CU_ASSERT_FALSE(ipv4_admits(quote));
}

static void ipv6_echo_replies(void)
{
    CU_ASSERT_TRUE(ipv6_admits((struct quote){.type = HT_ICMPV6_ECHO_REPLY, .id = LOCAL_ID}));
    CU_ASSERT_FALSE(ipv6_admits((struct quote){.type = HT_ICMPV6_ECHO_REPLY, .id = LOCAL_ID + 1}));
}

static void ipv6_errors(void)
{
    struct quote quote = {.type = HT_ICMPV6_TIME_EXCEEDED,
                          .protocol = HT_IPPROTO_ICMPV6,
                          .quoted_type = HT_ICMPV6_ECHO_REQUEST,
                          .id = LOCAL_ID};
    CU_ASSERT_TRUE(ipv6_admits(quote));
    quote.quoted_type = HT_ICMPV6_ECHO_REPLY;
    CU_ASSERT_FALSE(ipv6_admits(quote));
    quote.quoted_type = HT_ICMPV6_ECHO_REQUEST;
    quote.id++;
    CU_ASSERT_FALSE(ipv6_admits(quote));
    quote = (struct quote){.type = HT_ICMPV6_UNREACHABLE, .protocol = 6, .id = LOCAL_ID};
    CU_ASSERT_TRUE(ipv6_admits(quote));
    quote.protocol = 17;
    CU_ASSERT_TRUE(ipv6_admits(quote));
    quote.id++;
    CU_ASSERT_FALSE(ipv6_admits(quote));
}

static void ipv6_quotes_with_extension_headers_are_left_to_matching(void)
{
    static const uint8_t headers[] = {HT_IPV6_HOP_BY_HOP, HT_IPV6_ROUTING, HT_IPV6_FRAGMENT,
                                      HT_IPV6_DESTINATION_OPTIONS};
    struct quote quote = {.type = HT_ICMPV6_TIME_EXCEEDED};
    for (size_t i = 0; i < sizeof headers; i++) {
        quote.protocol = headers[i];
        CU_ASSERT_TRUE(ipv6_admits(quote));
    }
    quote.protocol = 47;
    CU_ASSERT_FALSE(ipv6_admits(quote));
}

static bool tcp_admits_by(const struct ht_local_ids *ids, bool ipv6, size_t options, uint16_t port,
                          uint8_t flags)
{
    struct ht_filter filter;
    uint8_t packet[80] = {0};
    size_t start = ipv6 ? 0 : 20 + options;
    ht_filter_write(&filter, ipv6 ? HT_IPV6 : HT_IPV4, HT_ANSWERS_TCP, ids);
    packet[0] = ipv6 ? 0 : (uint8_t)(0x40 | start / 4);
    ht_store_u16(packet + start + 2, port);
    packet[start + 13] = flags;
    return admits(&filter, packet, start + 20);
}

static bool tcp_admits(bool ipv6, size_t options, uint16_t port, uint8_t flags)
{
    return tcp_admits_by(&one, ipv6, options, port, flags);
}

static void tcp_answers_to_a_syn(void)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        CU_ASSERT_TRUE(tcp_admits(ipv6, 0, LOCAL_ID, 0x12));  /* SYN, ACK */
        CU_ASSERT_TRUE(tcp_admits(ipv6, 40, LOCAL_ID, 0x14)); /* RST, ACK */
        CU_ASSERT_TRUE(tcp_admits(ipv6, 0, LOCAL_ID, 0x52));  /* and ECN's bits */
        CU_ASSERT_FALSE(tcp_admits(ipv6, 0, LOCAL_ID, 0x10)); /* ACK */
        CU_ASSERT_FALSE(tcp_admits(ipv6, 0, LOCAL_ID, 0x02)); /* SYN */
        CU_ASSERT_FALSE(tcp_admits(ipv6, 0, LOCAL_ID, 0x04)); /* RST that answers no SYN */
        CU_ASSERT_FALSE(tcp_admits(ipv6, 0, LOCAL_ID, 0x18));
        CU_ASSERT_FALSE(tcp_admits(ipv6, 0, LOCAL_ID + 1, 0x12));
    }
}

/* Not in order, as the numbers that are found free. */
static uint16_t number_of(uint16_t flow)
{
    return (uint16_t)(LOCAL_ID + 9 * (flow == 0 ? 0 : HT_FLOWS_SEARCHED - flow));
}

static struct ht_local_ids ids_of(uint16_t count)
{
    struct ht_local_ids ids = {.count = count};
    for (uint16_t flow = 0; flow < count; flow++)
        ids.of_flow[flow] = number_of(flow);
    return ids;
}

/* The first one as ICMP id, all of them as ports. */
static void check_numbers(const struct ht_local_ids *ids, uint8_t ip_version)
{
    bool ipv6 = ip_version == HT_IPV6;
    uint8_t exceeded = ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED;
    uint8_t icmp = ipv6 ? HT_IPPROTO_ICMPV6 : HT_IPPROTO_ICMP;
    uint8_t request = ipv6 ? HT_ICMPV6_ECHO_REQUEST : HT_ICMP_ECHO_REQUEST;
    uint8_t reply = ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY;
    /* Of many, some of each part. */
    uint16_t step = ids->count > HT_FLOWS_MAX ? 11 : 1;
    for (uint16_t flow = 0; flow < ids->count + step; flow = (uint16_t)(flow + step)) {
        uint16_t number = number_of(flow);
        bool held = flow < ids->count;
        struct quote quote = {.type = exceeded, .protocol = HT_IPPROTO_UDP, .id = number};
        CU_ASSERT_EQUAL(admits_by(ids, ip_version, quote), held);
        quote.protocol = HT_IPPROTO_TCP;
        CU_ASSERT_EQUAL(admits_by(ids, ip_version, quote), held);
        quote.id++;
        CU_ASSERT_FALSE(admits_by(ids, ip_version, quote));
        quote = (struct quote){
            .type = exceeded, .protocol = icmp, .quoted_type = request, .id = number};
        CU_ASSERT_EQUAL(admits_by(ids, ip_version, quote), flow == 0);
        quote = (struct quote){.type = reply, .id = number};
        CU_ASSERT_EQUAL(admits_by(ids, ip_version, quote), flow == 0);
        CU_ASSERT_EQUAL(tcp_admits_by(ids, ipv6, 0, number, 0x12), held);
        CU_ASSERT_EQUAL(tcp_admits_by(ids, ipv6, 0, number, 0x14), held);
        CU_ASSERT_FALSE(tcp_admits_by(ids, ipv6, 0, number, 0x10));
        CU_ASSERT_FALSE(tcp_admits_by(ids, ipv6, 0, (uint16_t)(number + 1), 0x12));
    }
}

static void several_numbers(void)
{
    static const uint16_t counts[] = {
        1, 2, 8, HT_FLOWS_MAX, HT_FLOWS_MAX + 1, 301, HT_FLOWS_SEARCHED};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct ht_local_ids ids = ids_of(counts[i]);
        check_numbers(&ids, HT_IPV4);
        check_numbers(&ids, HT_IPV6);
    }
}

static void cut_packets_are_refused(void)
{
    struct ht_filter filter;
    uint8_t packet[200];
    struct quote quote = {.type = 11, .protocol = 1, .quoted_type = 8, .id = LOCAL_ID};
    ht_filter_write(&filter, HT_IPV4, HT_ANSWERS_ICMP, &one);
    size_t length = make_ipv4(packet, &quote);
    for (size_t i = 1; i < length - 2; i++)
        CU_ASSERT_FALSE(admits(&filter, packet, i));
}

static const struct unit_case cases[] = {
    UNIT_CASE(refuse_all_refuses),
    UNIT_CASE(ipv4_echo_replies),
    UNIT_CASE(ipv4_errors),
    UNIT_CASE(ipv4_errors_about_other_protocols),
    UNIT_CASE(ipv6_echo_replies),
    UNIT_CASE(ipv6_errors),
    UNIT_CASE(ipv6_quotes_with_extension_headers_are_left_to_matching),
    UNIT_CASE(tcp_answers_to_a_syn),
    UNIT_CASE(several_numbers),
    UNIT_CASE(cut_packets_are_refused),
};

UNIT_MAIN("wire_filter", cases)
