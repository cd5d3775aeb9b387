#include "site.h"

#include "bytes.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define DO_NOT_FRAGMENT 0x4000

static bool has_firewall(const struct topology *topology)
{
    const struct behaviour *behaviours = topology->behaviours.items;

    for (uint32_t i = 0; i < topology->behaviours.count; i++) {
        if (behaviours[i].firewall)
            return true;
    }
    return false;
}

bool ways_init(struct ways *ways, const struct topology *topology, uint64_t seed)
{
    ways->firewall = firewall_new(has_firewall(topology) ? topology->targets.count * 16 : 0, seed);
    ways->met = calloc(topology->hops.count + 1u, sizeof *ways->met);
    return ways->firewall && ways->met;
}

void ways_fini(struct ways *ways)
{
    firewall_free(ways->firewall);
    free(ways->met);
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

static bool is_too_big(const struct behaviour *behaviour, const struct probe *probe)
{
    return behaviour->too_big && probe->length > behaviour->too_big &&
           (!probe->ipv4 || get16(probe->packet + 6) & DO_NOT_FRAGMENT);
}

/* Is this one of the packets that a hop refuses which refuses some? */
static bool is_refused(struct ways *ways, const struct behaviour *behaviour, uint32_t hop)
{
    uint32_t number;

    if (!behaviour_refuses_some(behaviour))
        return behaviour_refuses(behaviour);
    number = ++ways->met[hop];
    return number <= behaviour->refuse_first ||
           (behaviour->refuse_every && number % behaviour->refuse_every == 0);
}

/* What the hop at this ttl has against the packet. */
static enum refusal judge(struct ways *ways, const struct behaviour *behaviour, uint32_t hop,
                          const struct probe *probe, unsigned ttl)
{
    bool expires = probe->ttl == ttl;

    if (!expires && is_too_big(behaviour, probe))
        return REFUSE_TOO_BIG;
    if (!probe_is_request(probe) || (expires && behaviour->expire_first) ||
        !is_refused(ways, behaviour, hop))
        return REFUSE_NOTHING;
    return behaviour->unreachable >= 0 ? REFUSE_UNREACHABLE : REFUSE_PARAMETER;
}

/* Is this packet of the flows that the hop changes? */
static bool is_changed(const struct behaviour *behaviour, const struct probe *probe)
{
    return behaviour->branches == 0 || flow_hash(probe) % behaviour->branches == behaviour->branch;
}

/* What the hop does to the packet's marking, and where it sends it to. */
static void change(struct site *site, const struct topology *topology,
                   const struct behaviour *behaviour, const struct probe *probe)
{
    if (!is_changed(behaviour, probe))
        return;
    if (behaviour->destination != NO_INDEX)
        site->destination = topology_get_router(topology, behaviour->destination)->address;
    if (behaviour->port)
        site->destination_port = behaviour->port;
    if (behaviour->dscp >= 0)
        site->tos = (uint8_t)(behaviour->dscp << 2 | (site->tos & 3));
    if (behaviour->ecn >= 0)
        site->tos = (uint8_t)((site->tos & 0xfc) | behaviour->ecn);
}

/* The hops before the site: one of them may refuse the packet, which then is the site. False: a
 * firewall dropped it. */
static bool walk(struct site *site, struct ways *ways, const struct topology *topology,
                 const struct probe *probe, int64_t now_ns)
{
    for (unsigned ttl = 1; ttl < site->distance; ttl++) {
        uint32_t number, shift;
        int64_t rtt_ns;
        const struct hop *hop = topology_hop_at(topology, site->target, ttl, &number, &rtt_ns);
        const struct behaviour *behaviour;

        if (!hop)
            continue;
        behaviour = topology_get_behaviour(topology, hop->behaviour);
        change(site, topology, behaviour, probe);
        site->refusal = judge(ways, behaviour, number, probe, ttl);
        if (site->refusal != REFUSE_NOTHING) {
            site->distance = ttl;
            return true;
        }
        if (!behaviour->firewall)
            continue;
        if (!firewall_pass(ways->firewall, number, behaviour->firewall, probe, now_ns, &shift))
            return false;
        site->shift += shift;
    }
    return true;
}

enum way site_find(struct site *site, struct ways *ways, const struct topology *topology,
                   uint32_t index, const struct probe *probe, int64_t now_ns, struct rng *rng)
{
    const struct target *target = topology_get_target(topology, index);
    bool delivered = !target->loop && probe->ttl >= target->hop_count;
    const struct hop *hop;
    uint32_t branch = 0;

    *site = (struct site){.target = target,
                          .distance = delivered ? target->hop_count : probe->ttl,
                          .tos = probe->tos,
                          .destination = probe->destination,
                          .destination_port = probe->destination_port};
    if (target->blocked && site->distance >= target->blocked)
        site->distance = target->blocked;
    if (target->watched && !walk(site, ways, topology, probe, now_ns))
        return WAY_DROPPED;
    hop = topology_hop_at(topology, target, site->distance, &site->hop_number, &site->rtt_ns);
    if (!hop)
        return WAY_NONE;
    site->behaviour = topology_get_behaviour(topology, hop->behaviour);
    if (site->refusal == REFUSE_NOTHING)
        change(site, topology, site->behaviour, probe);
    if (site->refusal == REFUSE_NOTHING)
        site->refusal = judge(ways, site->behaviour, site->hop_number, probe, site->distance);
    if (hop->count > 1)
        branch = (uint32_t)((site->behaviour->per_packet ? rng_next(rng) : flow_hash(probe)) %
                            hop->count);
    if (!is_changed(site->behaviour, probe)) {
        site->plain = *site->behaviour;
        site->plain.quote_id = site->plain.quote_checksum = TRANSLATE_NOT;
        site->behaviour = &site->plain;
    }
    /* A hop without addresses is silent: its router is never looked at. */
    site->router = hop->count ? topology_hop_member(topology, hop, branch) : NO_INDEX;
    return WAY_FOUND;
}

void site_refused(const struct site *site, struct ways *ways, const struct topology *topology,
                  const struct probe *probe, int64_t now_ns)
{
    for (unsigned ttl = 1; ttl < site->distance; ttl++) {
        uint32_t number;
        int64_t rtt_ns;
        const struct hop *hop = topology_hop_at(topology, site->target, ttl, &number, &rtt_ns);

        /* There and back again from the firewall's hop takes so much less. */
        if (hop && topology_get_behaviour(topology, hop->behaviour)->firewall)
            firewall_refused(ways->firewall, number, probe, now_ns + site->rtt_ns - rtt_ns / 2);
    }
}
