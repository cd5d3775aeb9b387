#include "answer.h"

#include "bytes.h"
#include "dns.h"
#include "forge.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>

#define DNS_PORT   53
#define DNS_RTT_NS 1000000

bool network_init(struct network *network, const struct topology *topology, struct stats *stats,
                  uint64_t seed, answer_emit emit, void *context)
{
    memset(network, 0, sizeof *network);
    network->topology = topology;
    network->stats = stats;
    network->rng.state = mix64(seed);
    network->emit = emit;
    network->context = context;
    network->buckets = calloc(topology->routers.count + 1u, sizeof *network->buckets);
    network->answered = calloc(topology->hops.count + 1u, sizeof *network->answered);
    network->listener = listener_new(topology->targets.count * 4);
    return ways_init(&network->ways, topology, seed) && network->buckets && network->answered &&
           network->listener && address_parse(&network->dns_ipv4, DNS_IPV4) &&
           address_parse(&network->dns_ipv6, DNS_IPV6) &&
           address_parse(&network->forger_ipv4, FORGER_IPV4) &&
           address_parse(&network->forger_ipv6, FORGER_IPV6);
}

bool network_replace(struct network *network, const struct topology *topology)
{
    struct network fresh;

    if (!network_init(&fresh, topology, network->stats, 0, network->emit, network->context)) {
        network_fini(&fresh);
        return false;
    }
    fresh.rng = network->rng;
    fresh.ip_id = network->ip_id;
    network_fini(network);
    *network = fresh;
    return true;
}

void network_fini(struct network *network)
{
    free(network->buckets);
    free(network->answered);
    listener_free(network->listener);
    ways_fini(&network->ways);
    memset(network, 0, sizeof *network);
}

struct reply *network_reply(struct network *network, const struct probe *probe,
                            const struct address *source, int ttl)
{
    struct reply *reply = &network->scratch;

    reply->source = *source;
    reply->destination = probe->source;
    reply->ttl = (uint8_t)ttl;
    reply->tos = 0;
    reply->options = reply->extension = reply->bad_checksum = false;
    reply->ip_id = ++network->ip_id;
    return reply;
}

/* The ttl the answer has when it is back at the prober; below 1 it never gets there. */
static int arriving_ttl(const struct site *site)
{
    int hops =
        site->behaviour->return_hops < 0 ? (int)site->distance - 1 : site->behaviour->return_hops;

    return site->behaviour->reply_ttl - hops;
}

/* Takes a token for an ICMP error, or says that there is none. */
static bool may_complain(struct network *network, const struct site *site, int64_t now_ns)
{
    const struct behaviour *behaviour = site->behaviour;
    struct bucket *bucket = &network->buckets[site->router];

    if (behaviour->rate_per_second <= 0)
        return true;
    if (bucket->filled_ns == 0)
        bucket->tokens = behaviour->rate_burst;
    else
        bucket->tokens += (double)(now_ns - bucket->filled_ns) * 1e-9 * behaviour->rate_per_second;
    if (bucket->tokens > behaviour->rate_burst)
        bucket->tokens = behaviour->rate_burst;
    bucket->filled_ns = now_ns;
    if (bucket->tokens < 1) {
        network->stats->rate_limited++;
        return false;
    }
    bucket->tokens -= 1;
    return true;
}

static bool is_lost(struct network *network, const struct behaviour *behaviour, uint32_t number)
{
    if (number <= behaviour->lose_first ||
        (behaviour->lose_every && number % behaviour->lose_every == 0))
        return true;
    return behaviour->loss > 0 && unit_interval(rng_next(&network->rng)) < behaviour->loss;
}

/* Sends the scratch reply, as well as the site's ways allow. */
static void send_reply(struct network *network, const struct site *site)
{
    const struct behaviour *behaviour = site->behaviour;
    const struct reply *reply = &network->scratch;
    uint32_t number = ++network->answered[site->hop_number];
    int64_t delay_ns = site->rtt_ns;

    if (arriving_ttl(site) < 1 || is_lost(network, behaviour, number)) {
        network->stats->lost++;
        return;
    }
    if (behaviour->jitter_ns)
        delay_ns +=
            (int64_t)((double)behaviour->jitter_ns * unit_interval(rng_next(&network->rng)));
    if (behaviour->late_every && number % behaviour->late_every == 0)
        delay_ns += behaviour->late_ns;
    for (uint32_t i = 0; i < behaviour->copies; i++) {
        network->stats->answers++;
        network->emit(network->context, reply->bytes, reply->length,
                      delay_ns + i * behaviour->copy_gap_ns);
    }
}

