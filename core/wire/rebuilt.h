/* Answers as a raw socket would have given them, made of what the kernel tells a socket without
 * privilege. It hands over a quote only from the transport header or its payload on. The headers
 * before that are written anew; what the kernel keeps for itself is 0 there, which is "not quoted"
 * (reply.h): id, ttl and traffic class of the probe, its UDP length and checksum, its flow label.
 * One reader for both kinds of sockets is worth these few bytes. */
#ifndef HT_WIRE_REBUILT_H
#define HT_WIRE_REBUILT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "model/packet.h"

/* Most bytes that are written before what the kernel hands over. IPv4: the IP header, the ICMP
 * header, the quoted IP header, the quoted UDP header; IPv6, where no IP header stands before an
 * ICMP message, as many. */
#define HT_REBUILT_HEADROOM 56

/* An ICMP error. Addresses are of one family, or what the kernel says of them, which is checked. */
struct ht_told_error {
    struct ht_address responder;
    struct ht_address source;      /* the probe's */
    struct ht_address destination; /* the probe's */
    int hop_limit;                 /* of the error, as it arrived; -1: unknown */
    uint8_t type;
    uint8_t code;
    uint8_t ip_protocol; /* the probe's. UDP: the quote is its payload; else it begins with the
                            transport header */
    uint16_t local_id;   /* UDP: source and destination port */
    uint16_t port;
    size_t quote_length; /* where an ICMP extension begins in the quote; 0: it is not known */
    uint32_t link_mtu;   /* of an error about the probe's size, as the router tells it; 0: none */
};

/* Completes a packet of which `bytes` (with room for HT_REBUILT_HEADROOM before it) and `length`
 * are the quote; its times are left alone. False: addresses of no family or of different ones. */
bool ht_rebuilt_error(const struct ht_told_error *told, uint8_t *bytes, size_t length,
                      struct ht_incoming *packet);

/* The same of an echo reply, which begins with its ICMP header. */
bool ht_rebuilt_echo(const struct ht_address *responder, const struct ht_address *source,
                     int hop_limit, uint8_t *bytes, size_t length, struct ht_incoming *packet);

/* RFC 4884 section 4: what a quote is padded to, less its IPv4 header. */
#define HT_REBUILT_QUOTE_MAX 108

/* Puts the header of a probe, which the kernel has told to be the one quoted, in place of as much
 * as `bytes` quote of it; an extension that stands behind the quote stays behind it. `bytes` have
 * room for HT_REBUILT_QUOTE_MAX more, and HT_REBUILT_HEADROOM before them. Returns the new length.
 */
size_t ht_rebuilt_quote(struct ht_told_error *told, const uint8_t *header, size_t header_length,
                        uint8_t *bytes, size_t length);

/* The answer of a TCP destination to the probe that has this header: it was accepted, or reset.
 * Written before `bytes`, as above. False: the header is cut, or as above. */
bool ht_rebuilt_answer(const struct ht_address *responder, const struct ht_address *source,
                       const uint8_t *header, size_t header_length, bool accepts, uint8_t *bytes,
                       struct ht_incoming *packet);

#endif
