/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers: bytes <-> struct. */
#ifndef HT_WIRE_IP_H
#define HT_WIRE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/bytes.h"
#include "model/packet.h"

#define HT_IPV4_HEADER_LENGTH 20
#define HT_IPV6_HEADER_LENGTH 40
#define HT_IPV6_SOURCE        8 /* where it stands in the header */

enum { HT_IPPROTO_ICMP = 1, HT_IPPROTO_TCP = 6, HT_IPPROTO_UDP = 17, HT_IPPROTO_ICMPV6 = 58 };

/* RFC 8200 section 4: the extension headers that may stand before the transport header. */
enum {
    HT_IPV6_HOP_BY_HOP = 0,
    HT_IPV6_ROUTING = 43,
    HT_IPV6_FRAGMENT = 44,
    HT_IPV6_DESTINATION_OPTIONS = 60
};

struct ht_ip_header {
    /* Borrowed; these two: writing only. */
    const struct ht_address *source;
    const struct ht_address *destination;
    uint8_t protocol;          /* of the transport header, behind IPv6 extension headers */
    uint8_t ttl;               /* or hop limit */
    uint8_t tos;               /* or traffic class */
    uint16_t id;               /* IPv4 only */
    bool whole;                /* IPv4 only: don't fragment; writing only */
    uint32_t flow_label;       /* IPv6 only, 20 bits */
    bool fragment;             /* not the first fragment: no transport header follows */
    uint16_t transport_length; /* as the length field has it: transport header and data; reading
                                  only, 0 if that field says less than the headers take */
};

/* Writes a header without options for a packet of `length` bytes in all, 20 or 40 bytes; returns
 * the header's length. The IPv4 checksum is written too. `bytes` has room for it. */
size_t ht_ip_write(uint8_t *bytes, const struct ht_ip_header *header, size_t length);

/* Writes the header of a packet before its transport bytes. Returns where the whole packet begins;
 * *length: of the whole. */
uint8_t *ht_ip_prepend(struct ht_outgoing *packet, size_t *length);

/* Reads the header at the reader's place, with IPv4 options or IPv6 extension headers
 * (hop-by-hop, routing, fragment, destination options), and leaves the reader at the transport
 * header. The addresses go to where they are wanted, since a struct that was only just written is
 * slow to copy; `destination` NULL: nowhere. False: not an IP header of either version, or cut
 * within; the length that the header tells is not compared with what is there, since quotes are
 * cut. */
bool ht_ip_read(struct ht_reader *reader, struct ht_ip_header *header, struct ht_address *source,
                struct ht_address *destination);

/* The sum of the IPv6 pseudo-header, RFC 8200 section 8.1, or of the IPv4 one, RFC 793 section 3.1:
 * to be continued over the transport header and its data. */
uint64_t ht_ip_pseudo_sum(const struct ht_address *source, const struct ht_address *destination,
                          uint8_t protocol, size_t transport_length);

#endif
