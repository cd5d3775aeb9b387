/* Packets as the scripted network sees and makes them: written against the system's own header
 * structs, so that an error in core/wire cannot hide in the test of it. */
#ifndef HT_SCENARIO_PACKET_H
#define HT_SCENARIO_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "scenario.h"

/* The largest packet that the engine sends, answered with as much. */
#define REPLY_MAX (HT_PACKET_MAX + 100)

/* A probe, read. */
struct probe_view {
    const uint8_t *bytes; /* the IP packet, borrowed */
    size_t length;
    const uint8_t *transport;
    size_t transport_length;
    struct ht_address source;
    struct ht_address destination;
    uint8_t version;
    uint8_t protocol;
    uint8_t ttl;
    uint8_t tos;
    uint16_t ip_id;
    bool whole; /* no router may cut it to pieces */
    uint32_t flow_label;
    uint16_t echo_id; /* ICMP only, these two */
    uint16_t echo_sequence;
    uint32_t tcp_sequence; /* TCP only, these */
    bool tcp_reset;        /* no probe: it breaks off what one opened */
    size_t tcp_header;     /* bytes of the header, options included */
    uint32_t tcp_options;  /* bits 1 << kind, of those that are there */
    size_t tcp_stamp_at; /* where in the transport part the timestamp's value stands; 0: nowhere */
    uint32_t tcp_stamp;
    const char *fault; /* what is wrong with it as a packet, or NULL */
};

/* False: not even an IP packet. */
bool probe_view_read(const uint8_t *bytes, size_t length, struct probe_view *view);

/* What middleboxes change in a packet on its way to the router that quotes it, and what a router
 * adds to its own header. */
enum rewrite {
    REWRITE_IP_ID = 1u << 0,
    REWRITE_TOS = 1u << 1,
    REWRITE_TTL = 1u << 2,
    REWRITE_CHECKSUM = 1u << 3, /* of the IP header and of the transport header */
    REWRITE_LENGTH = 1u << 4,
    REWRITE_FLOW_LABEL = 1u << 5,
    REWRITE_OPTIONS = 1u << 6,       /* the quoted header carries options */
    REWRITE_OUTER_OPTIONS = 1u << 7, /* the router's own header carries options */
    REWRITE_SOURCE = 1u << 8,        /* address translation that forgot the quote */
    REWRITE_IP_ID_ZERO = 1u << 9,
    REWRITE_IP_ID_RANDOM = 1u << 10, /* each quote otherwise */
    REWRITE_CHECKSUM_ZERO = 1u << 11,
    REWRITE_CHECKSUM_RANDOM = 1u << 12,
    REWRITE_CHECKSUM_DELTA = 1u << 13,  /* as another source address changes it */
    REWRITE_SEQUENCE = 1u << 14,        /* of TCP, by one number for all */
    REWRITE_SEQUENCE_RANDOM = 1u << 15, /* ... by another one in each quote */
    REWRITE_STAMP = 1u << 16,           /* of TCP: the timestamp option is taken away */
    REWRITE_DESTINATION = 1u << 17,     /* where a translator has sent it that keeps no state */
    REWRITE_PORT = 1u << 18             /* likewise its destination port, of UDP and TCP */
};

/* "tos,ip_id,..."; false: no such word. */
bool rewrite_parse(const char *text, uint32_t *rewrite);

/* An ICMP error that quotes a packet. */
struct error_plan {
    struct ht_address responder;
    uint8_t type;
    uint8_t code;
    uint8_t reply_ttl;
    uint8_t quoted_ttl; /* what was left of the probe's; 0: 1, as where it expired */
    uint32_t quote;     /* most bytes of the transport part */
    uint32_t rewrite;
    uint32_t shift;  /* what firewalls added to the TCP sequence number */
    uint64_t random; /* for what is rewritten at random */
    enum label_place label_place;
    const struct labels *labels;
    uint32_t link_mtu; /* of a packet that is too big: what the next link takes; 0: not told */
};

/* What a host sends back of an echo request's payload. */
struct echo_plan {
    uint32_t cut; /* most bytes */
    enum echo_tail tail;
};

/* What answers a SYN. */
struct tcp_plan {
    bool refused;   /* a reset */
    bool plain;     /* of options it knows MSS only */
    uint32_t stamp; /* the timestamp to be echoed: of the SYN that opened the request */
};

/* Each writes an answer to `reply` (REPLY_MAX bytes) as a raw socket would give it (for IPv6:
 * without the IP header) and returns its length. */
size_t reply_error(const struct probe_view *probe, const struct error_plan *plan, uint8_t *reply);
size_t reply_echo(const struct probe_view *probe, const struct ht_address *responder,
                  const struct echo_plan *plan, uint8_t reply_ttl, uint8_t *reply);
size_t reply_tcp(const struct probe_view *probe, const struct tcp_plan *plan, uint8_t reply_ttl,
                 uint8_t *reply);

/* The protocol of the raw socket that would give these answers. */
uint8_t icmp_protocol(uint8_t version);

/* The type of each kind of ICMP error. */
uint8_t icmp_type_of(uint8_t version, enum answer answer);

#endif