static void complain(struct network *network, const struct probe *probe, const struct site *site,
                     const struct address *source, struct icmp_error error, int64_t now_ns)
{
    struct reply *reply;

    if (!may_complain(network, site, now_ns))
        return;
    reply = network_reply(network, probe, source, arriving_ttl(site));
    reply_icmp_error(reply, probe, site->behaviour, error,
                     (uint8_t)(probe->ttl - site->distance + 1));
    send_reply(network, site);
}

static enum port_state port_state(const struct endpoint *endpoint, uint16_t port)
{
    for (unsigned i = 0; i < endpoint->open_count; i++) {
        if (endpoint->open[i] == port)
            return PORT_OPEN;
    }
    return endpoint->tcp;
}

static void deliver_tcp(struct network *network, const struct probe *probe, const struct site *site,
                        const struct endpoint *endpoint, const struct address *source,
                        int64_t now_ns)
{
    enum port_state state = port_state(endpoint, probe->destination_port);
    struct segment segment;
    struct reply *reply;

    if (state == PORT_FILTERED) {
        network->stats->filtered++;
        return;
    }
    if (state == PORT_OPEN
            ? !listener_segment(network->listener, probe, endpoint->plain_tcp, now_ns, &segment)
            : !listener_closed(probe, &segment))
        return;
    if (segment.flags & TCP_ACK)
        segment.ack -= site->shift;
    if (segment.flags & TCP_RST && site->target->watched)
        site_refused(site, &network->ways, network->topology, probe, now_ns);
    reply = network_reply(network, probe, source, arriving_ttl(site));
    reply_tcp(reply, probe->destination_port, probe->source_port, &segment);
    send_reply(network, site);
}

static void deliver_udp(struct network *network, const struct probe *probe, const struct site *site,
                        const struct endpoint *endpoint, const struct address *source,
                        int64_t now_ns)
{
    struct icmp_error closed = {
        .type = probe->ipv4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH,
        .code = probe->ipv4 ? ICMP_PORT_UNREACH : ICMP6_DST_UNREACH_NOPORT,
    };
    struct reply *reply;

    switch (endpoint->udp) {
    case UDP_UNREACHABLE:
        complain(network, probe, site, source, closed, now_ns);
        break;
    case UDP_REPLY:
        reply = network_reply(network, probe, source, arriving_ttl(site));
        reply_udp(reply, probe->destination_port, probe->source_port,
                  probe->packet + probe->payload, probe->length - probe->payload);
        send_reply(network, site);
        break;
    case UDP_SILENT:
        network->stats->filtered++;
        break;
    }
}

static void deliver(struct network *network, const struct probe *probe, const struct site *site,
                    int64_t now_ns)
{
    const struct topology *topology = network->topology;
    const struct endpoint *endpoint = topology_get_endpoint(topology, site->target->endpoint);
    const struct address *source = endpoint->from == NO_INDEX
                                       ? &probe->destination
                                       : &topology_get_router(topology, endpoint->from)->address;

    if (probe->protocol == IPPROTO_TCP) {
        deliver_tcp(network, probe, site, endpoint, source, now_ns);
    } else if (probe->protocol == IPPROTO_UDP) {
        deliver_udp(network, probe, site, endpoint, source, now_ns);
    } else if (endpoint->echo) {
        struct reply *reply = network_reply(network, probe, source, arriving_ttl(site));

        reply_echo(reply, probe, endpoint, probe->echo_id, probe->echo_sequence);
        send_reply(network, site);
    } else {
        network->stats->filtered++;
    }
}

/* What the site says to a packet that ends there. */
static struct icmp_error error_of(const struct site *site, bool ipv4)
{
    const struct behaviour *behaviour = site->behaviour;

    switch (site->refusal) {
    case REFUSE_UNREACHABLE:
        return (struct icmp_error){.type = ipv4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH,
                                   .code = (uint8_t)behaviour->unreachable};
    case REFUSE_PARAMETER:
        return (struct icmp_error){.type = ipv4 ? ICMP_PARAMETERPROB : ICMP6_PARAM_PROB,
                                   .code = (uint8_t)behaviour->parameter};
    case REFUSE_TOO_BIG:
        return (struct icmp_error){
            .type = ipv4 ? ICMP_DEST_UNREACH : ICMP6_PACKET_TOO_BIG,
            .code = ipv4 ? ICMP_FRAG_NEEDED : 0,
            .rest = behaviour->too_big_says == TOO_BIG_PLAIN ? 0 : behaviour->too_big};
    default:
        return (struct icmp_error){.type = ipv4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED};
    }
}

