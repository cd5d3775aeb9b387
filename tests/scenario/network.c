#include "network.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge.h"
#include "listener.h"
#include "passage.h"
#include "property.h"
#include "support.h"
#include "wire/ip.h"

void network_init(struct network *network, const struct scenario *scenario, struct ledger *ledger,
                  struct queue *queue, int64_t begin_ns)
{
    *network = (struct network){.scenario = scenario,
                                .ledger = ledger,
                                .queue = queue,
                                .begin_ns = begin_ns,
                                .random = scenario->options.seed};
    for (size_t i = 1; i < scenario->network_count; i++) {
        struct script_network *route = &scenario->networks[i];
        *table_at(&network->routes, route->destination.bytes, 16) = route;
    }
}

void network_forget_flows(struct network *network)
{
    for (size_t i = 0; i < network->flows.capacity; i++)
        free(network->flows.places[i].value);
    table_fini(&network->flows);
    network->flows = (struct table){0};
}

void network_fini(struct network *network)
{
    network_forget_flows(network);
    for (size_t i = 0; i < network->buckets.capacity; i++)
        free(network->buckets.places[i].value);
    table_fini(&network->buckets);
    table_fini(&network->routes);
}

/* --- what the probe itself must be like --- */

static void complain(struct network *network, const struct passage *passage, const char *fault)
{
    char text[HT_ADDRESS_TEXT_MAX];
    if (network->ledger->faults++ < 10)
        printf("# probe of ttl %u to %s: %s\n", passage->probe.ttl,
               ht_address_format(&passage->probe.destination, text), fault);
}

/* All probes of a flow must look alike to routers, however long they are. Targets of different
 * settings are different flows: they differ in tos or source here, and with ICMP, where the length
 * takes part in the checksum, in that. */
static void check_flow(struct network *network, const struct passage *passage)
{
    const struct probe_view *probe = &passage->probe;
    uint8_t part[16];
    memcpy(part, probe->transport, 4);
    memcpy(part + 4, &probe->flow_label, 4);
    memcpy(part + 8, &probe->tcp_sequence, 4);
    memcpy(part + 12, &probe->tcp_options, 4);
    uint8_t name[TABLE_KEY_MAX];
    memcpy(name, probe->destination.bytes, 16);
    name[16] = probe->protocol;
    name[17] = probe->tos;
    bool ports = probe->protocol == IPPROTO_TCP || probe->protocol == IPPROTO_UDP;
    uint16_t length = passage->sized ? passage->usual_length : (uint16_t)probe->length;
    name[18] = ports ? 0 : (uint8_t)(length >> 8);
    name[19] = ports ? 0 : (uint8_t)length;
    memcpy(name + 20, &passage->round->flow, 2);
    void **value = table_at(&network->flows, name, sizeof name);
    if (*value == NULL) {
        *value = make(sizeof part);
        memcpy(*value, part, sizeof part);
    } else if (memcmp(*value, part, 8) != 0) {
        complain(network, passage, "differs within its flow in what routers hash");
    } else if (memcmp(*value, part, sizeof part) != 0) {
        complain(network, passage, "is no retransmission of the first SYN");
    }
}

/* A client's SYN has these options. */
static void check_options(struct network *network, const struct passage *passage)
{
    const uint32_t usual = 1u << TCPOPT_MAXSEG | 1u << TCPOPT_WINDOW | 1u << TCPOPT_SACK_PERMITTED |
                           1u << TCPOPT_TIMESTAMP;
    if (passage->probe.protocol == IPPROTO_TCP && passage->probe.tcp_options != usual)
        complain(network, passage, "has not the options of a client's SYN");
}

static void check_probe(struct network *network, const struct passage *passage,
                        const struct ht_outgoing *packet)
{
    if (passage->probe.fault != NULL)
        complain(network, passage, passage->probe.fault);
    if (!ht_address_equal(&passage->probe.destination, &packet->destination))
        complain(network, passage, "is addressed to somebody else than it says");
    if (passage->probe.transport_length < 8)
        complain(network, passage, "too short");
    else
        check_flow(network, passage);
    check_options(network, passage);
    if (passage->sized && !passage->probe.whole)
        complain(network, passage, "is of the search for the path MTU, and may be cut to pieces");
}

/* --- which rules hold --- */

