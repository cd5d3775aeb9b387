#include "wire/probe.h"

#include <string.h>

#include "base/hash.h"
#include "wire/checksum.h"
#include "wire/ip.h"
#include "wire/payload.h"
#include "wire/transport.h"

/* From one flow of a target to the next, in units of the number's last place. Both are near the
 * golden section of the range, so that any few flows lie far apart in it, and have no divisor in
 * common with the number of values: no two flows of a target have the same. */
#define CHECKSUM_STEP UINT64_C(40503)
#define LABEL_STEP    UINT32_C(648055)

/* Values of the checksum: 0 and 0xffff are the same number in ones-complement, and 0 means "none"
 * elsewhere. */
#define CHECKSUMS 0xfffe

_Static_assert(HT_PROTOCOLS <= 4 && HT_FLOWS_SEARCHED <= 64 * 32 && HT_IPV6 < 8,
               "protocol, number and version have room in two bytes of the tag");

uint32_t ht_flow_tag(const uint64_t secret[2], const struct ht_address *destination,
                     uint8_t protocol, uint16_t port, uint16_t number)
{
    uint8_t bytes[20];
    memcpy(bytes, destination->bytes, 16);
    bytes[16] = (uint8_t)(destination->version | number >> 6 << 3);
    bytes[17] = (uint8_t)(protocol | number << 2);
    ht_store_u16(bytes + 18, port);
    return (uint32_t)ht_siphash(secret, bytes, sizeof bytes);
}

void ht_flow_init(struct ht_flow *flow, const uint64_t host_secret[2])
{
    flow->flow_tag =
        ht_flow_tag(flow->secret, &flow->destination, flow->protocol, flow->port, flow->number);
    /* Constant over processes and rounds, different between destinations, and unknown to
     * hosts that have not seen a probe. */
    uint8_t bytes[17];
    memcpy(bytes, flow->destination.bytes, 16);
    bytes[16] = flow->protocol;
    uint64_t hash = ht_siphash(host_secret, bytes, sizeof bytes);
    flow->flow_label = ((uint32_t)hash + flow->number * LABEL_STEP) & UINT32_C(0xfffff);
    uint64_t checksum = (hash >> 32) + flow->number * CHECKSUM_STEP;
    flow->checksum = (uint16_t)(checksum % CHECKSUMS + 1);
    flow->address_sum = ht_checksum_fold(ht_ip_pseudo_sum(&flow->source, &flow->destination, 0, 0));
    uint16_t smallest = ht_transport_of(flow)->payload_min;
    if (flow->payload_size < smallest)
        flow->payload_size = smallest;
    if (ht_transport_of(flow)->init_flow != NULL)
        ht_transport_of(flow)->init_flow(flow, host_secret);
}

static size_t ip_header_length(const struct ht_flow *flow)
{
    return flow->destination.version == HT_IPV6 ? HT_IPV6_HEADER_LENGTH : HT_IPV4_HEADER_LENGTH;
}

uint16_t ht_probe_least_length(const struct ht_flow *flow)
{
    const struct ht_transport *transport = ht_transport_of(flow);
    return (uint16_t)(ip_header_length(flow) + transport->header_length + HT_PAYLOAD_MIN);
}

size_t ht_transport_length_of(const struct ht_flow *flow, const struct ht_probe_id *name)
{
    if (name->sized != 0)
        return name->sized - ip_header_length(flow);
    return ht_transport_length(flow, name->length_label);
}

/* Bytes of the longest packet that a length label may make of one that is shorter: beyond that of
 * Ethernet it would be cut to pieces. */
#define LABELLED_MAX 1500

/* The longest payloads leave less room, or none. */
uint16_t ht_probe_length_labels(const struct ht_flow *flow)
{
    const struct ht_transport *transport = ht_transport_of(flow);
    if (transport->length_labels == 0)
        return 0;
    size_t plain = ip_header_length(flow) + ht_transport_length(flow, 0);
    size_t room = plain < LABELLED_MAX ? LABELLED_MAX - plain : 0;
    size_t labels = room / transport->length_unit;
    return labels < transport->length_labels ? (uint16_t)labels : transport->length_labels;
}

/* What the IP header has to say, and the length of the transport bytes. */
static void set_ip_fields(const struct ht_flow *flow, uint8_t ttl, const struct ht_probe_id *name,
                          size_t length, struct ht_outgoing *packet)
{
    packet->destination = flow->destination;
    packet->source = flow->source;
    packet->flow_label = flow->flow_label;
    packet->ip_id = name->ip_id;
    packet->ip_protocol =
        ht_transport_of(flow)->ip_protocol[ht_family_index(flow->destination.version)];
    packet->ttl = ttl;
    packet->tos = flow->tos;
    packet->whole = name->sized != 0;
    packet->length = (uint16_t)length;
}

void ht_probe_write(const struct ht_flow *flow, uint8_t ttl, const struct ht_probe_id *name,
                    struct ht_outgoing *packet)
{
    uint8_t *bytes = ht_outgoing_transport(packet);
    size_t length = ht_transport_length_of(flow, name);
    set_ip_fields(flow, ttl, name, length, packet);
    size_t payload = ht_transport_of(flow)->write(flow, name, bytes, length);
    size_t written = payload + HT_PAYLOAD_MIN;
    if (length > written)
        memset(bytes + written, 0, length - written);
}

void ht_probe_write_reset(const struct ht_flow *flow, uint8_t ttl, const struct ht_probe_id *name,
                          struct ht_outgoing *packet)
{
    const struct ht_transport *transport = ht_transport_of(flow);
    set_ip_fields(flow, ttl, name, transport->reset_length, packet);
    transport->write_reset(flow, ht_outgoing_transport(packet));
}
