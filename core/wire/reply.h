/* Replies: what a packet from the network says about a probe, and what of it proves that it is no
 * forgery. */
#ifndef HT_WIRE_REPLY_H
#define HT_WIRE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "hoptrace/report.h"
#include "model/packet.h"
#include "wire/probe.h"

enum ht_answer {
    HT_ANSWER_TIME_EXCEEDED, /* an ICMP error from a router on the way */
    HT_ANSWER_UNREACHABLE,   /* any other ICMP error: the packet got no further */
    HT_ANSWER_ECHO,          /* an echo reply */
    HT_ANSWER_TCP            /* SYN-ACK or RST */
};

/* What a packet says about a probe, not yet believed. */
struct ht_reply {
    enum ht_answer answer;
    struct ht_node_facts node;       /* who answers, and how; of labels and refusals nothing */
    struct ht_address quoted_source; /* of a quote: the probe's source there */
    struct ht_address destination;   /* the probe's; HT_IP_NONE for an echo reply, which may come
                                      from another address of the target */
    uint8_t protocol;                /* enum ht_protocol of the probe */
    uint16_t local_id;
    uint16_t port;             /* the probe's destination port; 0 for ICMP */
    bool told;                 /* by the kernel, which has matched it to the probe's flow, and tells
                                  of what is quoted a part */
    bool keyed;                /* it shows a key: */
    uint16_t key;              /* ICMP sequence number, UDP checksum, or what the payload shows */
    bool key_certain;          /* the payload shows it, which is not rewritten */
    uint16_t ip_id;            /* IPv4: as quoted; 0: not quoted */
    uint16_t checksum;         /* as quoted */
    bool shows_checksum;       /* a quote goes that far */
    uint16_t window;           /* TCP: as quoted; 0: not quoted */
    uint32_t flow_label;       /* IPv6: as quoted */
    uint16_t transport_length; /* of a quote, as its header tells; 0: no quote */
    uint8_t quoted_tos;        /* of a quote: the probe's TOS or traffic class there */
    uint8_t quoted_ttl; /* the probe's, as it arrived where the ICMP error comes from; 0: unknown */
    bool too_big;       /* a router refused it for its size: */
    uint32_t link_mtu;  /* bytes that the next link takes, as the router says; 0: it does not */
    bool syn_ack;       /* a TCP answer: somebody listens */
    uint32_t sequence;  /* TCP: the probe's sequence number; of an answer what it acknowledges,
                           less one */
    bool timestamped;   /* TCP: it shows the probe's timestamp: */
    uint32_t timestamp;
    const uint8_t
        *quoted_payload; /* the probe's payload as far as it came back, within the packet */
    size_t quoted_payload_length;
    const uint8_t *extension; /* what follows the quote of an ICMP error, within the packet */
    size_t extension_length;
    bool extension_announced; /* the message told where the quote ends */
};

/* Reads a packet; false if it answers no probe of any hoptrace (not an error: strangers' packets
 * come by). Bytes may be anything at all. */
bool ht_reply_read(const struct ht_incoming *packet, struct ht_reply *reply);

/* True if an ICMP error that bears the flow's source address comes from this host's own kernel:
 * the filter cuts any other one that quotes this source (see HT_FILTER_POSING_LENGTH). */
bool ht_reply_is_own(const struct ht_incoming *packet, const struct ht_reply *reply,
                     const struct ht_flow *flow);

/* The flow_tag that an echo reply carries back; false if its payload is too short to be ours. */
bool ht_reply_flow_tag(const struct ht_reply *reply, uint32_t *flow_tag);

/* The length label of the probe that a quote is of, by the length that it tells. False: no probe of
 * the flow is so long. */
bool ht_reply_length_label(const struct ht_reply *reply, const struct ht_flow *flow,
                           uint16_t *length_label);

/* How the sequence number that a reply shows differs from that of the flow's SYNs: 0 where it is
 * right, or the protocol has none. An answer may count the data too (RFC 9293 section 3.10.7.1: a
 * reset acknowledges what the segment occupied). */
uint32_t ht_reply_sequence_shift(const struct ht_reply *reply, const struct ht_flow *flow);

/* What a reply shows of a probe, as bits that somebody who forges it had to guess. */
struct ht_evidence {
    uint8_t own_bits;  /* that this probe alone had: who has seen others of the flow, too */
    uint8_t flow_bits; /* that all of the flow have: who has seen none */
    bool contradicts;  /* it shows an identity that the probe did not carry */
};

/* True if a reply shows, of the probe of this name, all HT_PAYLOAD_MIN bytes of the payload that
 * carry its identity: then it quotes this probe, whatever headers have become on the way. */
bool ht_reply_shows_identity(const struct ht_reply *reply, const struct ht_flow *flow,
                             const struct ht_probe_id *name);

/* Holds a reply against the probe of this name. Header fields that are not the probe's prove
 * nothing: middleboxes rewrite them. The first HT_PAYLOAD_MIN bytes of a payload contradict if they
 * are wrong: an echo reply must show all of them; a quote may end, or go on with zeros, within.
 * What lies behind counts for nothing: hosts and middleboxes cut it and change it. A timestamp
 * contradicts if only its secret bits are wrong. */
struct ht_evidence ht_reply_examine(const struct ht_reply *reply, const struct ht_flow *flow,
                                    const struct ht_probe_id *name);

#endif