static uint32_t flow_hash(const struct probe_view *probe)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < 16; i++)
        hash = (hash ^ probe->source.bytes[i] ^ probe->destination.bytes[i]) * 16777619u;
    for (size_t i = 0; i < 4 && i < probe->transport_length; i++)
        hash = (hash ^ probe->transport[i]) * 16777619u;
    return hash ^ probe->protocol ^ probe->flow_label ^ (hash >> 15);
}

static bool rule_holds(const struct rule *rule, const struct passage *passage,
                       int64_t since_begin_ns)
{
    return ranges_hold(&rule->ttl, passage->probe.ttl) && ranges_hold(&rule->nth, passage->nth) &&
           ranges_hold(&rule->tries, passage->try) &&
           ranges_hold(&rule->sizes, (uint32_t)passage->probe.length) &&
           since_begin_ns >= rule->from_ns && since_begin_ns < rule->until_ns &&
           (rule->branches == 0 || flow_hash(&passage->probe) % rule->branches == rule->branch);
}

static bool is_end(enum answer kind)
{
    return kind == ANSWER_END || kind == ANSWER_REFUSED || kind == ANSWER_LISTENER;
}

static void apply_route(const struct script_network *route, struct passage *passage,
                        int64_t since_begin_ns)
{
    for (size_t i = 0; route != NULL && i < route->rule_count; i++) {
        const struct rule *rule = &route->rules[i];
        bool ended = is_end(passage->behaviour.answer.kind);
        if (!rule_holds(rule, passage, since_begin_ns))
            continue;
        property_apply(rule, &passage->behaviour);
        if (!ended && is_end(passage->behaviour.answer.kind))
            passage->end_ttl = rule->ttl.items[0].first;
    }
}

/* Sets what befalls a probe at `now_ns`. */
static void apply_rules(const struct network *network, struct passage *passage, int64_t now_ns)
{
    int64_t since_begin_ns = now_ns - network->begin_ns;
    passage->behaviour = behaviour_default;
    apply_route(&network->scenario->networks[0], passage, since_begin_ns);
    apply_route(passage->route, passage, since_begin_ns);
}

/* --- a firewall on the way --- */

/* How long an embryonic connection is remembered. */
#define CONNECTION_NS (30 * HT_NS_PER_S)

static void begin_connection(struct network *network, struct passage *passage)
{
    uint32_t kinds = passage->behaviour.firewall;
    passage->place->connection.sequence = passage->probe.tcp_sequence;
    passage->place->connection.ends_ns = HT_NEVER;
    passage->place->connection.shift = 0;
    if (kinds & FIREWALL_REWRITE)
        passage->place->connection.shift = (uint32_t)random_next(&network->random) | 1;
    else if (kinds & FIREWALL_REWRITE_FIXED)
        passage->place->connection.shift = 0x2b3c4d5f;
}

/* The connection that a firewall knows ends with a reset of ours, or the target's. */
static void end_connection(struct ledger_place *place, int64_t at_ns)
{
    place->connection.ends_ns = ht_time_min(place->connection.ends_ns, at_ns);
}

/* False: the firewall drops this packet. */
static bool pass_firewall(struct network *network, struct passage *passage)
{
    const struct probe_view *probe = &passage->probe;
    struct ledger_place *place = passage->place;
    int64_t now_ns = passage->sent_ns;
    if (passage->behaviour.firewall == 0 || probe->protocol != IPPROTO_TCP)
        return true;
    bool known = place->connection.seen_ns != 0 && now_ns < place->connection.ends_ns &&
                 now_ns - place->connection.seen_ns <= CONNECTION_NS;
    if (!known && !probe->tcp_reset)
        begin_connection(network, passage);
    bool belongs = (known || !probe->tcp_reset) &&
                   probe->tcp_sequence == place->connection.sequence + probe->tcp_reset;
    if (!belongs && passage->behaviour.firewall & FIREWALL_TRACK)
        return false;
    place->connection.seen_ns = now_ns;
    passage->shift = place->connection.shift;
    if (probe->tcp_reset && belongs)
        end_connection(place, now_ns);
    return true;
}

/* --- answers --- */

