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
    return network->buckets && network->answered && network->listener &&
           address_parse(&network->dns_ipv4, DNS_IPV4) &&
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
    memset(network, 0, sizeof *network);
}

struct reply *network_reply(struct network *network, const struct probe *probe,
                            const struct address *source, int ttl)
{
    struct reply *reply = &network->scratch;

    reply->source = *source;
    reply->destination = probe->source;
    reply->ttl = (uint8_t)ttl;
    reply->options = reply->extension = reply->bad_checksum = false;
    reply->ip_id = ++network->ip_id;
    return reply;
}

/* What routers hash to choose among equal paths. */
static uint64_t flow_hash(const struct probe *probe)
{
    uint64_t first;

    if (probe->protocol == IPPROTO_ICMP || probe->protocol == IPPROTO_ICMPV6)
        first =
            (uint64_t)probe->icmp_type << 24 | (uint64_t)probe->icmp_code << 16 | probe->checksum;
    else
        first = (uint64_t)probe->source_port << 16 | probe->destination_port;
    first |= (uint64_t)probe->protocol << 32;
    return mix64(mix64(address_hash(&probe->source) ^ first) +
                 mix64(address_hash(&probe->destination) ^ probe->flow_label));
}

/* Where the packet's ttl leads it. False past the end of the path: to be delivered. */
static bool find_site(struct network *network, const struct probe *probe, uint32_t index,
                      struct site *site)
{
    const struct topology *topology = network->topology;
    const struct target *target = topology_get_target(topology, index);
    bool delivered = !target->loop && probe->ttl >= target->hop_count;
    const struct hop *hop;
    uint32_t branch = 0;

    site->target = target;
    site->distance = delivered ? target->hop_count : probe->ttl;
    if (target->blocked && site->distance >= target->blocked)
        site->distance = target->blocked;
    hop = topology_hop_at(topology, target, site->distance, &site->hop_number, &site->rtt_ns);
    if (!hop)
        return false;
    site->behaviour = topology_get_behaviour(topology, hop->behaviour);
    if (hop->count > 1)
        branch =
            (uint32_t)((site->behaviour->per_packet ? rng_next(&network->rng) : flow_hash(probe)) %
                       hop->count);
    /* A hop without addresses is silent: its router is never looked at. */
    site->router = hop->count ? topology_hop_member(topology, hop, branch) : NO_INDEX;
    return true;
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
                     const struct address *source, uint8_t type, uint8_t code, int64_t now_ns)
{
    struct reply *reply;

    if (!may_complain(network, site, now_ns))
        return;
    reply = network_reply(network, probe, source, arriving_ttl(site));
    reply_icmp_error(reply, probe, site->behaviour, type, code,
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
    reply = network_reply(network, probe, source, arriving_ttl(site));
    reply_tcp(reply, probe->destination_port, probe->source_port, &segment);
    send_reply(network, site);
}

static void deliver_udp(struct network *network, const struct probe *probe, const struct site *site,
                        const struct endpoint *endpoint, const struct address *source,
                        int64_t now_ns)
{
    uint8_t type = probe->ipv4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
    uint8_t code = probe->ipv4 ? ICMP_PORT_UNREACH : ICMP6_DST_UNREACH_NOPORT;
    struct reply *reply;

    switch (endpoint->udp) {
    case UDP_UNREACHABLE:
        complain(network, probe, site, source, type, code, now_ns);
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
    uint32_t from = endpoint->from == NO_INDEX ? site->router : endpoint->from;
    const struct address *source = &topology_get_router(topology, from)->address;

    if (probe->protocol == IPPROTO_TCP) {
        deliver_tcp(network, probe, site, endpoint, source, now_ns);
    } else if (probe->protocol == IPPROTO_UDP) {
        deliver_udp(network, probe, site, endpoint, source, now_ns);
    } else if (endpoint->echo) {
        struct reply *reply = network_reply(network, probe, source, arriving_ttl(site));

        reply_echo(reply, probe, probe->echo_id, probe->echo_sequence);
        send_reply(network, site);
    } else {
        network->stats->filtered++;
    }
}

/* A router on the way ends the packet's journey: its ttl, or an unreachable code. */
static void end_at_site(struct network *network, const struct probe *probe, const struct site *site,
                        int64_t now_ns)
{
    const struct behaviour *behaviour = site->behaviour;
    const struct address *source = &topology_get_router(network->topology, site->router)->address;
    bool refused =
        behaviour->unreachable >= 0 && !(behaviour->expire_first && probe->ttl == site->distance);

    if (refused)
        complain(network, probe, site, source, probe->ipv4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH,
                 (uint8_t)behaviour->unreachable, now_ns);
    else
        complain(network, probe, site, source,
                 probe->ipv4 ? ICMP_TIME_EXCEEDED : ICMP6_TIME_EXCEEDED, 0, now_ns);
}

static void travel(struct network *network, const struct probe *probe, uint32_t target,
                   int64_t now_ns)
{
    struct site site;

    if (!find_site(network, probe, target, &site))
        return;
    if (probe_is_request(probe)) {
        forge_answers(network, probe, &site);
        if (site.behaviour->silent) {
            network->stats->silent++;
            return;
        }
    }
    if (site.behaviour->unreachable < 0 && !site.target->loop &&
        site.distance == site.target->hop_count)
        deliver(network, probe, &site, now_ns);
    else if (probe_is_request(probe))
        end_at_site(network, probe, &site, now_ns);
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
        travel(network, probe, target, now_ns);
    return verdict;
}
