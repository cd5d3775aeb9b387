/* Probes as packets.
 *
 * A flow is what routers hash to choose among equal paths: addresses, ports, for ICMP type, code
 * and checksum, for IPv6 the flow label. All probes of a target are one flow ("Paris"), or as many
 * as the user asks for. Flow k differs from flow 0 in the source port (UDP, TCP), the checksum
 * (ICMP) and the flow label (IPv6), and in nothing else that routers hash.
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
 * still tells: middleboxes do not rewrite that. Probes of such a flow get lengths that differ. */
#ifndef HT_WIRE_PROBE_H
#define HT_WIRE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/settings.h"
#include "model/packet.h"

/* What all probes of a flow have in common. */
struct ht_flow {
    struct ht_address source;
    struct ht_address destination;
    uint64_t secret[2];    /* random, this process's */
    uint32_t sequence;     /* ht_flow_init: TCP, the initial sequence number of every SYN */
    uint32_t clock_offset; /* ht_flow_init: TCP, where the clock of its timestamps begins */
    uint32_t flow_tag;     /* ht_flow_init: names destination and flow to this process */
    uint32_t flow_label;   /* ht_flow_init: IPv6 */
    uint32_t address_sum;  /* ht_flow_init: over both addresses, for checksums */
    uint16_t checksum;     /* ht_flow_init: ICMP, the same for every probe */
    uint16_t local_id;     /* reserved for this process: ICMP id, source port */
    uint16_t port;         /* destination port, 0 for ICMP */
    uint16_t payload_size; /* ht_flow_init raises it to what identity needs */
    uint16_t number;       /* of the flow among its target's: 0 to HT_FLOWS_SEARCHED - 1 */
    uint8_t protocol;      /* enum ht_protocol */
    uint8_t tos;
};

/* Names a destination and the number of a flow to this process: what the table of probes is keyed
 * by. */
uint32_t ht_flow_tag(const uint64_t secret[2], const struct ht_address *destination,
                     uint8_t protocol, uint16_t port, uint16_t number);

/* Completes a flow of which source, destination, secret, local_id, port, payload_size, protocol,
 * tos and number are given. Deterministic but for flow_tag, so that the next process has the same
 * flow. `host_secret`: the same for all processes of this host, and not to be known elsewhere. */
void ht_flow_init(struct ht_flow *flow, const uint64_t host_secret[2]);

/* Lowest bits of a TSval that are secret. Its clock of microseconds is not overtaken by fewer
 * than 488 probes a second. */
#define HT_TIMESTAMP_CODE_BITS 11

/* What tells a probe from every other one of its flow. */
struct ht_probe_id {
    uint16_t key;       /* unique among those outstanding; never 0 */
    uint16_t ip_id;     /* IPv4: so is this, and neither tells the other; never 0 (the kernel would
                           replace it) */
    uint64_t serial;    /* unique for ever: an answer to an earlier owner of the key is told by it,
                           where the quote goes that far */
    uint32_t timestamp; /* TCP: TSval (RFC 7323) but for its HT_TIMESTAMP_CODE_BITS lowest bits,
                           which are part of the probe's code; rising from probe to probe */
    uint16_t length_label; /* 0: as long as was asked for; else longer by as many units */
    uint16_t sized;        /* bytes of the whole packet, which no router may cut to pieces then; 0:
                              as long as flow and label make it */
};

/* How many length labels besides 0 there are: 0 where nothing has to be told by them (ICMP: every
 * quote shows the sequence number, which middleboxes leave as it is). */
uint16_t ht_probe_length_labels(const struct ht_flow *flow);

/* Bytes of the smallest packet with what tells a probe of this flow from others: the least that
 * `sized` may be. Every link takes it (RFC 791: 68 bytes, RFC 8200: 1,280). */
uint16_t ht_probe_least_length(const struct ht_flow *flow);

/* Makes the packet of one probe: its transport bytes and what the IP header has to say. Interface,
 * mark, owner and results stay as they are. */
void ht_probe_write(const struct ht_flow *flow, uint8_t ttl, const struct ht_probe_id *name,
                    struct ht_outgoing *packet);

/* Makes a packet, under the key of this name, that breaks off what probes of the flow may have
 * opened at a listener: no probe, and not answered. Only where the transport has a reset (TCP). */
void ht_probe_write_reset(const struct ht_flow *flow, uint8_t ttl, const struct ht_probe_id *name,
                          struct ht_outgoing *packet);

#endif