static int64_t choose_rtt(struct network *network, const struct passage *passage)
{
    const struct times *rtt = &passage->behaviour.rtt;
    int64_t chosen = rtt->items_ns[(passage->nth - 1) % rtt->count];
    if (rtt->rising) {
        const struct range *ttls = &passage->behaviour.rtt_ttls;
        int64_t steps = ttls->last == UINT32_MAX ? 0 : (int64_t)(ttls->last - ttls->first);
        int64_t rise = rtt->items_ns[1] - rtt->items_ns[0];
        chosen = rtt->items_ns[0];
        if (steps > 0)
            chosen += rise * (int64_t)(passage->probe.ttl - ttls->first) / steps;
    }
    if (passage->behaviour.jitter_ns > 0)
        chosen += (int64_t)(random_unit(&network->random) * (double)passage->behaviour.jitter_ns);
    return chosen;
}

static uint8_t ttl_of_answer(const struct passage *passage)
{
    return passage->behaviour.at != 0 ? (uint8_t)passage->behaviour.at : passage->probe.ttl;
}

/* The router that stands at this ttl of a network when no rule names one. */
static struct ht_address usual_router(const struct network *network, const struct passage *passage)
{
    size_t number =
        passage->route == NULL ? 0 : (size_t)(passage->route - network->scenario->networks);
    uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0xff};
    uint8_t ttl = ttl_of_answer(passage);
    bytes[7] = ttl;
    bytes[13] = (uint8_t)(number >> 16);
    bytes[14] = (uint8_t)(number >> 8);
    bytes[15] = (uint8_t)number;
    if (passage->probe.version == 6)
        return ht_address_from_bytes(bytes, 16);
    bytes[12] = 10;
    bytes[13] = ttl;
    return ht_address_from_bytes(bytes + 12, 4);
}

/* Whose turn it is among `total` shares, by a number that may be larger. */
static uint32_t choose_turn(struct network *network, const struct passage *passage, uint32_t total)
{
    const uint32_t *left = passage->place->left;
    uint32_t passed = 0;
    switch (passage->behaviour.balance) {
    case BALANCE_RANDOM:
        return (uint32_t)(random_unit(&network->random) * total);
    case BALANCE_FLOW:
        return flow_hash(&passage->probe);
    case BALANCE_ROTATE:
        return left[passage->probe.ttl] - 1;
    case BALANCE_PASSING:
        for (unsigned ttl = passage->probe.ttl; ttl < 256; ttl++)
            passed += left[ttl];
        return passed - 1;
    default:
        return passage->nth - 1;
    }
}

static struct ht_address choose_responder(struct network *network, const struct passage *passage)
{
    const struct responders *by = &passage->behaviour.by;
    bool end = is_end(passage->behaviour.answer.kind);
    if (by->count == 0)
        return end ? passage->probe.destination : usual_router(network, passage);
    uint32_t total = 0;
    for (size_t i = 0; i < by->count; i++)
        total += by->items[i].weight;
    uint32_t pick = choose_turn(network, passage, total) % total;
    size_t i = 0;
    while (pick >= by->items[i].weight)
        pick -= by->items[i++].weight;
    return by->items[i].is_destination ? passage->probe.destination : by->items[i].address;
}

/* By the probe's number, one after another. */
static struct ht_address one_of_crowd(struct network *network, const struct passage *passage)
{
    struct ht_address responder = choose_responder(network, passage);
    uint32_t place = (passage->nth - 1) % passage->behaviour.crowd;
    uint8_t *last = &responder.bytes[responder.version == HT_IPV4 ? 3 : 15];
    place += (uint32_t)last[-1] << 8 | last[0];
    last[-1] = (uint8_t)(place >> 8);
    last[0] = (uint8_t)place;
    return responder;
}

/* Drawn only where it is used: chance elsewhere must not depend on how many errors there were. */
static uint64_t choose_random(struct network *network, uint32_t rewrite)
{
    const uint32_t random =
        REWRITE_IP_ID_RANDOM | REWRITE_CHECKSUM_RANDOM | REWRITE_SEQUENCE_RANDOM;
    return rewrite & random ? random_next(&network->random) : 0;
}

