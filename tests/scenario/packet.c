#include "packet.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "support.h"

/* A probe's identity lies in so many first bytes of an echo request's payload. */
#define ECHO_IDENTITY 12

static uint64_t sum_words(uint64_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint64_t)bytes[i] << 8 | bytes[i + 1];
    if (length % 2 != 0)
        sum += (uint64_t)bytes[length - 1] << 8;
    return sum;
}

/* The checksum in network order. */
static uint16_t sum_finish(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

/* Pseudo-headers of RFC 793 and RFC 8200 have the same sum: addresses, protocol, length. */
static uint64_t sum_pseudo(const struct ht_address *source, const struct ht_address *destination,
                           uint8_t protocol, size_t length)
{
    uint64_t sum = sum_words(0, source->bytes, sizeof source->bytes);
    return sum_words(sum, destination->bytes, sizeof destination->bytes) + protocol + length;
}

static struct ht_address address_of(const void *bytes, size_t length)
{
    struct ht_address address = {.version = length == 4 ? HT_IPV4 : HT_IPV6};
    memcpy(address.bytes, bytes, length);
    return address;
}

/* --- reading a probe --- */

static bool read_ipv4(struct probe_view *view)
{
    struct ip header;
    if (view->length < sizeof header)
        return false;
    memcpy(&header, view->bytes, sizeof header);
    size_t header_length = (size_t)header.ip_hl * 4;
    if (header_length < sizeof header || view->length < header_length)
        return false;
    view->source = address_of(&header.ip_src, 4);
    view->destination = address_of(&header.ip_dst, 4);
    view->protocol = header.ip_p;
    view->ttl = header.ip_ttl;
    view->tos = header.ip_tos;
    view->ip_id = ntohs(header.ip_id);
    view->whole = (ntohs(header.ip_off) & IP_DF) != 0;
    view->transport = view->bytes + header_length;
    view->transport_length = view->length - header_length;
    if (ntohs(header.ip_len) != view->length)
        view->fault = "the IP header tells another length";
    else if (sum_finish(sum_words(0, view->bytes, header_length)) != 0 && header.ip_sum != 0)
        view->fault = "wrong IP checksum"; /* 0: left to the kernel */
    else if (view->ip_id == 0)
        view->fault = "IPv4 id 0, which the kernel replaces";
    return true;
}

static bool read_ipv6(struct probe_view *view)
{
    struct ip6_hdr header;
    if (view->length < sizeof header)
        return false;
    memcpy(&header, view->bytes, sizeof header);
    uint32_t flow = ntohl(header.ip6_flow);
    view->source = address_of(&header.ip6_src, 16);
    view->destination = address_of(&header.ip6_dst, 16);
    view->protocol = header.ip6_nxt;
    view->ttl = header.ip6_hlim;
    view->tos = (uint8_t)(flow >> 20);
    view->flow_label = flow & 0xfffff;
    view->whole = true;
    view->transport = view->bytes + sizeof header;
    view->transport_length = view->length - sizeof header;
    if (ntohs(header.ip6_plen) != view->transport_length)
        view->fault = "the IP header tells another length";
    return true;
}

static void read_echo(struct probe_view *view)
{
    uint8_t request = view->version == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
    if (view->transport_length < 8) {
        view->fault = "cut within the ICMP header";
        return;
    }
    if (view->transport[0] != request || view->transport[1] != 0)
        view->fault = "not an echo request";
    view->echo_id = (uint16_t)(view->transport[4] << 8 | view->transport[5]);
    view->echo_sequence = (uint16_t)(view->transport[6] << 8 | view->transport[7]);
}

/* The options of a SYN, RFC 9293 section 3.1. False: they are no such list. */
static bool read_tcp_options(struct probe_view *view)
{
    const uint8_t *bytes = view->transport;
    for (size_t at = sizeof(struct tcphdr); at < view->tcp_header && bytes[at] != TCPOPT_EOL;) {
        if (bytes[at] == TCPOPT_NOP) {
            at++;
            continue;
        }
        size_t left = view->tcp_header - at;
        if (left < 2 || bytes[at + 1] < 2 || bytes[at + 1] > left || bytes[at] > 31 ||
            view->tcp_options & (1u << bytes[at]))
            return false;
        view->tcp_options |= 1u << bytes[at];
        if (bytes[at] == TCPOPT_TIMESTAMP && bytes[at + 1] == TCPOLEN_TIMESTAMP) {
            uint32_t stamp;
            view->tcp_stamp_at = at + 2;
            memcpy(&stamp, bytes + at + 2, sizeof stamp);
            view->tcp_stamp = ntohl(stamp);
        }
        at += bytes[at + 1];
    }
    return true;
}

static void read_tcp(struct probe_view *view)
{
    struct tcphdr header;
    if (view->transport_length < sizeof header) {
        view->fault = "cut within the TCP header";
        return;
    }
    memcpy(&header, view->transport, sizeof header);
    view->tcp_sequence = ntohl(header.seq);
    view->tcp_reset = header.rst != 0;
    view->tcp_header = (size_t)header.doff * 4;
    if (view->tcp_header < sizeof header || view->tcp_header > view->transport_length)
        view->fault = "the TCP header tells a length that it cannot have";
    else if (!read_tcp_options(view))
        view->fault = "TCP options that are none";
    if (header.ack != 0 || header.fin != 0 || header.syn == header.rst)
        view->fault = "neither a SYN nor a reset";
}

static uint64_t transport_pseudo(const struct probe_view *view)
{
    if (view->protocol == IPPROTO_ICMP)
        return 0;
    return sum_pseudo(&view->source, &view->destination, view->protocol, view->transport_length);
}

bool probe_view_read(const uint8_t *bytes, size_t length, struct probe_view *view)
{
    *view = (struct probe_view){.bytes = bytes, .length = length};
    if (length == 0)
        return false;
    view->version = bytes[0] >> 4;
    bool read = view->version == 4 ? read_ipv4(view) : view->version == 6 ? read_ipv6(view) : false;
    if (!read)
        return false;
    if (view->protocol == icmp_protocol(view->version))
        read_echo(view);
    if (view->protocol == IPPROTO_TCP)
        read_tcp(view);
    uint64_t sum = sum_words(transport_pseudo(view), view->transport, view->transport_length);
    if (view->fault == NULL && sum_finish(sum) != 0)
        view->fault = "wrong transport checksum";
    return true;
}

/* --- what happens to a packet before it is quoted --- */

static const char *const rewrite_names[] = {"ip_id",
                                            "tos",
                                            "ttl",
                                            "checksum",
                                            "length",
                                            "flow_label",
                                            "options",
                                            "outer_options",
                                            "source",
                                            "ip_id_zero",
                                            "ip_id_random",
                                            "checksum_zero",
                                            "checksum_random",
                                            "checksum_delta",
                                            "sequence",
                                            "sequence_random",
                                            "stamp",
                                            "destination",
                                            "port"};

bool rewrite_parse(const char *text, uint32_t *rewrite)
{
    char item[32];
    *rewrite = 0;
    while (value_next(&text, item, sizeof item)) {
        size_t i = 0;
        while (i < sizeof rewrite_names / sizeof rewrite_names[0] &&
               strcmp(rewrite_names[i], item) != 0)
            i++;
        if (i == sizeof rewrite_names / sizeof rewrite_names[0])
            return false;
        *rewrite |= 1u << i;
    }
    return true;
}

static void rewrite_ipv4(uint8_t *bytes, uint32_t rewrite, uint64_t random, uint8_t ttl)
{
    struct ip header;
    memcpy(&header, bytes, sizeof header);
    header.ip_ttl = rewrite & REWRITE_TTL ? 77 : ttl;
    if (rewrite & REWRITE_IP_ID)
        header.ip_id = htons(0x5a5a);
    if (rewrite & REWRITE_IP_ID_ZERO)
        header.ip_id = 0;
    if (rewrite & REWRITE_IP_ID_RANDOM)
        header.ip_id = (uint16_t)random;
    if (rewrite & REWRITE_TOS)
        header.ip_tos = 0x28;
    if (rewrite & REWRITE_CHECKSUM)
        header.ip_sum = htons(0x1111);
    if (rewrite & REWRITE_LENGTH)
        header.ip_len = htons((uint16_t)(ntohs(header.ip_len) - 20));
    if (rewrite & REWRITE_SOURCE)
        header.ip_src.s_addr = htonl(0xc0a80102);
    if (rewrite & REWRITE_DESTINATION)
        header.ip_dst.s_addr = htonl(0xc0a80709);
    memcpy(bytes, &header, sizeof header);
}

static void rewrite_ipv6(uint8_t *bytes, uint32_t rewrite, uint8_t ttl)
{
    struct ip6_hdr header;
    memcpy(&header, bytes, sizeof header);
    header.ip6_hlim = rewrite & REWRITE_TTL ? 77 : ttl;
    uint32_t flow = ntohl(header.ip6_flow);
    if (rewrite & REWRITE_TOS)
        flow = (flow & ~UINT32_C(0x0ff00000)) | UINT32_C(0x02800000);
    if (rewrite & REWRITE_FLOW_LABEL)
        flow = (flow & ~UINT32_C(0xfffff)) | UINT32_C(0x54321);
    header.ip6_flow = htonl(flow);
    if (rewrite & REWRITE_LENGTH)
        header.ip6_plen = htons((uint16_t)(ntohs(header.ip6_plen) + 4));
    if (rewrite & REWRITE_SOURCE)
        header.ip6_src.s6_addr[15] ^= 0x55;
    if (rewrite & REWRITE_DESTINATION)
        header.ip6_dst.s6_addr[15] ^= 0x55;
    memcpy(bytes, &header, sizeof header);
}

/* The bytes of the transport header where its checksum stands. */
static size_t checksum_offset(uint8_t protocol)
{
    return protocol == IPPROTO_UDP ? 6 : protocol == IPPROTO_TCP ? 16 : 2;
}

/* A checksum, or what a translator makes of it: `at` its two bytes. */
static void rewrite_checksum(uint8_t *at, uint32_t rewrite, uint64_t random)
{
    if (rewrite & REWRITE_CHECKSUM)
        at[0] ^= 0x42;
    if (rewrite & REWRITE_CHECKSUM_ZERO)
        memset(at, 0, 2);
    if (rewrite & REWRITE_CHECKSUM_RANDOM)
        memcpy(at, (const uint8_t *)&random + 2, 2);
    if (rewrite & REWRITE_CHECKSUM_DELTA) {
        uint16_t sum = sum_finish((uint64_t)(uint16_t) ~(at[0] << 8 | at[1]) + 0x3a7b);
        memcpy(at, &sum, 2);
    }
}

/* Another sequence number, and the checksum that belongs to it. `segment`: the quote's transport
 * part, of which `length` bytes are quoted. */
static void rewrite_sequence(const struct probe_view *probe, uint8_t *segment, uint32_t shift)
{
    if (shift == 0 || probe->transport_length < sizeof(struct tcphdr))
        return;
    uint32_t sequence = htonl(probe->tcp_sequence + shift);
    memcpy(segment + 4, &sequence, sizeof sequence);
    memset(segment + 16, 0, 2);
    uint64_t sum = sum_words(transport_pseudo(probe), segment, probe->transport_length);
    uint16_t checksum = sum_finish(sum);
    memcpy(segment + 16, &checksum, sizeof checksum);
}

/* The transport part of a probe as it came by the router that quotes it: all of it. */
static void write_transport(const struct probe_view *probe, const struct error_plan *plan,
                            uint8_t *transport)
{
    size_t checksum = checksum_offset(probe->protocol);
    uint32_t shift = plan->shift;
    memcpy(transport, probe->transport, probe->transport_length);
    if (plan->rewrite & REWRITE_SEQUENCE)
        shift += 0x1234567;
    if (plan->rewrite & REWRITE_SEQUENCE_RANDOM)
        shift += (uint32_t)(plan->random >> 32) | 1;
    if ((plan->rewrite & REWRITE_STAMP) && probe->tcp_stamp_at != 0)
        memset(transport + probe->tcp_stamp_at - 2, TCPOPT_NOP, TCPOLEN_TIMESTAMP);
    if (probe->protocol == IPPROTO_TCP)
        rewrite_sequence(probe, transport, shift);
    if ((plan->rewrite & REWRITE_PORT) && probe->protocol != icmp_protocol(probe->version))
        transport[2] ^= 0x20;
    if (probe->transport_length >= checksum + 2)
        rewrite_checksum(transport + checksum, plan->rewrite, plan->random);
}

/* Who puts options into a header says so in its length field. */
static void lengthen(uint8_t *field, size_t by)
{
    uint16_t length;
    memcpy(&length, field, sizeof length);
    length = htons((uint16_t)(ntohs(length) + by));
    memcpy(field, &length, sizeof length);
}

/* Writes the quote of a probe and returns its length. */
static size_t write_quote(const struct probe_view *probe, const struct error_plan *plan,
                          uint8_t *quote)
{
    size_t header = (size_t)(probe->transport - probe->bytes);
    size_t quoted = probe->transport_length < plan->quote ? probe->transport_length : plan->quote;
    size_t options = 0;
    uint8_t ttl = plan->quoted_ttl != 0 ? plan->quoted_ttl : 1;
    memcpy(quote, probe->bytes, header);
    if (probe->version == 4) {
        rewrite_ipv4(quote, plan->rewrite, plan->random, ttl);
        if (plan->rewrite & REWRITE_OPTIONS) {
            options = 8;
            memset(quote + header, IPOPT_NOP, options);
            quote[0] = (uint8_t)(quote[0] + options / 4);
            lengthen(quote + 2, options);
        }
    } else {
        rewrite_ipv6(quote, plan->rewrite, ttl);
        if (plan->rewrite & REWRITE_OPTIONS) {
            /* A destination options header that holds padding alone, RFC 8200 section 4.6. */
            const uint8_t padding[8] = {probe->protocol, 0, 1, 4, 0, 0, 0, 0};
            options = sizeof padding;
            memcpy(quote + header, padding, options);
            quote[6] = IPPROTO_DSTOPTS;
            lengthen(quote + 4, options);
        }
    }
    uint8_t transport[HT_PACKET_MAX];
    write_transport(probe, plan, transport);
    memcpy(quote + header + options, transport, quoted);
    return header + options + quoted;
}

/* --- the outer packet --- */

/* Writes the IPv4 header in front of `length` bytes of a message; returns the whole length. */
static size_t finish_ipv4(const struct probe_view *probe, const struct ht_address *responder,
                          uint8_t protocol, uint8_t reply_ttl, size_t header, size_t length,
                          uint8_t *reply)
{
    struct ip ip = {.ip_v = 4,
                    .ip_hl = (unsigned)(header / 4) & 15u,
                    .ip_ttl = reply_ttl,
                    .ip_p = protocol,
                    .ip_len = htons((uint16_t)(header + length)),
                    .ip_id = htons(0x7007)};
    memcpy(&ip.ip_src, responder->bytes, 4);
    memcpy(&ip.ip_dst, probe->source.bytes, 4);
    memset(reply, IPOPT_NOP, header);
    memcpy(reply, &ip, sizeof ip);
    ip.ip_sum = sum_finish(sum_words(0, reply, header));
    memcpy(reply, &ip, sizeof ip);
    return header + length;
}

/* Room that the IP header takes in front of a message, as a raw socket gives it. */
static size_t outer_header(const struct probe_view *probe, uint32_t rewrite)
{
    if (probe->version != 4)
        return 0;
    return rewrite & REWRITE_OUTER_OPTIONS ? 28 : 20;
}

/* Completes an ICMP message that stands behind `header` bytes of room. */
static size_t finish_icmp(const struct probe_view *probe, const struct ht_address *responder,
                          uint8_t reply_ttl, size_t header, size_t length, uint8_t *reply)
{
    uint8_t *message = reply + header;
    uint64_t sum = 0;
    if (probe->version == 6)
        sum = sum_pseudo(responder, &probe->source, IPPROTO_ICMPV6, length);
    memset(message + 2, 0, 2);
    uint16_t checksum = sum_finish(sum_words(sum, message, length));
    memcpy(message + 2, &checksum, 2);
    if (probe->version == 6)
        return length;
    return finish_ipv4(probe, responder, IPPROTO_ICMP, reply_ttl, header, length, reply);
}

/* Where an extension begins behind a quote of so many bytes. */
static size_t pad_quote(enum label_place place, size_t unit, size_t quote)
{
    if (place == LABELS_SHORT)
        return quote;
    if (place == LABELS_PADDED && quote < 128)
        return 128;
    return (quote + unit - 1) / unit * unit;
}

/* Appends an RFC 4884 extension with an RFC 4950 label stack to a message of which the quote is
 * `quote` bytes; returns what the message grew by. */
static size_t append_labels(const struct labels *labels, enum label_place place, uint8_t version,
                            size_t quote, uint8_t *message)
{
    size_t unit = version == 4 ? 4 : 8;
    size_t padded = pad_quote(place, unit, quote);
    memset(message + 8 + quote, 0, padded - quote);
    if (place != LABELS_SHORT)
        message[version == 4 ? 5 : 4] = (uint8_t)(padded / unit);
    uint8_t *extension = message + 8 + padded;
    size_t object = 4 + labels->count * 4;
    memset(extension, 0, 4);
    extension[0] = 2 << 4;
    extension[4] = (uint8_t)(object >> 8);
    extension[5] = (uint8_t)object;
    extension[6] = 1;
    extension[7] = 1;
    for (size_t i = 0; i < labels->count; i++) {
        const struct ht_mpls *label = &labels->items[i];
        uint32_t word = htonl(label->label << 12 | (uint32_t)label->tc << 9 |
                              (uint32_t)label->bottom << 8 | label->ttl);
        memcpy(extension + 8 + i * 4, &word, 4);
    }
    uint16_t checksum = sum_finish(sum_words(0, extension, 4 + object));
    memcpy(extension + 2, &checksum, 2);
    return padded - quote + 4 + object;
}

size_t reply_error(const struct probe_view *probe, const struct error_plan *plan, uint8_t *reply)
{
    size_t header = outer_header(probe, plan->rewrite);
    uint8_t *message = reply + header;
    memset(message, 0, 8);
    message[0] = plan->type;
    message[1] = plan->code;
    uint32_t mtu = htonl(plan->link_mtu); /* RFC 1191: the lower half of the word */
    memcpy(message + 4, &mtu, sizeof mtu);
    size_t quote = write_quote(probe, plan, message + 8);
    size_t length = 8 + quote;
    if (plan->labels != NULL && plan->labels->count > 0)
        length += append_labels(plan->labels, plan->label_place, probe->version, quote, message);
    return finish_icmp(probe, &plan->responder, plan->reply_ttl, header, length, reply);
}

size_t reply_echo(const struct probe_view *probe, const struct ht_address *responder,
                  const struct echo_plan *plan, uint8_t reply_ttl, uint8_t *reply)
{
    size_t header = outer_header(probe, 0);
    size_t most = plan->cut < HT_PACKET_MAX ? 8 + plan->cut : HT_PACKET_MAX;
    size_t length = probe->transport_length < most ? probe->transport_length : most;
    memcpy(reply + header, probe->transport, length);
    reply[header] = probe->version == 4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
    for (size_t i = 8 + ECHO_IDENTITY; i < length && plan->tail != ECHO_KEPT; i++)
        reply[header + i] = plan->tail == ECHO_ZERO ? 0 : reply[header + i] ^ 0x5a;
    return finish_icmp(probe, responder, reply_ttl, header, length, reply);
}

/* The options of a SYN-ACK, as Linux has them: MSS, and what the SYN offered. Returns their length.
 */
static size_t write_tcp_options(const struct probe_view *probe, const struct tcp_plan *plan,
                                uint8_t *options)
{
    const uint8_t mss[] = {TCPOPT_MAXSEG, 4, 1460 >> 8, 1460 & 0xff};
    uint8_t stamp[] = {TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, 10, 0x11, 0x22,
                       0x33,       0x44,       [11] = 0};
    const uint8_t scale[] = {TCPOPT_NOP, TCPOPT_WINDOW, 3, 7};
    size_t length = sizeof mss;
    memcpy(options, mss, sizeof mss);
    if (plan->plain)
        return length;
    if (probe->tcp_stamp_at != 0) {
        uint32_t echoed = htonl(plan->stamp);
        memcpy(stamp + 8, &echoed, sizeof echoed);
        memcpy(options + length, stamp, sizeof stamp);
        length += sizeof stamp;
    }
    if (probe->tcp_options & (1u << TCPOPT_WINDOW)) {
        memcpy(options + length, scale, sizeof scale);
        length += sizeof scale;
    }
    return length;
}

size_t reply_tcp(const struct probe_view *probe, const struct tcp_plan *plan, uint8_t reply_ttl,
                 uint8_t *reply)
{
    struct tcphdr request;
    if (probe->transport_length < sizeof request)
        die("a TCP probe that is no TCP header long");
    memcpy(&request, probe->transport, sizeof request);
    /* A reset acknowledges all that the segment occupied, RFC 9293 section 3.10.7.1. */
    uint32_t data = plan->refused ? (uint32_t)(probe->transport_length - probe->tcp_header) : 0;
    size_t header = outer_header(probe, 0);
    uint8_t *segment = reply + header;
    size_t length = sizeof request;
    if (!plan->refused)
        length += write_tcp_options(probe, plan, segment + length);
    struct tcphdr answer = {.source = request.dest,
                            .dest = request.source,
                            .seq = htonl(plan->refused ? 0 : 0x01020304),
                            .ack_seq = htonl(ntohl(request.seq) + 1 + data),
                            .doff = (unsigned)(length / 4) & 15u,
                            .ack = 1,
                            .syn = !plan->refused,
                            .rst = plan->refused,
                            .window = htons(plan->refused ? 0 : 64240)};
    memcpy(segment, &answer, sizeof answer);
    uint64_t sum = sum_pseudo(&probe->destination, &probe->source, IPPROTO_TCP, length);
    answer.check = sum_finish(sum_words(sum, segment, length));
    memcpy(segment, &answer, sizeof answer);
    if (probe->version == 6)
        return length;
    return finish_ipv4(probe, &probe->destination, IPPROTO_TCP, reply_ttl, header, length, reply);
}

uint8_t icmp_protocol(uint8_t version)
{
    return version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

uint8_t icmp_type_of(uint8_t version, enum answer answer)
{
    switch (answer) {
    case ANSWER_EXCEEDED:
        return version == 4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED;
    case ANSWER_PARAMETER:
        return version == 4 ? ICMP_PARAMETERPROB : ICMP6_PARAM_PROB;
    case ANSWER_TOO_BIG:
        return version == 4 ? ICMP_DEST_UNREACH : ICMP6_PACKET_TOO_BIG;
    default:
        return version == 4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
    }
}
