#include "truth.h"

static void print_address(FILE *out, const struct topology *topology, uint32_t router)
{
    char text[ADDRESS_TEXT];

    fprintf(out, "\"%s\"", address_format(&topology_get_router(topology, router)->address, text));
}

static void print_mpls(FILE *out, const struct behaviour *behaviour)
{
    if (!behaviour->mpls_count)
        return;
    fputs(",\"mpls\":[", out);
    for (unsigned i = 0; i < behaviour->mpls_count; i++) {
        uint32_t word = behaviour->mpls[i];

        fprintf(out, "%s{\"label\":%u,\"tc\":%u,\"bottom\":%s,\"ttl\":%u}", i ? "," : "",
                word >> 12, word >> 9 & 7, i + 1 == behaviour->mpls_count ? "true" : "false",
                word & 0xff);
    }
    putc(']', out);
}

static void print_refusals(FILE *out, const struct behaviour *behaviour)
{
    if (behaviour->unreachable >= 0)
        fprintf(out, ",\"unreachable\":%d", behaviour->unreachable);
    if (behaviour->parameter >= 0)
        fprintf(out, ",\"parameter\":%d", behaviour->parameter);
    if (behaviour->refuse_first)
        fprintf(out, ",\"refuse_first\":%u", behaviour->refuse_first);
    if (behaviour->refuse_every)
        fprintf(out, ",\"refuse_every\":%u", behaviour->refuse_every);
    if (behaviour->too_big)
        fprintf(out, ",\"too_big\":%u", behaviour->too_big);
}

static void print_firewall(FILE *out, const struct behaviour *behaviour)
{
    static const char *const words[] = {"track", "no-data", "options", "rewrite", "rewrite-fixed"};
    const char *comma = "";

    if (!behaviour->firewall)
        return;
    fputs(",\"firewall\":[", out);
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (!(behaviour->firewall & 1u << i))
            continue;
        fprintf(out, "%s\"%s\"", comma, words[i]);
        comma = ",";
    }
    putc(']', out);
}

/* The address a destination answers from: that of `router`, unless it is told otherwise, or gets
 * packets of all flows under another one. */
static uint32_t answering(const struct topology *topology, const struct target *target,
                          bool destination, uint32_t router)
{
    uint32_t from = topology_get_endpoint(topology, target->endpoint)->from;

    for (unsigned ttl = target->hop_count; destination && from == NO_INDEX && ttl > 0; ttl--) {
        uint32_t number;
        int64_t rtt_ns;
        const struct hop *hop = topology_hop_at(topology, target, ttl, &number, &rtt_ns);
        const struct behaviour *behaviour = topology_get_behaviour(topology, hop->behaviour);

        if (behaviour->branches == 0)
            from = behaviour->destination;
    }
    return destination && from != NO_INDEX ? from : router;
}

static void print_hop(FILE *out, const struct topology *topology, const struct target *target,
                      unsigned ttl)
{
    uint32_t number;
    int64_t rtt_ns;
    const struct hop *hop = topology_hop_at(topology, target, ttl, &number, &rtt_ns);
    const struct behaviour *behaviour;
    bool destination = !target->loop && ttl == target->hop_count;

    if (!hop)
        return;
    behaviour = topology_get_behaviour(topology, hop->behaviour);
    fprintf(out, "%s{\"ttl\":%u,\"addresses\":[", ttl > 1 ? "," : "", ttl);
    for (uint32_t i = 0; i < hop->count; i++) {
        if (i)
            putc(',', out);
        print_address(
            out, topology,
            answering(topology, target, destination, topology_hop_member(topology, hop, i)));
    }
    fprintf(out, "],\"rtt_ms\":%.6f,\"jitter_ms\":%.6f,\"silent\":%s,\"loss\":%g,\"reply_ttl\":%d",
            (double)rtt_ns / NANOSECONDS_PER_MS, (double)behaviour->jitter_ns / NANOSECONDS_PER_MS,
            behaviour->silent ? "true" : "false", behaviour->loss,
            behaviour->reply_ttl -
                (behaviour->return_hops < 0 ? (int)ttl - 1 : behaviour->return_hops));
    print_refusals(out, behaviour);
    print_firewall(out, behaviour);
    print_mpls(out, behaviour);
    putc('}', out);
}

static void print_endpoint(FILE *out, const struct endpoint *endpoint)
{
    static const char *const tcp[] = {"closed", "open", "filtered"};
    static const char *const udp[] = {"unreachable", "silent", "reply"};

    fprintf(out, ",\"destination\":{\"echo\":%s,\"udp\":\"%s\",\"tcp\":\"%s\",\"open\":[",
            endpoint->echo ? "true" : "false", udp[endpoint->udp], tcp[endpoint->tcp]);
    for (unsigned i = 0; i < endpoint->open_count; i++)
        fprintf(out, "%s%u", i ? "," : "", endpoint->open[i]);
    fprintf(out, "],\"tcp_options\":%s}", endpoint->plain_tcp ? "false" : "true");
}

static bool reached(const struct topology *topology, const struct target *target)
{
    uint32_t number;
    int64_t rtt_ns;
    const struct hop *last = topology_hop_at(topology, target, target->hop_count, &number, &rtt_ns);

    if (target->loop || !last || (target->blocked && target->blocked < target->hop_count))
        return false;
    return !topology_get_behaviour(topology, last->behaviour)->silent;
}

static void print_target(FILE *out, const struct topology *topology, uint32_t index)
{
    const struct target *target = topology_get_target(topology, index);
    const struct address *address = &topology_get_router(topology, target->router)->address;
    unsigned last = target->loop ? TRUTH_LOOP_TTL : target->hop_count;
    char name[NAME_TEXT], text[ADDRESS_TEXT];

    if (target->blocked && target->blocked < last)
        last = target->blocked;
    fprintf(out, "{\"target\":\"%s\",\"address\":\"%s\",\"family\":\"%s\",\"hops\":[",
            topology_target_name(topology, index, name), address_format(address, text),
            address_is_ipv4(address) ? "ipv4" : "ipv6");
    for (unsigned ttl = 1; ttl <= last; ttl++)
        print_hop(out, topology, target, ttl);
    fprintf(out, "],\"reached\":%s,\"loop\":%u", reached(topology, target) ? "true" : "false",
            target->loop);
    print_endpoint(out, topology_get_endpoint(topology, target->endpoint));
    fputs("}\n", out);
}

void truth_print(const struct topology *topology, FILE *out)
{
    for (uint32_t i = 0; i < topology->targets.count; i++)
        print_target(out, topology, i);
}

void truth_print_targets(const struct topology *topology, FILE *out)
{
    char text[ADDRESS_TEXT];

    for (uint32_t i = 0; i < topology->targets.count; i++) {
        const struct target *target = topology_get_target(topology, i);

        fprintf(out, "%s\n",
                address_format(&topology_get_router(topology, target->router)->address, text));
    }
}
