/* Packets on their way between probing, which knows no socket, and net, which knows no probe. */
#ifndef HT_MODEL_PACKET_H
#define HT_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

/* Bytes of IPv6 header, longest transport header (TCP with options) and largest payload. */
#define HT_PACKET_MAX (40 + 60 + 8900)

/* The room for an IP header that each packet has before its transport bytes: that of IPv6. */
#define HT_PACKET_HEADROOM 40

/* The longest transport bytes: behind an IPv4 header, of a packet of HT_PACKET_MAX. */
#define HT_TRANSPORT_MAX (HT_PACKET_MAX - 20)

enum ht_send_status {
    HT_SEND_DONE,  /* left this host at sent_ns */
    HT_SEND_BUSY,  /* a queue here is full for the moment: try this probe again */
    HT_SEND_FAILED /* refused on this host: sys_errno says why */
};

/* One probe: transport bytes, checksum included, and the fields of its IP header. Probing fills in
 * the first part and the bytes, net the second part; net writes the IP header, or tells the kernel
 * its fields. */
struct ht_outgoing {
    struct ht_address destination;
    struct ht_address source;
    uint32_t interface_index; /* 0: the routing table decides */
    uint32_t fwmark;          /* 0: none */
    uint32_t flow_label;      /* IPv6, 20 bits */
    uint16_t ip_id;           /* IPv4; 0: the kernel chooses */
    uint8_t ip_protocol;
    uint8_t ttl; /* or hop limit */
    uint8_t tos; /* or traffic class */
    bool whole;  /* IPv4: no router may cut it to pieces (RFC 791: don't fragment) */
    void *round; /* round and index of the probe: net leaves them alone */
    uint32_t probe;
    uint16_t length; /* of the transport bytes */

    enum ht_send_status status;
    int sys_errno;
    int64_t sent_ns;   /* monotonic */
    bool kernel_stamp; /* sent_ns comes from the kernel */

    /* The room for the IP header, which is written in place, and the transport bytes. */
    uint8_t bytes[HT_PACKET_HEADROOM + HT_TRANSPORT_MAX];
};

/* Fills in the second part; the time is no stamp of the kernel. */
static inline void ht_outgoing_result(struct ht_outgoing *packet, enum ht_send_status status,
                                      int sys_errno, int64_t sent_ns)
{
    packet->status = status;
    packet->sys_errno = sys_errno;
    packet->sent_ns = sent_ns;
    packet->kernel_stamp = false;
}

/* Where the transport bytes stand. */
static inline uint8_t *ht_outgoing_transport(struct ht_outgoing *packet)
{
    return packet->bytes + HT_PACKET_HEADROOM;
}

/* One packet as a raw socket gave it. For IPv4 `bytes` begins with the IP header; for IPv6 with
 * the transport header, and what the IP header said stands beside it. */
struct ht_incoming {
    struct ht_address from; /* IPv6: source address; IPv4: ignored, the header has it */
    int hop_limit;          /* IPv6: as it arrived, -1 if unknown; IPv4: ignored */
    uint8_t ip_version;     /* 4 or 6 */
    uint8_t ip_protocol;    /* of the socket: 1 ICMP, 58 ICMPv6, 6 TCP */
    const uint8_t *bytes;
    size_t length;
    int64_t received_ns; /* monotonic */
    bool kernel_stamp;   /* received_ns comes from the kernel */
    bool told;           /* it is rebuilt from what the kernel tells (wire/rebuilt.h) */
};

#endif
