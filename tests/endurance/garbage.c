/* Garbage as packets: random bytes, and what is nearly right.
 *
 * A quote of 8 bytes with the right id says nothing but a key of 16 bits: one in so many would be
 * as good as a true one. Therefore such quotes are cut shorter here, or go on with a wrong payload.
 */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <string.h>

#include "flood.h"

#define PAYLOAD 32

static uint64_t draw(struct flood *flood)
{
    uint64_t z = (flood->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* --- pieces of a packet -------------------------------------------------------------------- */

static void *put(struct frame *frame, const void *bytes, size_t length)
{
    uint8_t *place = frame->bytes + frame->length;
    if (length > FRAME_MAX - frame->length)
        length = FRAME_MAX - frame->length;
    if (length > 0)
        memcpy(place, bytes, length);
    frame->length += length;
    return place;
}

static void put_noise(struct flood *flood, struct frame *frame, size_t length)
{
    while (length > 0) {
        uint64_t noise = draw(flood);
        size_t part = length < sizeof noise ? length : sizeof noise;
        (void)put(frame, &noise, part);
        length -= part;
    }
}

static uint16_t checksum(uint64_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint64_t)bytes[i] << 8 : bytes[i];
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put_ipv4(struct frame *frame, uint8_t protocol, const struct ht_address *from,
                     const struct ht_address *to, size_t options)
{
    struct iphdr header = {.version = 4,
                           .ihl = (5 + options / 4) & 15u,
                           .id = htons(7),
                           .ttl = 60,
                           .protocol = protocol};
    memcpy(&header.saddr, from->bytes, 4);
    memcpy(&header.daddr, to->bytes, 4);
    (void)put(frame, &header, sizeof header);
    /* "No operation", as often as there is room. */
    static const uint8_t nothing[40] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    (void)put(frame, nothing, options);
}

static void put_ipv6(struct frame *frame, uint8_t protocol, const struct ht_address *from,
                     const struct ht_address *to)
{
    struct ip6_hdr header = {.ip6_flow = htonl(6u << 28), .ip6_nxt = protocol, .ip6_hlim = 60};
    memcpy(&header.ip6_src, from->bytes, 16);
    memcpy(&header.ip6_dst, to->bytes, 16);
    (void)put(frame, &header, sizeof header);
}

/* Lengths and the header's checksum, when the packet is whole. */
static void finish_ip(struct frame *frame, size_t start)
{
    uint8_t *bytes = frame->bytes + start;
    size_t length = frame->length - start;
    if (bytes[0] >> 4 == 6) {
        bytes[4] = (uint8_t)((length - 40) >> 8);
        bytes[5] = (uint8_t)(length - 40);
        return;
    }
    bytes[2] = (uint8_t)(length >> 8);
    bytes[3] = (uint8_t)length;
    uint16_t sum = htons(checksum(0, bytes, (size_t)(bytes[0] & 15u) * 4));
    memcpy(bytes + 10, &sum, sizeof sum);
}

/* The checksum, `offset` bytes into what begins at `start`, of an ICMP message or TCP segment. Of
 * those over IPv4 one in eight is wrong: the kernel shows them to raw sockets all the same. Over
 * IPv6 it drops them, and counts that as if our buffer had been full. */
static void finish_sum(struct flood *flood, struct frame *frame, size_t start, size_t offset)
{
    uint8_t *bytes = frame->bytes + start;
    size_t length = frame->length - start;
    bool ipv6 = frame->bytes[ETHERNET] >> 4 == 6;
    uint64_t pseudo = ipv6 ? frame->bytes[ETHERNET + 6] + length : 0;
    if (ipv6)
        pseudo += (uint16_t)~checksum(0, frame->bytes + ETHERNET + 8, 32);
    memset(bytes + offset, 0, 2);
    uint16_t sum = htons(checksum(pseudo, bytes, length));
    if (ipv6 || draw(flood) % 8 != 0)
        memcpy(bytes + offset, &sum, sizeof sum);
}

static void finish_icmp(struct flood *flood, struct frame *frame, size_t start)
{
    finish_sum(flood, frame, start, 2);
}

/* --- what is nearly right ------------------------------------------------------------------ */

/* One in sixteen is the id of the measurement itself: more of them would be more than its receive
 * buffer holds while something else runs. */
static uint16_t some_id(struct flood *flood)
{
    uint64_t luck = draw(flood);
    return luck % 16 == 0 ? flood->local_id : (uint16_t)(luck >> 8);
}

static const struct path *some_path(struct flood *flood)
{
    return &flood->paths.items[draw(flood) % flood->paths.count];
}

/* The transport header and payload of a probe that never was. Returns its IP protocol. */
static uint8_t put_probe(struct flood *flood, struct frame *probe, bool ipv6)
{
    uint16_t id = htons(some_id(flood));
    uint32_t key = (uint32_t)draw(flood);
    switch (draw(flood) % 3) {
    case 0:
        (void)put(probe, (uint8_t[]){ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, 0}, 2);
        put_noise(flood, probe, 2);
        (void)put(probe, &id, 2);
        put_noise(flood, probe, 2 + PAYLOAD);
        return ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    case 1: {
        struct udphdr header = {.source = id,
                                .dest = htons(33434),
                                .len = htons(sizeof header + PAYLOAD),
                                .check = (uint16_t)key};
        (void)put(probe, &header, sizeof header);
        put_noise(flood, probe, PAYLOAD);
        return IPPROTO_UDP;
    }
    default: {
        struct tcphdr header = {.source = id,
                                .dest = htons(80),
                                .seq = key,
                                .doff = 5,
                                .syn = 1,
                                .window = htons(1024)};
        (void)put(probe, &header, sizeof header);
        put_noise(flood, probe, PAYLOAD);
        return IPPROTO_TCP;
    }
    }
}

/* An ICMP error that quotes such a probe; options in the quote or before it, as wanted. */
static void put_error(struct flood *flood, struct frame *frame, const struct path *path,
                      size_t quoted_options)
{
    bool ipv6 = path->address.version == HT_IPV6;
    struct frame probe = {0};
    uint8_t protocol = put_probe(flood, &probe, ipv6);
    static const uint8_t types4[] = {ICMP_TIME_EXCEEDED, ICMP_DEST_UNREACH, ICMP_PARAMETERPROB};
    static const uint8_t types6[] = {ICMP6_TIME_EXCEEDED, ICMP6_DST_UNREACH, ICMP6_PARAM_PROB};
    size_t type = draw(flood) % 3;
    /* The length that RFC 4884 puts here may be anything. */
    uint8_t length = (uint8_t)(draw(flood) % 4 == 0 ? draw(flood) : 0);
    uint8_t head[8] = {
        ipv6 ? types6[type] : types4[type], 0, 0, 0, ipv6 ? length : 0, ipv6 ? 0 : length};
    (void)put(frame, head, sizeof head);
    size_t start = frame->length;
    if (ipv6)
        put_ipv6(frame, protocol, &flood->host6, &path->address);
    else
        put_ipv4(frame, protocol, &flood->host4, &path->address, quoted_options);
    (void)put(frame, probe.bytes, probe.length);
    finish_ip(frame, start);
}

/* --- kinds of garbage ---------------------------------------------------------------------- */

/* Begins a packet to the host; returns where its payload begins. */
static size_t begin(struct flood *flood, struct frame *frame, const struct ht_address *from,
                    uint8_t protocol, size_t options)
{
    bool ipv6 = from->version == HT_IPV6;
    static const uint8_t gateway[] = {0x02, 0x00, 0x5e, 0x10, 0x00, 0x01};
    uint16_t type = htons(ipv6 ? 0x86dd : 0x0800);
    frame->length = 0;
    (void)put(frame, flood->mac, 6);
    (void)put(frame, gateway, 6);
    (void)put(frame, &type, sizeof type);
    if (ipv6)
        put_ipv6(frame, protocol, from, &flood->host6);
    else
        put_ipv4(frame, protocol, from, &flood->host4, options);
    return frame->length;
}

static uint8_t icmp_of(const struct path *path)
{
    return path->address.version == HT_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static const struct ht_address *forger_of(const struct flood *flood, const struct path *path)
{
    return path->address.version == HT_IPV6 ? &flood->forger6 : &flood->forger4;
}

static void make_echo_reply(struct flood *flood, struct frame *frame, const struct path *path)
{
    bool ipv6 = path->address.version == HT_IPV6;
    size_t start = begin(flood, frame, &path->address, icmp_of(path), 0);
    uint16_t id = htons(some_id(flood));
    (void)put(frame, (uint8_t[]){ipv6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY, 0, 0, 0}, 4);
    (void)put(frame, &id, sizeof id);
    put_noise(flood, frame, 2 + PAYLOAD);
    finish_icmp(flood, frame, start);
}

static void make_error(struct flood *flood, struct frame *frame, const struct path *path)
{
    size_t start = begin(flood, frame, forger_of(flood, path), icmp_of(path), 0);
    put_error(flood, frame, path, 0);
    finish_icmp(flood, frame, start);
}

/* Now and then: a probe as it was, but for one byte of its code. */
static void make_stolen_error(struct flood *flood, struct frame *frame, const struct path *path)
{
    size_t known = flood->stolen_count < STOLEN ? flood->stolen_count : STOLEN;
    uint64_t luck = draw(flood);
    if (known == 0 || luck % 8 != 0) {
        make_error(flood, frame, path);
        return;
    }
    struct stolen probe = flood->stolen[(luck >> 8) % known];
    bool ipv6 = probe.bytes[0] >> 4 == 6;
    uint8_t *place = &probe.bytes[probe.payload + CODE_OFFSET + (luck >> 16) % CODE_LENGTH];
    uint8_t other = *place ^ (uint8_t)(1u << (luck >> 24) % 8);
    /* Zeros may be what a router pads its quote with, and are no lie. */
    *place = other != 0 ? other : 0xff;
    uint8_t head[8] = {ipv6 ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED};
    size_t start = begin(flood, frame, ipv6 ? &flood->forger6 : &flood->forger4,
                         ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 0);
    (void)put(frame, head, sizeof head);
    (void)put(frame, probe.bytes, probe.length);
    finish_icmp(flood, frame, start);
    flood->told++;
}

/* Ends within the eight bytes that every quote must have, or before. */
static void make_cut_error(struct flood *flood, struct frame *frame, const struct path *path)
{
    bool ipv6 = path->address.version == HT_IPV6;
    size_t start = begin(flood, frame, forger_of(flood, path), icmp_of(path), 0);
    put_error(flood, frame, path, 0);
    size_t whole = 8 + (ipv6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr)) + 8;
    frame->length = start + 4 + draw(flood) % (whole - 4);
    finish_icmp(flood, frame, start);
}

static void make_large_error(struct flood *flood, struct frame *frame, const struct path *path)
{
    size_t start = begin(flood, frame, forger_of(flood, path), icmp_of(path), 0);
    put_error(flood, frame, path, 0);
    put_noise(flood, frame, draw(flood) % FRAME_MAX);
    finish_icmp(flood, frame, start);
}

static void make_error_with_options(struct flood *flood, struct frame *frame,
                                    const struct path *path)
{
    size_t start = begin(flood, frame, forger_of(flood, path), icmp_of(path), draw(flood) % 11 * 4);
    put_error(flood, frame, path, draw(flood) % 11 * 4);
    finish_icmp(flood, frame, start);
}

static void make_icmp_noise(struct flood *flood, struct frame *frame, const struct path *path)
{
    size_t start = begin(flood, frame, forger_of(flood, path), icmp_of(path), 0);
    put_noise(flood, frame, 4 + draw(flood) % 200);
    finish_icmp(flood, frame, start);
}

/* To the measurement's port. Over IPv4 without a checksum, so that nobody but raw sockets sees it,
 * and the kernel does not answer; over IPv6 only resets, for the same reason. */
static void make_tcp(struct flood *flood, struct frame *frame, const struct path *path)
{
    uint64_t luck = draw(flood);
    bool ipv6 = path->address.version == HT_IPV6;
    struct tcphdr header = {.source = htons(80),
                            .dest = htons(some_id(flood)),
                            .seq = (uint32_t)luck,
                            .ack_seq = (uint32_t)(luck >> 32),
                            .doff = draw(flood) & 15u,
                            .rst = ipv6 || luck % 4 == 0,
                            .ack = luck % 8 < 6,
                            .syn = !ipv6 && luck % 4 > 1};
    size_t start = begin(flood, frame, &path->address, IPPROTO_TCP, 0);
    (void)put(frame, &header, sizeof header);
    put_noise(flood, frame, draw(flood) % 40);
    if (ipv6)
        finish_sum(flood, frame, start, offsetof(struct tcphdr, check));
}

static void make_udp(struct flood *flood, struct frame *frame, const struct path *path)
{
    struct udphdr header = {
        .source = htons(33434), .dest = htons(some_id(flood)), .len = htons(sizeof header + 8)};
    (void)begin(flood, frame, &path->address, IPPROTO_UDP, 0);
    (void)put(frame, &header, sizeof header);
    put_noise(flood, frame, 8);
}

static void make_other_protocol(struct flood *flood, struct frame *frame, const struct path *path)
{
    static const uint8_t protocols[] = {IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_GRE,
                                        IPPROTO_ESP,  IPPROTO_SCTP, IPPROTO_RAW};
    uint8_t protocol = protocols[draw(flood) % sizeof protocols];
    (void)begin(flood, frame, &path->address, protocol, 0);
    put_noise(flood, frame, draw(flood) % 100);
}

static void (*const kinds[])(struct flood *, struct frame *, const struct path *) = {
    make_stolen_error,       make_echo_reply, make_error, make_cut_error, make_large_error,
    make_error_with_options, make_icmp_noise, make_tcp,   make_udp,       make_other_protocol,
};

void garbage_make(struct flood *flood, struct frame *frame)
{
    kinds[draw(flood) % (sizeof kinds / sizeof kinds[0])](flood, frame, some_path(flood));
    finish_ip(frame, ETHERNET);
}
