/* Composes the packets that routers and destinations send. Pure: fields in, bytes out.
 *
 * A reply is written in one buffer: reply_begin leaves room for the IP header, the
 * caller appends the transport, reply_finish completes lengths and checksums. What does
 * not fit is cut off by reply_append, so the buffer can never be overrun. */
#ifndef SIMNET_REPLY_H
#define SIMNET_REPLY_H

#include "probe.h"
#include "topology.h"

#define REPLY_MAX 2048

/* IPv4 options that routers meet with indifference: two no-operations, a router alert,
 * a no-operation, the end. */
#define REPLY_OPTIONS                                                                              \
    {                                                                                              \
        1, 1, 148, 4, 0, 0, 1, 0                                                                   \
    }

struct reply {
    struct address source, destination;
    uint8_t ttl;
    uint8_t tos; /* or traffic class */
    uint8_t protocol;
    bool options;      /* IPv4: with options in the header */
    bool extension;    /* IPv6: with a destination-options header */
    bool bad_checksum; /* ICMP: spoil it */
    uint16_t ip_id;
    size_t transport; /* offset of the transport, set by reply_begin */
    size_t length;
    uint8_t bytes[REPLY_MAX];
};

/* The fields above `transport` have to be set. */
void reply_begin(struct reply *reply);
void reply_append(struct reply *reply, const void *bytes, size_t length);
void reply_pad(struct reply *reply, size_t length); /* appends zeros */
void reply_finish(struct reply *reply);

/* What an ICMP error says. */
struct icmp_error {
    uint8_t type, code;
    uint16_t rest; /* the MTU, of a packet that is too big */
};

/* Whole answers, from reply_begin to reply_finish. `behaviour` rules how the probe is
 * quoted; `quoted_ttl` is the ttl the probe had when it got there. `endpoint` rules how much of
 * an echo request comes back. */
void reply_icmp_error(struct reply *reply, const struct probe *probe,
                      const struct behaviour *behaviour, struct icmp_error error,
                      uint8_t quoted_ttl);
void reply_echo(struct reply *reply, const struct probe *probe, const struct endpoint *endpoint,
                uint16_t id, uint16_t sequence);
void reply_udp(struct reply *reply, uint16_t source_port, uint16_t destination_port,
               const uint8_t *payload, size_t length);
void reply_tcp(struct reply *reply, uint16_t source_port, uint16_t destination_port,
               const struct segment *segment);

#endif
