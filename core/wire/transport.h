/* The transport protocols of probes: one row each, in a file of its own (echo.c, udp.c, tcp.c).
 * Code that depends on how protocols differ reads the row. */
#ifndef HT_WIRE_TRANSPORT_H
#define HT_WIRE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/protocol.h"
#include "wire/filter.h"
#include "wire/reply.h"

/* Bytes of the longest header, that of TCP (RFC 9293 section 3.1). */
#define HT_TRANSPORT_HEADER_MAX 60
/* Of write_answer. */
#define HT_ANSWER_HEADER_MAX 32

/* Of quoted_type: the header has no type. */
#define HT_NO_TYPE (-1)

/* Members that name a function are NULL where the protocol has no such thing. Pairs are for IPv4
 * and IPv6, see ht_family_index. */
struct ht_transport {
    uint8_t ip_protocol[2];

    /* What a probe consists of, in bytes. */
    size_t header_length; /* without a length label */
    uint16_t payload_min;
    uint16_t length_labels; /* how many there are besides 0; 0: no quote is told by its length */
    uint8_t length_unit;    /* that each label adds, behind the payload or to the header */

    bool key_stays;     /* the header shows the key, and middleboxes leave it there */
    bool one_at_a_time; /* a listener is confused by a second probe while it answers the first */

    /* Completes what ht_flow_init has to add for this protocol. */
    void (*init_flow)(struct ht_flow *flow, const uint64_t host_secret[2]);

    /* Writes header and beginning of the payload (HT_PAYLOAD_MIN bytes, or all of a smaller one):
     * what is not zero. `length` is that of header and payload together. Returns where the payload
     * begins. */
    size_t (*write)(const struct ht_flow *flow, const struct ht_probe_id *name, uint8_t *bytes,
                    size_t length);

    /* Writes `reset_length` bytes of transport that break off what probes of the flow may have
     * opened at a listener. */
    void (*write_reset)(const struct ht_flow *flow, uint8_t *bytes);
    size_t reset_length;

    /* Reads a quoted transport header, the reader standing at its beginning and ending where the
     * quote ends; reply->destination is known. False: not a probe's. */
    bool (*read_quote)(struct ht_reader *reader, struct ht_reply *reply);

    /* Reads an answer in the protocol itself, the reader standing at its header; the responder is
     * known. False: no answer to a probe. */
    bool (*read_answer)(struct ht_reader *reader, struct ht_reply *reply);

    /* Writes the header of the destination's answer to the probe that has this header, as far as
     * what the two have in common: to be read by read_answer. `accepts`: somebody listens. Returns
     * its length, HT_ANSWER_HEADER_MAX at most; 0: the probe's header is cut. */
    size_t (*write_answer)(const uint8_t *probe, size_t length, bool accepts, uint8_t *bytes);

    /* The checksum that a probe left with. */
    uint16_t (*checksum)(const struct ht_flow *flow, const struct ht_probe_id *name);

    /* As ht_reply_sequence_shift. */
    uint32_t (*sequence_shift)(const struct ht_reply *reply, const struct ht_flow *flow);

    /* Adds what a reply proves beyond key, IPv4 id, flow label and payload. */
    void (*verify)(const struct ht_reply *reply, const struct ht_flow *flow,
                   const struct ht_probe_id *name, struct ht_evidence *evidence);

    bool has_ports; /* flows of a target differ in their local ids, source ports; else in their
                       checksums */

    /* For the socket filter. Where a quote shows the local id: the type that a probe's header
     * begins with, or HT_NO_TYPE, and the offset of the id in the header. */
    int16_t quoted_type[2];
    uint8_t quoted_id;
    /* Adds what admits answers in the protocol itself, and nothing else: instructions relative to
     * X, where the transport header begins. */
    void (*filter_answers)(struct ht_filter *filter, const struct ht_local_ids *ids);
};

extern const struct ht_transport ht_transport_echo; /* RFC 792, RFC 4443 */
extern const struct ht_transport ht_transport_udp;  /* RFC 768 */
extern const struct ht_transport ht_transport_tcp;  /* RFC 9293 */

/* By enum ht_protocol. */
extern const struct ht_transport *const ht_transports[HT_PROTOCOLS];

/* Which of a pair in a row is meant. */
static inline size_t ht_family_index(uint8_t ip_version)
{
    return ip_version == HT_IPV6;
}

static inline const struct ht_transport *ht_transport_of(const struct ht_flow *flow)
{
    return ht_transports[flow->protocol];
}

/* Transport header and payload of a probe with this length label, in bytes. */
static inline size_t ht_transport_length(const struct ht_flow *flow, uint16_t length_label)
{
    const struct ht_transport *transport = ht_transport_of(flow);
    return transport->header_length + flow->payload_size +
           (size_t)length_label * transport->length_unit;
}

/* The same of the probe of this name, which may be a sized one. */
size_t ht_transport_length_of(const struct ht_flow *flow, const struct ht_probe_id *name);

#endif
