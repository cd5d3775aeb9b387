#include "packet.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "support.h"

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

static const char *const rewrite_names[] = {"ip_id",    "tos",           "ttl",
                                            "checksum", "length",        "flow_label",
                                            "options",  "outer_options", "source"};

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

static void rewrite_ipv4(uint8_t *bytes, uint32_t rewrite, uint8_t ttl)
{
    struct ip header;
    memcpy(&header, bytes, sizeof header);
    header.ip_ttl = rewrite & REWRITE_TTL ? 77 : ttl;
    if (rewrite & REWRITE_IP_ID)
        header.ip_id = htons(0x5a5a);
    if (rewrite & REWRITE_TOS)
        header.ip_tos = 0x28;
    if (rewrite & REWRITE_CHECKSUM)
        header.ip_sum = htons(0x1111);
    if (rewrite & REWRITE_LENGTH)
        header.ip_len = htons((uint16_t)(ntohs(header.ip_len) - 20));
    if (rewrite & REWRITE_SOURCE)
        header.ip_src.s_addr = htonl(0xc0a80102);
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
    memcpy(bytes, &header, sizeof header);
}

/* The bytes of the transport header where its checksum stands. */
static size_t checksum_offset(uint8_t protocol)
{
    return protocol == IPPROTO_UDP ? 6 : protocol == IPPROTO_TCP ? 16 : 2;
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
        rewrite_ipv4(quote, plan->rewrite, ttl);
        if (plan->rewrite & REWRITE_OPTIONS) {
            options = 8;
            memset(quote + header, IPOPT_NOP, options);
            quote[0] = (uint8_t)(quote[0] + options / 4);
        }
    } else {
        rewrite_ipv6(quote, plan->rewrite, ttl);
        if (plan->rewrite & REWRITE_OPTIONS) {
            /* A destination options header that holds padding alone, RFC 8200 section 4.6. */
            const uint8_t padding[8] = {probe->protocol, 0, 1, 4, 0, 0, 0, 0};
            options = sizeof padding;
            memcpy(quote + header, padding, options);
            quote[6] = IPPROTO_DSTOPTS;
        }
    }
    memcpy(quote + header + options, probe->transport, quoted);
    size_t checksum = checksum_offset(probe->protocol);
    if ((plan->rewrite & REWRITE_CHECKSUM) && quoted >= checksum + 2)
        quote[header + options + checksum] ^= 0x42;
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

/* Appends an RFC 4884 extension with an RFC 4950 label stack to a message of which the quote is
 * `quote` bytes; returns what the message grew by. */
static size_t append_labels(const struct labels *labels, uint8_t version, size_t quote,
                            uint8_t *message)
{
    size_t unit = version == 4 ? 4 : 8;
    size_t padded = quote < 128 ? 128 : (quote + unit - 1) / unit * unit;
    memset(message + 8 + quote, 0, padded - quote);
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
    size_t quote = write_quote(probe, plan, message + 8);
    size_t length = 8 + quote;
    if (plan->labels != NULL && plan->labels->count > 0)
        length += append_labels(plan->labels, probe->version, quote, message);
    return finish_icmp(probe, &plan->responder, plan->reply_ttl, header, length, reply);
}

size_t reply_echo(const struct probe_view *probe, const struct ht_address *responder,
                  uint8_t reply_ttl, uint8_t *reply)
{
    size_t header = outer_header(probe, 0);
    memcpy(reply + header, probe->transport, probe->transport_length);
    reply[header] = probe->version == 4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
    return finish_icmp(probe, responder, reply_ttl, header, probe->transport_length, reply);
}

size_t reply_tcp(const struct probe_view *probe, bool refused, uint8_t reply_ttl, uint8_t *reply)
{
    struct tcphdr request;
    if (probe->transport_length < sizeof request)
        die("a TCP probe that is no TCP header long");
    memcpy(&request, probe->transport, sizeof request);
    /* A reset acknowledges all that the segment occupied, RFC 9293 section 3.10.7.1. */
    uint32_t data = refused ? (uint32_t)(probe->transport_length - (size_t)request.doff * 4) : 0;
    struct tcphdr answer = {.source = request.dest,
                            .dest = request.source,
                            .seq = htonl(refused ? 0 : 0x01020304),
                            .ack_seq = htonl(ntohl(request.seq) + 1 + data),
                            .doff = 5,
                            .ack = 1,
                            .syn = !refused,
                            .rst = refused,
                            .window = htons(refused ? 0 : 64240)};
    size_t header = outer_header(probe, 0);
    memcpy(reply + header, &answer, sizeof answer);
    uint64_t sum = sum_pseudo(&probe->destination, &probe->source, IPPROTO_TCP, sizeof answer);
    answer.check = sum_finish(sum_words(sum, reply + header, sizeof answer));
    memcpy(reply + header, &answer, sizeof answer);
    if (probe->version == 6)
        return sizeof answer;
    return finish_ipv4(probe, &probe->destination, IPPROTO_TCP, reply_ttl, header, sizeof answer,
                       reply);
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
