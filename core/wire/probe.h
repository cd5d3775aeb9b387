/* Probes as packets, and the answers that belong to them.
 *
 * A flow is what routers hash to choose among equal paths; all probes of a target are one flow
 * ("Paris"): addresses, ports, for ICMP type, code and checksum, for IPv6 the flow label.
 *
 * A probe is known by its 16-bit key, unique among those outstanding to one destination. The key
 * travels where every ICMP error must quote it: the ICMP sequence number, the UDP checksum, and the
 * IPv4 id. The payload carries it too, with a code that only this process can make: answers that
 * show a payload and show a wrong one are forged, whatever else they got right.
 *
 * All SYNs of a flow have one initial sequence number, as a client's retransmissions have:
 * firewalls that remember the first one drop any other. What tells them apart is the timestamp that
 * each one carries (RFC 7323; a SYN-ACK echoes it), the IPv4 id, and data where the user asks for
 * some.
 *
 * Where a quote shows none of these, cut after 8 bytes and rewritten by a translator, its length
 * still tells: nobody rewrites that. Probes of such a flow get lengths that differ. */
#ifndef HT_WIRE_PROBE_H
#define HT_WIRE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "model/packet.h"
#include "model/settings.h"

/* What all probes of a target have in common. */
struct ht_flow {
    struct ht_address source;
    struct ht_address destination;
    uint64_t secret[2];    /* random, this process's */
    uint32_t sequence;     /* ht_flow_init: TCP, the initial sequence number of every SYN */
    uint32_t clock_offset; /* ht_flow_init: TCP, where the clock of its timestamps begins */
    uint32_t flow_tag;     /* ht_flow_init: names the destination to this process */
    uint32_t flow_label;   /* ht_flow_init: IPv6 */
    uint32_t address_sum;  /* ht_flow_init: over both addresses, for checksums */
    uint16_t checksum;     /* ht_flow_init: ICMP, the same for every probe */
    uint16_t local_id;     /* reserved for this process: ICMP id, source port */
    uint16_t port;         /* destination port, 0 for ICMP */
    uint16_t payload_size; /* ht_flow_init raises it to what identity needs */
    uint8_t protocol;      /* enum ht_protocol */
    uint8_t tos;
};

/* Names a destination to this process: what the table of probes is keyed by. */
uint32_t ht_flow_tag(const uint64_t secret[2], const struct ht_address *destination,
                     uint8_t protocol, uint16_t port);

/* Completes a flow of which source, destination, secret, local_id, port, payload_size, protocol
 * and tos are given. Deterministic but for flow_tag, so that the next process has the same flow.
 * `host_secret`: the same for all processes of this host, and not to be known elsewhere. */
void ht_flow_init(struct ht_flow *flow, const uint64_t host_secret[2]);

/* So many of a TSval's lowest bits are secret. Its clock of microseconds is not overtaken by fewer
 * than 488 probes a second. */
#define HT_TIMESTAMP_CODE_BITS 11

/* What tells a probe from every other one of its flow. */
struct ht_probe_name {
    uint16_t key;       /* unique among those outstanding; never 0 */
    uint16_t ip_id;     /* IPv4: so is this, and neither tells the other; never 0 (the kernel would
                           replace it) */
    uint64_t serial;    /* unique for ever: an answer to an earlier owner of the key is told by it,
                           where the quote goes that far */
    uint32_t timestamp; /* TCP: TSval (RFC 7323) but for its HT_TIMESTAMP_CODE_BITS lowest bits,
                           which are part of the probe's code; rising from probe to probe */
    uint16_t length_label; /* 0: as long as was asked for; else so many units longer */
};

/* How many length labels besides 0 there are: 0 where nothing has to be told by them (ICMP: every
 * quote shows the sequence number, and nobody rewrites that). */
uint16_t ht_probe_length_labels(const struct ht_flow *flow);

/* Writes the whole IP packet of one probe. `bytes` has room for HT_PACKET_MAX. Returns its
 * length. */
size_t ht_probe_write(const struct ht_flow *flow, uint8_t ttl, struct ht_probe_name name,
                      uint8_t *bytes);

/* Writes a whole IP packet, under the key of this name, that breaks off what SYNs of the flow may
 * have opened at a listener: no probe, and not answered. TCP flows only. Returns its length. */
size_t ht_probe_write_reset(const struct ht_flow *flow, uint8_t ttl, struct ht_probe_name name,
                            uint8_t *bytes);

enum ht_answer {
    HT_ANSWER_TIME_EXCEEDED, /* an ICMP error from a router on the way */
    HT_ANSWER_UNREACHABLE,   /* any other ICMP error: the packet got no further */
    HT_ANSWER_ECHO,          /* an echo reply */
    HT_ANSWER_TCP            /* SYN-ACK or RST */
};

/* What a packet says about a probe, not yet believed. */
struct ht_reply {
    enum ht_answer answer;
    struct ht_address responder;
    struct ht_address destination; /* the probe's; HT_IP_NONE for an echo reply, which may come
                                      from another address of the target */
    uint8_t protocol;              /* enum ht_protocol of the probe */
    uint16_t local_id;
    uint16_t port;             /* the probe's destination port; 0 for ICMP */
    bool keyed;                /* it shows a key: */
    uint16_t key;              /* ICMP sequence number, UDP checksum, or what the payload shows */
    bool key_certain;          /* the payload shows it, which nobody rewrites */
    uint16_t ip_id;            /* IPv4: as quoted; 0: not quoted */
    uint16_t checksum;         /* as quoted: of UDP, or of ICMP; 0: not quoted */
    uint16_t window;           /* TCP: as quoted; 0: not quoted */
    uint32_t flow_label;       /* IPv6: as quoted */
    uint16_t transport_length; /* of a quote, as its header tells; 0: no quote */
    int icmp_type;             /* -1 for a TCP answer */
    int icmp_code;
    int reply_ttl;      /* as it arrived; -1: unknown */
    uint8_t quoted_ttl; /* the probe's, as it arrived where the ICMP error comes from; 0: unknown */
    bool syn_ack;       /* a TCP answer: somebody listens */
    uint32_t sequence;  /* TCP: the probe's sequence number; of an answer what it acknowledges,
                           less one */
    bool timestamped;   /* TCP: it shows the probe's timestamp: */
    uint32_t timestamp;
    const uint8_t *proof; /* the probe's payload as far as it came back, within the packet */
    size_t proof_length;
    const uint8_t *extension; /* what follows the quote of an ICMP error, within the packet */
    size_t extension_length;
    bool extension_announced; /* the message told where the quote ends */
};

/* Reads a packet; false if it answers no probe of any hoptrace (not an error: strangers' packets
 * come by). Bytes may be anything at all. */
bool ht_reply_read(const struct ht_incoming *packet, struct ht_reply *reply);

/* True if an ICMP error that bears the flow's source address comes from this host's own kernel:
 * nobody else could have had it delivered whole (see ht_filter_icmpv6) with a quote of that source.
 */
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

/* Holds a reply against the probe of this name. Header fields that are not the probe's prove
 * nothing: middleboxes rewrite them. The first HT_PAYLOAD_MIN bytes of a payload contradict if they
 * are wrong: an echo reply must show all of them; a quote may end, or go on with zeros, within.
 * What lies behind counts for nothing: hosts and middleboxes cut it and change it. A timestamp
 * contradicts if only its secret bits are wrong. */
struct ht_evidence ht_reply_examine(const struct ht_reply *reply, const struct ht_flow *flow,
                                    struct ht_probe_name name);

#endif