/* True if a quote shows nothing that names its probe, but perhaps its length. */
static bool is_nameless(const struct passage *passage)
{
    const struct behaviour *behaviour = &passage->behaviour;
    const uint32_t ids = REWRITE_IP_ID | REWRITE_IP_ID_ZERO | REWRITE_IP_ID_RANDOM;
    const uint32_t sums =
        REWRITE_CHECKSUM | REWRITE_CHECKSUM_ZERO | REWRITE_CHECKSUM_RANDOM | REWRITE_CHECKSUM_DELTA;
    bool no_id = passage->probe.version == 6 || (behaviour->rewrite & ids) != 0;
    if (passage->probe.protocol == IPPROTO_UDP)
        return no_id && (behaviour->rewrite & sums) != 0 && behaviour->quote < 8 + 12;
    bool no_stamp = (behaviour->rewrite & REWRITE_STAMP) != 0 ||
                    behaviour->quote < passage->probe.tcp_stamp_at + 8;
    return passage->probe.protocol == IPPROTO_TCP && no_id && no_stamp;
}

/* What a destination's host says to a SYN. */
static size_t write_tcp_answer(const struct passage *passage, struct seen_probe *answer,
                               uint8_t reply_ttl, uint8_t *reply)
{
    enum answer kind = passage->behaviour.answer.kind;
    answer->tcp = true;
    /* To a SYN that comes again a listener says what it said to the first one. */
    bool to_another =
        kind == ANSWER_LISTENER && passage->place->request.stamp != passage->probe.tcp_stamp;
    answer->names_probe = kind == ANSWER_LISTENER && !passage->behaviour.plain_tcp;
    answer->swallowed = answer->names_probe && to_another;
    struct tcp_plan plan = {.refused = kind == ANSWER_REFUSED,
                            .plain = passage->behaviour.plain_tcp,
                            .stamp = kind == ANSWER_LISTENER ? passage->place->request.stamp
                                                             : passage->probe.tcp_stamp};
    return reply_tcp(&passage->probe, &plan, reply_ttl, reply);
}

/* What an honest answer is: fills *answer and writes the packet. */
static size_t write_answer(struct network *network, const struct passage *passage,
                           struct seen_probe *answer, uint8_t *reply)
{
    const struct behaviour *behaviour = &passage->behaviour;
    const struct probe_view *probe = &passage->probe;
    uint8_t reply_ttl = (uint8_t)behaviour->reply_ttl;
    enum answer kind = behaviour->answer.kind;
    bool end = is_end(kind);
    *answer = (struct seen_probe){.responder = one_of_crowd(network, passage),
                                  .icmp_code = behaviour->answer.code,
                                  .reply_ttl = reply_ttl};
    if (end && probe->protocol == IPPROTO_TCP)
        return write_tcp_answer(passage, answer, reply_ttl, reply);
    if (end && probe->protocol != IPPROTO_UDP) {
        answer->icmp_type = probe->version == 4 ? 0 : 129;
        answer->icmp_code = 0;
        struct echo_plan plan = {.cut = behaviour->echo_cut, .tail = behaviour->echo_tail};
        return reply_echo(probe, &answer->responder, &plan, reply_ttl, reply);
    }
    if (end) {
        kind = ANSWER_UNREACHABLE; /* of a UDP port */
        answer->icmp_code = probe->version == 4 ? 3 : 4;
    }
    if (kind == ANSWER_TOO_BIG && probe->version == 4)
        answer->icmp_code = 4;
    answer->icmp_type = icmp_type_of(probe->version, kind);
    answer->labels = behaviour->mpls;
    answer->nameless = is_nameless(passage);
    answer->shifted = passage->shift != 0 ||
                      (behaviour->rewrite & (REWRITE_SEQUENCE | REWRITE_SEQUENCE_RANDOM)) != 0;
    struct error_plan plan = {
        .responder = answer->responder,
        .type = answer->icmp_type,
        .code = answer->icmp_code,
        .reply_ttl = reply_ttl,
        .quoted_ttl = (uint8_t)(probe->ttl - (end ? passage->end_ttl : ttl_of_answer(passage)) + 1),
        .link_mtu = kind == ANSWER_TOO_BIG ? behaviour->link_mtu : 0,
        .quote = behaviour->quote,
        .rewrite = behaviour->rewrite,
        .shift = passage->shift,
        .random = choose_random(network, behaviour->rewrite),
        .label_place = behaviour->label_place,
        .labels = &behaviour->mpls};
    return reply_error(probe, &plan, reply);
}

