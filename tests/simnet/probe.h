/* A received packet, taken apart and verified. Pure: bytes in, fields out. */
#ifndef SIMNET_PROBE_H
#define SIMNET_PROBE_H

#include "address.h"
#include "segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_verdict {
    PROBE_GOOD,
    PROBE_NOT_IP,     /* ARP and the like, multicast: not ours to answer */
    PROBE_BAD_LENGTH, /* lengths contradict each other or the bytes received */
    PROBE_BAD_HEADER, /* a field has a value that no sender may use */
    PROBE_BAD_IP_SUM, /* IPv4 header checksum */
    PROBE_BAD_SUM,    /* ICMP, UDP or TCP checksum */
    PROBE_FRAGMENT,
    PROBE_OTHER_PROTOCOL,
    PROBE_VERDICTS
};

/* `packet` points into the caller's buffer and holds `length` bytes: the IP packet
 * without link padding. */
struct probe {
    const uint8_t *packet;
    size_t length;
    size_t transport; /* offset of the transport header */
    size_t payload;   /* offset of what follows it */
    bool ipv4;
    uint8_t protocol; /* IPPROTO_ICMP, _ICMPV6, _UDP, _TCP */
    uint8_t ttl;
    uint8_t tos;
    uint32_t flow_label;
    uint16_t ip_id;
    struct address source, destination;
    uint16_t checksum; /* of the transport */
    uint8_t icmp_type, icmp_code;
    uint16_t echo_id, echo_sequence; /* of an echo message */
    uint16_t source_port, destination_port;
    uint32_t tcp_sequence, tcp_ack;
    uint8_t tcp_flags;
    struct segment_options tcp_options;
};

/* Reads an IP packet of `length` bytes. With `partial` the sender left the transport
 * checksum to its device (checksum offload): it is completed in place, as the device
 * would have done, so that quotes show what a wire would have carried.
 * Fields that were read before a fault was met are valid as far as the verdict goes. */
enum probe_verdict probe_read(struct probe *probe, uint8_t *packet, size_t length, bool partial);

/* A number for the TCP connection that a segment belongs to. */
uint64_t probe_connection(const struct probe *probe);

/* Gives a TCP segment another sequence number, in `packet`, which are its own bytes, too. */
void probe_set_sequence(struct probe *probe, uint8_t *packet, uint32_t sequence);

/* Gives it another TOS or traffic class, in `packet`, which are its own bytes, too. */
void probe_set_tos(struct probe *probe, uint8_t *packet, uint8_t tos);

/* Sends it elsewhere, in `packet`, which are its own bytes, too; ICMP has no port. */
void probe_set_destination(struct probe *probe, uint8_t *packet, const struct address *destination,
                           uint16_t port);

/* Is it a probe (an echo request, UDP, a TCP segment other than RST)? */
bool probe_is_request(const struct probe *probe);

#endif
