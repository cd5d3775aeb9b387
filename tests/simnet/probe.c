#include "probe.h"

#include "bytes.h"
#include "checksum.h"
#include "rng.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#define IPV4_HEADER   20
#define IPV6_HEADER   40
#define FRAGMENT_BITS 0x3fff /* more fragments, and the offset */

static enum probe_verdict read_ipv4(struct probe *probe, const uint8_t *packet, size_t length)
{
    size_t header = (size_t)(packet[0] & 0x0f) * 4, total;

    if (length < IPV4_HEADER || header < IPV4_HEADER || header > length)
        return PROBE_BAD_LENGTH;
    total = get16(packet + 2);
    if (total < header || total > length)
        return PROBE_BAD_LENGTH;
    if (checksum_finish(checksum_add(0, packet, header)) != 0)
        return PROBE_BAD_IP_SUM;
    probe->ipv4 = true;
    probe->length = total;
    probe->tos = packet[1];
    probe->ip_id = get16(packet + 4);
    probe->ttl = packet[8];
    probe->protocol = packet[9];
    probe->source = address_from_ipv4(packet + 12);
    probe->destination = address_from_ipv4(packet + 16);
    probe->transport = header;
    if (packet[16] >= 224)
        return PROBE_NOT_IP;
    return get16(packet + 6) & FRAGMENT_BITS ? PROBE_FRAGMENT : PROBE_GOOD;
}

/* Steps over the extension headers that a probe may carry. */
static enum probe_verdict skip_extensions(struct probe *probe, const uint8_t *packet)
{
    while (probe->protocol == IPPROTO_HOPOPTS || probe->protocol == IPPROTO_DSTOPTS ||
           probe->protocol == IPPROTO_ROUTING) {
        const uint8_t *header = packet + probe->transport;
        size_t size;

        if (probe->length - probe->transport < 8)
            return PROBE_BAD_LENGTH;
        size = ((size_t)header[1] + 1) * 8;
        if (probe->length - probe->transport < size)
            return PROBE_BAD_LENGTH;
        probe->protocol = header[0];
        probe->transport += size;
    }
    return probe->protocol == IPPROTO_FRAGMENT ? PROBE_FRAGMENT : PROBE_GOOD;
}

static enum probe_verdict read_ipv6(struct probe *probe, const uint8_t *packet, size_t length)
{
    size_t total;

    if (length < IPV6_HEADER)
        return PROBE_BAD_LENGTH;
    total = IPV6_HEADER + (size_t)get16(packet + 4);
    if (total > length)
        return PROBE_BAD_LENGTH;
    probe->ipv4 = false;
    probe->length = total;
    probe->tos = (uint8_t)(get16(packet) >> 4);
    probe->flow_label = get32(packet) & 0xfffff;
    probe->protocol = packet[6];
    probe->ttl = packet[7];
    probe->source = address_from_ipv6(packet + 8);
    probe->destination = address_from_ipv6(packet + 24);
    probe->transport = IPV6_HEADER;
    if (packet[24] == 0xff)
        return PROBE_NOT_IP;
    if (address_is_ipv4(&probe->source) || address_is_ipv4(&probe->destination))
        return PROBE_BAD_HEADER;
    return skip_extensions(probe, packet);
}

static enum probe_verdict read_icmp(struct probe *probe)
{
    const uint8_t *header = probe->packet + probe->transport;

    if (probe->length - probe->transport < 8)
        return PROBE_BAD_LENGTH;
    probe->icmp_type = header[0];
    probe->icmp_code = header[1];
    probe->checksum = get16(header + 2);
    probe->echo_id = get16(header + 4);
    probe->echo_sequence = get16(header + 6);
    probe->payload = probe->transport + 8;
    return PROBE_GOOD;
}

static enum probe_verdict read_udp(struct probe *probe)
{
    const uint8_t *header = probe->packet + probe->transport;

    if (probe->length - probe->transport < 8 ||
        get16(header + 4) != probe->length - probe->transport)
        return PROBE_BAD_LENGTH;
    probe->source_port = get16(header);
    probe->destination_port = get16(header + 2);
    probe->checksum = get16(header + 6);
    probe->payload = probe->transport + 8;
    /* RFC 8200, 8.1: zero is no checksum at all in IPv6. */
    return !probe->ipv4 && probe->checksum == 0 ? PROBE_BAD_SUM : PROBE_GOOD;
}

static enum probe_verdict read_tcp(struct probe *probe)
{
    const uint8_t *header = probe->packet + probe->transport;
    size_t size;

