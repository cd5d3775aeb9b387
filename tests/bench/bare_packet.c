#include "bare_packet.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* The payload that hoptrace sends unless told otherwise, and its ports. */
#define PAYLOAD_LENGTH 32
#define UDP_PORT       33434
#define TCP_PORT       80
/* Below the ports that the kernel gives away. */
#define LOCAL_ID 30007

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u
#define ICMP_HEADER 8u
#define UDP_HEADER  8u
#define TCP_HEADER  20u

static size_t ip_header_length(const struct bare_kind *kind)
{
    return kind->family == AF_INET ? IPV4_HEADER : IPV6_HEADER;
}

static size_t transport_header_length(const struct bare_kind *kind)
{
    return kind->protocol == IPPROTO_TCP ? TCP_HEADER : ICMP_HEADER; /* and UDP's */
}

static bool is_echo(const struct bare_kind *kind)
{
    return kind->protocol == IPPROTO_ICMP || kind->protocol == IPPROTO_ICMPV6;
}

static void put16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return sum;
}

static uint16_t finish(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

bool bare_address_read(union bare_address *address, sa_family_t family, const char *text)
{
    memset(address, 0, sizeof *address);
    if (family != AF_INET6 && inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        return true;
    }
    address->ipv6.sin6_family = AF_INET6;
    return family != AF_INET && inet_pton(AF_INET6, text, &address->ipv6.sin6_addr) == 1;
}

/* The kernel puts in IPv4's identification and header checksum. */
static void write_ip(struct bare_kind *kind, const union bare_address *source)
{
    uint8_t *ip = kind->bytes;
    if (kind->family == AF_INET) {
        ip[0] = 0x45;
        put16(ip + 2, (unsigned)kind->length);
        ip[9] = kind->protocol;
        memcpy(ip + 12, &source->ipv4.sin_addr, 4);
    } else {
        ip[0] = 0x60;
        put16(ip + 4, (unsigned)(kind->length - IPV6_HEADER));
        ip[6] = kind->protocol;
        memcpy(ip + 8, &source->ipv6.sin6_addr, 16);
    }
}

static void write_transport(const struct bare_kind *kind, uint8_t *transport)
{
    if (is_echo(kind)) {
        transport[0] = kind->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
        put16(transport + 4, LOCAL_ID);
        return;
    }
    put16(transport, LOCAL_ID);
    if (kind->protocol == IPPROTO_UDP) {
        put16(transport + 2, UDP_PORT);
        put16(transport + 4, UDP_HEADER + PAYLOAD_LENGTH);
        return;
    }
    put16(transport + 2, TCP_PORT);
    transport[12] = TCP_HEADER / 4 << 4;
    transport[13] = 0x02; /* SYN */
    put16(transport + 14, 64240);
}

/* Of the pseudo header (ICMP over IPv4 has none) and the transport. */
static uint32_t base_sum(const struct bare_kind *kind)
{
    size_t header = ip_header_length(kind), rest = kind->length - header;
    uint32_t sum = add(0, kind->bytes + header, rest);
    if (kind->protocol == IPPROTO_ICMP)
        return sum;
    sum += (uint32_t)rest + kind->protocol;
    return kind->family == AF_INET ? add(sum, kind->bytes + 12, 4) : add(sum, kind->bytes + 8, 16);
}

static bool read_protocol(struct bare_kind *kind, const char *name)
{
    if (strcmp(name, "icmp") == 0)
        kind->protocol = kind->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    else if (strcmp(name, "udp") == 0)
        kind->protocol = IPPROTO_UDP;
    else if (strcmp(name, "tcp") == 0)
        kind->protocol = IPPROTO_TCP;
    return kind->protocol != 0;
}

bool bare_kind_init(struct bare_kind *kind, const char *protocol, const union bare_address *source)
{
    *kind = (struct bare_kind){.family = source->any.sa_family};
    if (!read_protocol(kind, protocol))
        return false;
    kind->length = ip_header_length(kind) + transport_header_length(kind) + PAYLOAD_LENGTH;
    write_ip(kind, source);
    write_transport(kind, kind->bytes + ip_header_length(kind));
    kind->sum = base_sum(kind);
    return true;
}

/* `sum` is that of all the rest. A checksum of 0 would say to UDP that there is none. */
static void write_sequence(const struct bare_kind *kind, uint8_t *transport, uint16_t sequence,
                           uint32_t sum)
{
    size_t sequence_offset = 6, checksum_offset = 2;
    if (kind->protocol == IPPROTO_UDP) {
        sequence_offset = UDP_HEADER; /* the payload's first bytes */
        checksum_offset = 6;
    } else if (kind->protocol == IPPROTO_TCP) {
        sequence_offset = 4;
        checksum_offset = 16;
    }
    uint16_t checksum = finish(sum + sequence);
    put16(transport + sequence_offset, sequence);
    put16(transport + checksum_offset, checksum == 0 ? 0xffff : checksum);
}

void bare_packet_write(const struct bare_kind *kind, uint8_t *bytes,
                       const union bare_address *destination, uint8_t ttl, uint16_t sequence)
{
    uint32_t sum = kind->sum;
    if (kind->family == AF_INET) {
        bytes[8] = ttl;
        memcpy(bytes + 16, &destination->ipv4.sin_addr, 4);
        sum = kind->protocol == IPPROTO_ICMP ? sum : add(sum, bytes + 16, 4);
    } else {
        bytes[7] = ttl;
        memcpy(bytes + 24, &destination->ipv6.sin6_addr, 16);
        sum = add(sum, bytes + 24, 16);
    }
    write_sequence(kind, bytes + ip_header_length(kind), sequence, sum);
}

/* X: where the ICMP message begins; IPv6 sockets are given nothing before it. */
static struct sock_filter begin(const struct bare_kind *kind)
{
    if (kind->family == AF_INET)
        return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0);
    return (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0);
}

unsigned short bare_filter_icmp(const struct bare_kind *kind,
                                struct sock_filter code[BARE_FILTER_MAX])
{
    uint32_t reply = kind->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
    uint32_t quoted_id = ICMP_HEADER + (uint32_t)ip_header_length(kind) + (is_echo(kind) ? 4 : 0);
    const struct sock_filter filter[] = {
        begin(kind),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, 2),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, quoted_id),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOCAL_ID, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    memcpy(code, filter, sizeof filter);
    return sizeof filter / sizeof *filter;
}

unsigned short bare_filter_tcp(const struct bare_kind *kind,
                               struct sock_filter code[BARE_FILTER_MAX])
{
    const struct sock_filter filter[] = {
        begin(kind),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOCAL_ID, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    memcpy(code, filter, sizeof filter);
    return sizeof filter / sizeof *filter;
}