/* Does the destination itself deal with the packet, as what it is? */
static bool is_delivered(const struct site *site)
{
    return site->refusal == REFUSE_NOTHING && !site->target->loop &&
           site->distance == site->target->hop_count &&
           !(site->behaviour->expire_first && behaviour_refuses(site->behaviour));
}

static void answer_at(struct network *network, const struct probe *probe, const struct site *site,
                      int64_t now_ns)
{
    bool request = probe_is_request(probe);
    bool mute = site->refusal == REFUSE_TOO_BIG && site->behaviour->too_big_says == TOO_BIG_NOTHING;

    if (request)
        forge_answers(network, probe, site);
    if (request && (site->behaviour->silent || mute))
        network->stats->silent++;
    else if (is_delivered(site))
        deliver(network, probe, site, now_ns);
    else if (request)
        complain(network, probe, site,
                 &topology_get_router(network->topology, site->router)->address,
                 error_of(site, probe->ipv4), now_ns);
}

/* `packet`: the bytes of the probe, which hops change. */
static void travel(struct network *network, const struct probe *probe, uint8_t *packet,
                   uint32_t target, int64_t now_ns)
{
    struct probe shifted = *probe;
    struct site site;
    enum way way =
        site_find(&site, &network->ways, network->topology, target, probe, now_ns, &network->rng);

    network->stats->firewalled += way == WAY_DROPPED;
    if (way != WAY_FOUND)
        return;
    if (site.shift)
        probe_set_sequence(&shifted, packet, probe->tcp_sequence + site.shift);
    if (site.tos != probe->tos)
        probe_set_tos(&shifted, packet, site.tos);
    if (!address_equal(&site.destination, &probe->destination) ||
        site.destination_port != probe->destination_port)
        probe_set_destination(&shifted, packet, &site.destination, site.destination_port);
    answer_at(network, &shifted, &site, now_ns);
}

/* Is it a question to the name server? Then it is none of the probes. */
static bool serve_dns(struct network *network, const struct probe *probe)
{
    const struct address *server = probe->ipv4 ? &network->dns_ipv4 : &network->dns_ipv6;
    int64_t delay_ns = DNS_RTT_NS;
    uint8_t answer[DNS_MAX];
    struct reply *reply;
    size_t length;

    if (probe->protocol != IPPROTO_UDP || probe->destination_port != DNS_PORT ||
        !address_equal(&probe->destination, server))
        return false;
    network->stats->dns_queries++;
    length = dns_answer(network->topology, probe->packet + probe->payload,
                        probe->length - probe->payload, answer, &delay_ns);
    if (length == 0)
        return true;
    network->stats->dns_answers++;
    reply = network_reply(network, probe, server, 64);
    reply_udp(reply, DNS_PORT, probe->source_port, answer, length);
    network->emit(network->context, reply->bytes, reply->length, delay_ns);
    return true;
}

enum probe_verdict network_packet(struct network *network, uint8_t *packet, size_t length,
                                  bool partial, int64_t now_ns, struct probe *probe)
{
    enum probe_verdict verdict = probe_read(probe, packet, length, partial);
    uint32_t router, target = NO_INDEX;
    bool icmp = probe->protocol == IPPROTO_ICMP || probe->protocol == IPPROTO_ICMPV6;

    network->stats->received++;
    network->stats->verdicts[verdict]++;
    if (verdict != PROBE_GOOD || serve_dns(network, probe))
        return verdict;
    router = topology_find(network->topology, &probe->destination);
    if (router != NO_INDEX)
        target = topology_get_router(network->topology, router)->target;
    if (!probe_is_request(probe))
        network->stats->other++;
    else
        stats_probe(network->stats, network->topology, probe, target, now_ns);
    /* A reset has to get through to the listener; nobody answers other ICMP messages. */
    if (target != NO_INDEX && (probe_is_request(probe) || !icmp))
        travel(network, probe, packet, target, now_ns);
    return verdict;
}