static struct delivery *pack(const struct passage *passage, const struct ht_address *from,
                             const uint8_t *reply, size_t length)
{
    /* As long as the packet is and no longer: a sanitizer sees who reads beyond. */
    struct delivery *delivery = make(sizeof *delivery + length);
    delivery->from = *from;
    delivery->version = passage->probe.version;
    delivery->protocol = icmp_protocol(passage->probe.version);
    delivery->hop_limit = (uint8_t)passage->behaviour.reply_ttl;
    delivery->length = length;
    memcpy(delivery->bytes, reply, length);
    return delivery;
}

/* A token bucket for each address that answers. */
struct bucket {
    double tokens;
    int64_t filled_ns;
};

/* True if this router gives no answer, since it gave too many. */
static bool limited(struct network *network, const struct passage *passage,
                    const struct ht_address *responder)
{
    double per_second = passage->behaviour.limit.per_second;
    if (per_second <= 0)
        return false;
    void **value = table_at(&network->buckets, responder->bytes, sizeof responder->bytes);
    if (*value == NULL) {
        struct bucket *made = *value = make(sizeof(struct bucket));
        *made = (struct bucket){passage->behaviour.limit.burst, passage->sent_ns};
    }
    struct bucket *bucket = *value;
    bucket->tokens += (double)(passage->sent_ns - bucket->filled_ns) / 1e9 * per_second;
    bucket->filled_ns = passage->sent_ns;
    if (bucket->tokens > passage->behaviour.limit.burst)
        bucket->tokens = passage->behaviour.limit.burst;
    if (bucket->tokens < 1)
        return true;
    bucket->tokens -= 1;
    return false;
}

static void answer_honestly(struct network *network, struct passage *passage)
{
    uint8_t reply[REPLY_MAX];
    struct seen_probe answer;
    size_t length = write_answer(network, passage, &answer, reply);
    if (limited(network, passage, &answer.responder))
        return;
    int64_t arrival_ns = passage->sent_ns + passage->rtt_ns;
    passage->round->probes[passage->index].swallowed |= answer.swallowed;
    if (answer.tcp)
        end_connection(passage->place, arrival_ns);
    if (passage->behaviour.unnamed)
        passage->round->unnamed_ns = ht_time_min(passage->round->unnamed_ns, arrival_ns);
    for (uint32_t i = 0; i < passage->behaviour.copies; i++) {
        struct delivery *delivery = pack(passage, &answer.responder, reply, length);
        delivery->round = passage->behaviour.unnamed ? NULL : passage->answered;
        delivery->probe = passage->answered_index;
        delivery->answer = answer;
        if (answer.tcp)
            delivery->protocol = IPPROTO_TCP;
        queue_add(network->queue, arrival_ns + i * passage->behaviour.copy_gap_ns, EVENT_DELIVERY,
                  delivery);
    }
}

/* Lies come before the truth, lest the engine has settled the probe by then. */
static void tell_lies(struct network *network, const struct passage *passage)
{
    const uint8_t ipv4[4] = {203, 0, 113, 66};
    const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, 0x0b, 0xad, [15] = 0x66};
    bool old = passage->probe.version == 4;
    struct ht_address liar = ht_address_from_bytes(old ? ipv4 : ipv6, old ? 4 : 16);
    uint16_t other = passage->place->last_key;
    for (size_t kind = 0; kind < forge_kinds(); kind++) {
        if (!(passage->behaviour.forge & (1u << kind)))
            continue;
        uint8_t reply[REPLY_MAX];
        bool tcp = false;
        size_t length = forge_write(kind, &passage->probe, &liar, other, &tcp, reply);
        if (length == 0)
            continue;
        struct delivery *delivery =
            pack(passage, tcp ? &passage->probe.destination : &liar, reply, length);
        if (tcp)
            delivery->protocol = IPPROTO_TCP;
        queue_add(network->queue, passage->sent_ns + 100 * HT_NS_PER_US, EVENT_DELIVERY, delivery);
    }
}

static bool happens(struct network *network, double percent)
{
    return percent > 0 && random_unit(&network->random) * 100 < percent;
}