    if (probe->length - probe->transport < 20)
        return PROBE_BAD_LENGTH;
    size = (size_t)(header[12] >> 4) * 4;
    if (size < 20 || size > probe->length - probe->transport)
        return PROBE_BAD_LENGTH;
    probe->source_port = get16(header);
    probe->destination_port = get16(header + 2);
    probe->tcp_sequence = get32(header + 4);
    probe->tcp_ack = get32(header + 8);
    probe->tcp_flags = header[13];
    probe->checksum = get16(header + 16);
    probe->payload = probe->transport + size;
    return segment_options_read(&probe->tcp_options, header + 20, size - 20) ? PROBE_GOOD
                                                                             : PROBE_BAD_HEADER;
}

static enum probe_verdict read_transport(struct probe *probe)
{
    if (probe->protocol == (probe->ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
        return read_icmp(probe);
    if (probe->protocol == IPPROTO_UDP)
        return read_udp(probe);
    if (probe->protocol == IPPROTO_TCP)
        return read_tcp(probe);
    return PROBE_OTHER_PROTOCOL;
}

static uint64_t transport_sum(const struct probe *probe)
{
    size_t length = probe->length - probe->transport;
    uint64_t sum = 0;

    if (probe->protocol != IPPROTO_ICMP)
        sum = checksum_pseudo(&probe->source, &probe->destination, probe->protocol, length);
    return checksum_add(sum, probe->packet + probe->transport, length);
}

/* Where the transport keeps its checksum. */
static size_t checksum_place(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

static void complete_checksum(struct probe *probe, uint8_t *packet)
{
    uint8_t *place = packet + probe->transport + checksum_place(probe->protocol);
    uint16_t sum;

    put16(place, 0);
    sum = checksum_finish(transport_sum(probe));
    if (sum == 0 && probe->protocol == IPPROTO_UDP)
        sum = 0xffff; /* RFC 768: zero means none */
    put16(place, sum);
    probe->checksum = sum;
}

enum probe_verdict probe_read(struct probe *probe, uint8_t *packet, size_t length, bool partial)
{
    enum probe_verdict verdict = PROBE_NOT_IP;

    memset(probe, 0, sizeof *probe);
    probe->packet = packet;
    if (length >= 1 && packet[0] >> 4 == 4)
        verdict = read_ipv4(probe, packet, length);
    else if (length >= 1 && packet[0] >> 4 == 6)
        verdict = read_ipv6(probe, packet, length);
    if (verdict != PROBE_GOOD)
        return verdict;
    verdict = read_transport(probe);
    if (verdict != PROBE_GOOD)
        return verdict;
    if (partial)
        complete_checksum(probe, packet);
    else if (!(probe->protocol == IPPROTO_UDP && probe->checksum == 0) &&
             checksum_finish(transport_sum(probe)) != 0)
        return PROBE_BAD_SUM;
    if (probe->ttl == 0 || (probe->protocol == IPPROTO_TCP && probe->destination_port == 0))
        return PROBE_BAD_HEADER;
    return PROBE_GOOD;
}

uint64_t probe_connection(const struct probe *probe)
{
    uint64_t ports = (uint64_t)probe->source_port << 16 | probe->destination_port;

    return mix64(address_hash(&probe->source) + 3 * address_hash(&probe->destination)) ^
           mix64(ports);
}

static void complete_header(const struct probe *probe, uint8_t *packet)
{
    put16(packet + 10, 0);
    put16(packet + 10, checksum_finish(checksum_add(0, packet, probe->transport)));
}

void probe_set_tos(struct probe *probe, uint8_t *packet, uint8_t tos)
{
    probe->tos = tos;
    if (!probe->ipv4) {
        put16(packet, (uint16_t)((get16(packet) & 0xf00f) | tos << 4));
        return;
    }
    packet[1] = tos;
    complete_header(probe, packet);
}

void probe_set_destination(struct probe *probe, uint8_t *packet, const struct address *destination,
                           uint16_t port)
{
    probe->destination = *destination;
    if (probe->protocol == IPPROTO_UDP || probe->protocol == IPPROTO_TCP) {
        probe->destination_port = port;
        put16(packet + probe->transport + 2, port);
    }
    if (probe->ipv4) {
        memcpy(packet + 16, destination->bytes + 12, 4);
        complete_header(probe, packet);
    } else {
        memcpy(packet + 24, destination->bytes, 16);
    }
    complete_checksum(probe, packet);
}

void probe_set_sequence(struct probe *probe, uint8_t *packet, uint32_t sequence)
{
    probe->tcp_sequence = sequence;
    put32(packet + probe->transport + 4, sequence);
    complete_checksum(probe, packet);
}

bool probe_is_request(const struct probe *probe)
{
    switch (probe->protocol) {
    case IPPROTO_ICMP:
        return probe->icmp_type == ICMP_ECHO;
    case IPPROTO_ICMPV6:
        return probe->icmp_type == ICMP6_ECHO_REQUEST;
    case IPPROTO_TCP:
        return !(probe->tcp_flags & TCP_RST);
    default:
        return true;
    }
}
