/* Packets on their way between the engine, which knows no socket, and net, which knows no probe. */
#ifndef HT_MODEL_PACKET_H
#define HT_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* IPv6 header, the longest transport header we build (TCP with options), the largest payload. */
#define HT_PACKET_MAX (40 + 60 + 1400)

enum ht_send_status {
    HT_SEND_DONE,  /* left this host at sent_ns */
    HT_SEND_BUSY,  /* a queue here is full for the moment: try this probe again */
    HT_SEND_FAILED /* refused on this host: sys_errno says why */
};

/* One probe: a whole IP packet. The engine fills the first part, net the second. */
struct ht_outgoing {
    struct ht_address destination;
    uint32_t interface_index; /* 0: the routing table decides */
    uint32_t fwmark;          /* 0: none */
    void *trace;              /* the engine's, net leaves them alone */
    uint32_t probe;
    uint16_t length;

    enum ht_send_status status;
    int sys_errno;
    int64_t sent_ns;   /* monotonic */
    bool kernel_stamp; /* sent_ns comes from the kernel */

    uint8_t bytes[HT_PACKET_MAX];
};

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
};

#endif
