/* Flows, and the messages that answer their probes, as a raw socket would give them. */
#ifndef HT_TESTS_PROBE_MESSAGES_H
#define HT_TESTS_PROBE_MESSAGES_H

#include <string.h>

#include "unit.h"
#include "whole_probe.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/probe.h"
#include "wire/reply.h"

#define LOCAL_ID 0xbeef

static const uint64_t host_secret[2] = {3, 4};

static inline struct ht_flow flow_between(const char *source, const char *destination,
                                          uint16_t payload)
{
    struct ht_flow flow = {.secret = {1, 2}, .local_id = LOCAL_ID, .payload_size = payload};
    CU_ASSERT_TRUE(ht_address_parse(source, &flow.source));
    CU_ASSERT_TRUE(ht_address_parse(destination, &flow.destination));
    ht_flow_init(&flow, host_secret);
    return flow;
}

static inline struct ht_flow ipv4_flow(void)
{
    return flow_between("192.0.2.1", "198.51.100.9", 32);
}

static inline struct ht_flow ipv6_flow(void)
{
    return flow_between("2001:db8::1", "2001:db8:9::9", 32);
}

static inline struct ht_flow flow_of(uint8_t protocol, bool ipv6, uint16_t payload)
{
    struct ht_flow flow = ipv6 ? ipv6_flow() : ipv4_flow();
    flow.protocol = protocol;
    flow.port = 443;
    flow.payload_size = payload;
    ht_flow_init(&flow, host_secret);
    return flow;
}

static inline uint16_t ip_id_of(uint16_t key)
{
    return key ^ 0x5a5a;
}

static inline struct ht_probe_id named(uint16_t key)
{
    return (struct ht_probe_id){
        .key = key, .ip_id = ip_id_of(key), .serial = 77, .timestamp = (1000U + key) << 11};
}

/* A pointer to it, for as long as the block it stands in. */
#define NAMED(key) ((const struct ht_probe_id[]){named(key)})

/* The reply shows nothing that this probe did not carry. */
static inline bool fits(const struct ht_reply *reply, const struct ht_flow *flow,
                        const struct ht_probe_id *name)
{
    return !ht_reply_examine(reply, flow, name).contradicts;
}

/* An ICMP(v6) message around `body`, as a raw socket would give it. */
struct message {
    uint8_t bytes[2048];
    struct ht_incoming incoming;
};

static inline void wrap(struct message *message, const char *from, uint8_t type, uint8_t code,
                        const uint8_t *body, size_t length)
{
    struct ht_address responder;
    CU_ASSERT_TRUE(ht_address_parse(from, &responder));
    bool ipv6 = responder.version == HT_IPV6;
    size_t start = ipv6 ? 0 : HT_IPV4_HEADER_LENGTH;
    memset(message, 0, sizeof *message);
    uint8_t *icmp = message->bytes + start;
    icmp[0] = type;
    icmp[1] = code;
    memcpy(icmp + 4, body, length);
    size_t total = start + 4 + length;
    if (!ipv6) {
        struct ht_ip_header header = {
            .source = &responder, .destination = &responder, .protocol = 1, .ttl = 55};
        (void)ht_ip_write(message->bytes, &header, total);
        ht_store_u16(icmp + 2, ht_checksum_finish(ht_checksum_add(0, icmp, 4 + length)));
    }
    message->incoming = (struct ht_incoming){.from = responder,
                                             .hop_limit = 55,
                                             .ip_version = responder.version,
                                             .ip_protocol = ipv6 ? 58 : 1,
                                             .bytes = message->bytes,
                                             .length = total};
}

/* As it was when the probe got there: where it expires it should be 1, which not all heed. */
#define QUOTED_TTL 3

/* A time exceeded that quotes the first `quoted` bytes of the probe. */
static inline void exceed_name(struct message *message, const struct ht_flow *flow,
                               const struct ht_probe_id *name, size_t quoted)
{
    uint8_t body[4 + HT_PACKET_MAX] = {0};
    bool ipv6 = flow->destination.version == HT_IPV6;
    size_t length = whole_probe(flow, QUOTED_TTL, name, body + 4);
    wrap(message, ipv6 ? "2001:db8::fe" : "203.0.113.1",
         ipv6 ? HT_ICMPV6_TIME_EXCEEDED : HT_ICMP_TIME_EXCEEDED, 0, body,
         4 + (quoted < length ? quoted : length));
}

static inline void exceed(struct message *message, const struct ht_flow *flow, uint16_t key,
                          size_t quoted)
{
    exceed_name(message, flow, NAMED(key), quoted);
}

static inline void echo_back(struct message *message, const struct ht_flow *flow, uint16_t key)
{
    uint8_t probe[HT_PACKET_MAX];
    bool ipv6 = flow->destination.version == HT_IPV6;
    size_t header = ipv6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
    size_t length = whole_probe(flow, 9, NAMED(key), probe);
    wrap(message, ipv6 ? "2001:db8:9::9" : "198.51.100.9",
         ipv6 ? HT_ICMPV6_ECHO_REPLY : HT_ICMP_ECHO_REPLY, 0, probe + header + 4,
         length - header - 4);
}

#endif