/* False: a TCP listener gives this SYN no answer, or none that arrives. */
static bool is_accepted(struct network *network, struct passage *passage)
{
    const struct behaviour *behaviour = &passage->behaviour;
    if (behaviour->answer.kind != ANSWER_LISTENER || passage->probe.protocol != IPPROTO_TCP)
        return true;
    return listener_takes(network->queue, passage, happens(network, behaviour->answer_loss));
}

/* A reset of ours: it gets lost as everything does. */
static void take_reset(struct network *network, struct passage *passage)
{
    bool lost = happens(network, passage->behaviour.loss);
    if (passage->probe.fault != NULL)
        complain(network, passage, passage->probe.fault);
    if (!lost && pass_firewall(network, passage) &&
        passage->behaviour.answer.kind == ANSWER_LISTENER)
        listener_takes_reset(passage->place, &passage->probe, passage->sent_ns);
}

static void answer_probe(struct network *network, struct passage *passage)
{
    const struct behaviour *behaviour = &passage->behaviour;
    if (!pass_firewall(network, passage))
        return;
    if (behaviour->forge != 0)
        tell_lies(network, passage);
    bool lost = happens(network, behaviour->loss);
    passage->round->probes[passage->index].limited = behaviour->limit.per_second > 0;
    if (behaviour->answer.kind == ANSWER_SILENT || lost)
        return;
    passage->rtt_ns = choose_rtt(network, passage);
    passage->answered = passage->round;
    passage->answered_index = passage->index;
    if (is_accepted(network, passage))
        answer_honestly(network, passage);
}

void network_resend(struct network *network, struct resending *resending, int64_t now_ns)
{
    struct passage *passage = &resending->passage;
    if (!listener_sends_again(resending, now_ns))
        return;
    apply_rules(network, passage, now_ns);
    bool lost = happens(network, passage->behaviour.answer_loss + passage->behaviour.loss);
    listener_sent_again(network->queue, resending, now_ns, lost);
    if (lost)
        return;
    uint8_t reply[REPLY_MAX];
    struct seen_probe answer;
    size_t length = write_answer(network, passage, &answer, reply);
    struct delivery *delivery = pack(passage, &answer.responder, reply, length);
    delivery->protocol = IPPROTO_TCP;
    end_connection(passage->place, now_ns + passage->rtt_ns);
    queue_add(network->queue, now_ns + passage->rtt_ns, EVENT_DELIVERY, delivery);
}

void network_send(struct network *network, struct ht_outgoing *packet, struct ht_now now)
{
    struct passage passage = {.sent_ns = now.mono_ns};
    size_t length;
    const uint8_t *whole = ht_ip_prepend(packet, &length);
    if (!probe_view_read(whole, length, &passage.probe))
        die("a packet that is no IP packet left the engine");
    passage.route = *table_at(&network->routes, passage.probe.destination.bytes, 16);
    passage.place = ledger_place(network->ledger, &packet->destination);
    if (passage.probe.tcp_reset) {
        passage.try = 1;
        network->ledger->resets++;
        apply_rules(network, &passage, now.mono_ns);
        take_reset(network, &passage);
        packet->status = HT_SEND_DONE;
        return;
    }
    passage.round = ledger_round(network->ledger, packet);
    passage.sized = packet->whole;
    if (passage.sized) {
        passage.usual_length = passage.round->probes[0].length;
        passage.round = ledger_sized(network->ledger, passage.round);
    }
    check_probe(network, &passage, packet);

    uint8_t ttl = passage.probe.ttl;
    passage.nth = passage.place->nth[ttl] + 1;
    passage.try = ++passage.place->tries[ttl];
    apply_rules(network, &passage, now.mono_ns);

    packet->status = passage.behaviour.send.status;
    packet->sys_errno = passage.behaviour.send.sys_errno;
    packet->kernel_stamp = network->scenario->options.stamps == HT_TIME_KERNEL;
    if (packet->status == HT_SEND_DONE) {
        packet->sent_ns = now.mono_ns;
        passage.place->nth[ttl] += !passage.sized;
        passage.place->left[ttl] += !passage.sized;
        passage.index =
            ledger_sent(network->ledger, passage.round, &passage.probe, now.mono_ns, now);
        answer_probe(network, &passage);
        passage.place->last_key = passage.probe.echo_sequence;
    } else if (packet->status == HT_SEND_FAILED) {
        passage.round->refused++;
    } else {
        passage.round->busy++;
    }
}
