#include "forge.h"

#include "bytes.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* Flips bits of 16 in a copy of the probe; false if the copy ends before. */
static bool flip16(uint8_t *packet, size_t length, size_t place, uint16_t bits)
{
    if (place + 2 > length)
        return false;
    put16(packet + place, get16(packet + place) ^ bits);
    return true;
}

static size_t sum_place(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

/* Bytes of the payload that name a probe. */
#define IDENTITY 12

/* Falsifies a copy of the probe that is then quoted. False: the kind does not apply. */
static bool falsify(enum forgery kind, const struct probe *probe, uint8_t *packet, size_t length)
{
    size_t transport = probe->transport;
    bool icmp = probe->protocol == IPPROTO_ICMP || probe->protocol == IPPROTO_ICMPV6;

    switch (kind) {
    case FORGE_DESTINATION:
    case FORGE_DESTINATION_CUT:
        return flip16(packet, length, probe->ipv4 ? 18 : 38, 0x0003);
    case FORGE_PROTOCOL:
        packet[probe->ipv4 ? 9 : 6] = probe->protocol == IPPROTO_UDP ? IPPROTO_TCP : IPPROTO_UDP;
        return true;
    case FORGE_ID:
        return flip16(packet, length, transport + (icmp ? 4 : 0), 0x1111);
    case FORGE_DESTINATION_PAYLOAD:
        return falsify(FORGE_DESTINATION, probe, packet, length) &&
               flip16(packet, length, probe->payload + IDENTITY - 2, 0x0001);
    case FORGE_PORT_PAYLOAD:
        return falsify(FORGE_PORT, probe, packet, length) &&
               flip16(packet, length, probe->payload + IDENTITY - 2, 0x0001);
    case FORGE_PORT:
    case FORGE_PORT_CUT:
        return !icmp && flip16(packet, length, transport + 2, 0x1111);
    case FORGE_SEQUENCE:
        if (probe->protocol == IPPROTO_UDP)
            return false;
        return flip16(packet, length, transport + (icmp ? 6 : 4), 0x5555);
    case FORGE_IP_ID:
        return probe->ipv4 && flip16(packet, length, 4, 0x5555);
    case FORGE_CHECKSUM:
        return flip16(packet, length, transport + sum_place(probe->protocol), 0x5555);
    case FORGE_PAYLOAD:
        return flip16(packet, length, probe->payload, 0x5555);
    default:
        return true; /* quotes the probe as it is */
    }
}

/* Time exceeded from the forger, with a falsified quote. */
static bool forge_error(struct network *network, const struct probe *probe, enum forgery kind)
{
    const struct address *forger = probe->ipv4 ? &network->forger_ipv4 : &network->forger_ipv6;
    struct reply *reply = network_reply(network, probe, forger, 60);
    struct behaviour behaviour = behaviour_default();
    struct probe fake = *probe;
    uint8_t packet[REPLY_MAX];

    if (fake.length > sizeof packet)
        fake.length = sizeof packet;
    memcpy(packet, probe->packet, fake.length);
    fake.packet = packet;
    if (!falsify(kind, probe, packet, fake.length))
        return false;
    if (kind == FORGE_TRUNCATED || kind == FORGE_DESTINATION_CUT || kind == FORGE_PORT_CUT) {
        size_t whole = probe->payload - probe->transport + IDENTITY;

        behaviour.quote = QUOTE_BYTES;
        behaviour.quote_bytes = kind == FORGE_TRUNCATED ? 4 : (uint16_t)(whole - 1);
    }
    if (kind == FORGE_RANDOM) {
        for (size_t i = 0; i < fake.length; i++)
            packet[i] = (uint8_t)rng_next(&network->rng);
        packet[0] = probe->ipv4 ? 0x45 : 0x60;
    }
    reply->bad_checksum = kind == FORGE_OUTER_SUM;
    reply_icmp_error(
        reply, &fake, &behaviour,
        (struct icmp_error){.type = probe->ipv4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED}, 1);
    return true;
}

static bool forge_echo(struct network *network, const struct probe *probe, enum forgery kind)
{
    uint16_t id = probe->echo_id, sequence = probe->echo_sequence;
    struct endpoint whole = endpoint_default();
    struct reply *reply;

    if (probe->protocol != IPPROTO_ICMP && probe->protocol != IPPROTO_ICMPV6)
        return false;
    if (kind == FORGE_ECHO_ID)
        id ^= 0x1111;
    else
        sequence ^= 0x5555;
    reply = network_reply(network, probe, &probe->destination, 60);
    reply_echo(reply, probe, &whole, id, sequence);
    return true;
}

static bool forge_tcp(struct network *network, const struct probe *probe, enum forgery kind)
{
    uint16_t port = probe->destination_port;
    struct segment segment = {.sequence = 1,
                              .ack = probe->tcp_sequence + 1,
                              .flags = TCP_SYN | TCP_ACK,
                              .options = {.mss = true}};
    struct reply *reply;

    if (probe->protocol != IPPROTO_TCP)
        return false;
    if (kind == FORGE_TCP_PORT)
        port ^= 0x0101;
    else
        segment.ack ^= 0x55550000;
    reply = network_reply(network, probe, &probe->destination, 60);
    reply_tcp(reply, port, probe->source_port, &segment);
    return true;
}

static bool forge_one(struct network *network, const struct probe *probe, enum forgery kind)
{
    switch (kind) {
    case FORGE_ECHO_ID:
    case FORGE_ECHO_SEQ:
        return forge_echo(network, probe, kind);
    case FORGE_TCP_ACK:
    case FORGE_TCP_PORT:
        return forge_tcp(network, probe, kind);
    default:
        return forge_error(network, probe, kind);
    }
}

void forge_answers(struct network *network, const struct probe *probe, const struct site *site)
{
    for (unsigned kind = 0; kind < FORGE_KINDS; kind++) {
        const struct reply *reply = &network->scratch;

        if (!(site->behaviour->forge & 1u << kind) ||
            !forge_one(network, probe, (enum forgery)kind))
            continue;
        network->stats->forged++;
        network->emit(network->context, reply->bytes, reply->length, site->rtt_ns / 2);
    }
}
