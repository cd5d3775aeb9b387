#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "probing/prober.h"
#include "queue.h"
#include "random.h"
#include "support.h"
#include "wire/ip.h"

#define BATCH     64
#define HOP_NS    HT_NS_PER_MS
#define JITTER_NS (HT_NS_PER_MS / 5)
#define FIRST_ID  33000
#define BEGIN_NS  (INT64_C(1000) * HT_NS_PER_S)

/* Probes of one flow. */
struct flow_count {
    uint32_t key;    /* what routers hash of it; 0: the place is free */
    uint32_t ttls;   /* bits of those that were asked, up to its end */
    uint16_t beyond; /* probes beyond that */
};

/* Places for the flows of a target: half of them stay free. */
#define PLACES (2 * HT_FLOWS_SEARCHED)

struct engine_target {
    struct ht_target target;
    char name[12];
    struct ht_address destination;
    uint32_t number;
    uint64_t seed;
    uint64_t chance;
    struct flow_count *flows; /* owned, of PLACES; NULL: it is not under way */
    struct engine_result *result;
};

struct engine {
    const struct net *net;
    const struct engine_settings *settings;
    const struct truth *truth;
    struct ht_prober *prober;
    struct queue queue;
    struct engine_target *targets;
    unsigned count;
    unsigned started;
    struct ht_now now;
};

/* A packet on its way back. */
struct engine_answer {
    struct ht_address from;
    uint8_t version;
    size_t length;
    uint8_t bytes[];
};

/* --- addresses ----------------------------------------------------------------------------- */

/* 10.N.N.node, 2001:db8:1::N:node; destinations are node 255. */
static struct ht_address address_of(const struct engine *engine, uint32_t number, uint8_t node)
{
    uint8_t bytes[16] = {
        0x20, 0x01, 0x0d, 0xb8, 0, 1, [12] = (uint8_t)(number >> 8), (uint8_t)number, 0, node};
    const uint8_t ipv4[4] = {10, (uint8_t)(number >> 8), (uint8_t)number, node};
    return engine->settings->ipv6 ? ht_address_from_bytes(bytes, sizeof bytes)
                                  : ht_address_from_bytes(ipv4, sizeof ipv4);
}

#define DESTINATION 255

static uint32_t number_of(const struct ht_address *address)
{
    const uint8_t *at = address->bytes + (address->version == HT_IPV4 ? 1 : 12);
    return (uint32_t)at[0] << 8 | at[1];
}

/* The network's node with this address. */
static uint8_t node_of(const struct engine *engine, const struct ht_address *address)
{
    uint8_t last = address->bytes[address->version == HT_IPV4 ? 3 : 15];
    for (uint8_t node = 0; last == DESTINATION && node < engine->net->count; node++) {
        if (engine->net->nodes[node].end)
            return node;
    }
    return last;
}

static struct ht_address source_of(const struct engine *engine)
{
    const uint8_t ipv4[4] = {192, 0, 2, 1};
    const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    return engine->settings->ipv6 ? ht_address_from_bytes(ipv6, sizeof ipv6)
                                  : ht_address_from_bytes(ipv4, sizeof ipv4);
}

/* --- the network --------------------------------------------------------------------------- */

/* What routers hash of a probe and what differs between the flows of a target: the flow label, the
 * source port, or the checksum of ICMP. Below 2^20. */
static uint32_t key_of(const struct probe_view *probe)
{
    size_t at = probe->protocol == HT_IPPROTO_ICMP ? 2 : 0;
    if (probe->version == 6)
        return probe->flow_label;
    return (uint32_t)probe->transport[at] << 8 | probe->transport[at + 1];
}

/* The least ttl at which the packet is at the end; 0: it is not at this one. */
static uint8_t end_ttl(const struct engine *engine, const struct engine_target *target,
                       uint32_t key, uint8_t ttl)
{
    for (uint8_t at = 1; at <= ttl; at++) {
        uint64_t chance = target->chance;
        if (engine->net->nodes[net_walk(engine->net, target->seed, &chance, key, at)].end)
            return at;
    }
    return 0;
}

static struct flow_count *flow_of(struct engine_target *target, uint32_t key)
{
    uint32_t place = key * UINT32_C(2654435761) % PLACES;
    while (target->flows[place].key != 0 && target->flows[place].key != key)
        place = (place + 1) % PLACES;
    target->flows[place].key = key;
    return &target->flows[place];
}

static void count(struct engine_target *target, uint32_t key, uint8_t ttl, uint8_t end)
{
    struct flow_count *flow = flow_of(target, key);
    target->result->sent++;
    flow->beyond = (uint16_t)(flow->beyond + (end != 0 && ttl > end));
    flow->ttls |= ttl < 32 && (end == 0 || ttl <= end) ? UINT32_C(1) << ttl : 0;
}

static size_t write_answer(const struct probe_view *probe, const struct ht_address *responder,
                           uint8_t end, uint8_t *reply)
{
    static const struct labels none;
    if (end != 0 && probe->protocol != HT_IPPROTO_UDP) {
        struct echo_plan plan = {.cut = UINT32_MAX};
        return reply_echo(probe, responder, &plan, 60, reply);
    }
    struct error_plan plan = {
        .responder = *responder,
        .type = icmp_type_of(probe->version, end != 0 ? ANSWER_UNREACHABLE : ANSWER_EXCEEDED),
        .reply_ttl = 60,
        .quote = UINT32_MAX,
        .labels = &none};
    if (end != 0) {
        plan.code = probe->version == 4 ? 3 : 4;
        plan.quoted_ttl = (uint8_t)(probe->ttl - end + 1);
    }
    return reply_error(probe, &plan, reply);
}

/* A probe passes the network. */
static void pass(struct engine *engine, const struct probe_view *probe)
{
    uint8_t reply[REPLY_MAX];
    struct engine_target *target = &engine->targets[number_of(&probe->destination)];
    uint32_t key = key_of(probe);
    uint8_t end = end_ttl(engine, target, key, probe->ttl);
    uint8_t node = net_probe(engine->net, target->seed, &target->chance, key, probe->ttl);
    count(target, key, probe->ttl, end);
    if (node == NET_LOST || node == NET_LIMITED)
        return;
    struct ht_address from =
        end != 0 ? target->destination : address_of(engine, target->number, node);
    size_t length = write_answer(probe, &from, end, reply);
    struct engine_answer *answer = make(sizeof *answer + length);
    answer->from = from;
    answer->version = probe->version;
    answer->length = length;
    memcpy(answer->bytes, reply, length);
    int64_t jitter_ns = (int64_t)(random_share(&target->chance) * JITTER_NS);
    queue_add(&engine->queue, engine->now.mono_ns + probe->ttl * HOP_NS + jitter_ns, EVENT_DELIVERY,
              answer);
}

/* --- the engine's loop --------------------------------------------------------------------- */

static struct ht_outgoing batch[BATCH];

static bool send_due(struct engine *engine)
{
    size_t packets = ht_prober_collect(engine->prober, engine->now, batch, BATCH);
    for (size_t i = 0; i < packets; i++) {
        struct probe_view probe;
        size_t length;
        const uint8_t *bytes = ht_ip_prepend(&batch[i], &length);
        if (!probe_view_read(bytes, length, &probe) || probe.fault != NULL)
            die("not a probe: %s", probe.fault);
        pass(engine, &probe);
        ht_outgoing_result(&batch[i], HT_SEND_DONE, 0, engine->now.mono_ns);
    }
    if (packets > 0)
        ht_prober_sent(engine->prober, engine->now, batch, packets);
    return packets > 0;
}

static void deliver_due(struct engine *engine)
{
    struct event event;
    while (queue_take(&engine->queue, engine->now.mono_ns, &event)) {
        struct engine_answer *answer = event.subject;
        struct ht_incoming packet = {.from = answer->from,
                                     .hop_limit = 60,
                                     .ip_version = answer->version,
                                     .ip_protocol = icmp_protocol(answer->version),
                                     .bytes = answer->bytes,
                                     .length = answer->length,
                                     .received_ns = event.time_ns,
                                     .kernel_stamp = true};
        ht_prober_receive(engine->prober, engine->now, &packet, 1);
        free(answer);
    }
}

static void init_target(struct engine *engine, unsigned number, uint64_t seed)
{
    struct engine_target *target = &engine->targets[number];
    uint64_t chance = seed + number;
    (void)snprintf(target->name, sizeof target->name, "t%u", number);
    target->number = number;
    target->seed = random_bits(&chance);
    target->chance = chance;
    target->destination = address_of(engine, number, DESTINATION);
    target->target = (struct ht_target){.name = target->name, .host = target->name, .user = target};
    ht_settings_init(&target->target.settings);
    target->target.settings.flows = HT_FLOWS_ALL;
    target->target.settings.numeric = true;
    target->target.settings.protocol = engine->settings->protocol;
    target->target.settings.confidence = 100 - 100 * engine->settings->failure;
}

/* Begins as many rounds as the engine wants: as the library's loop does, of a target as many as it
 * may have flows. */
static void start(struct engine *engine)
{
    size_t wanted = ht_prober_wants_rounds(engine->prober);
    while (wanted > 0 && engine->started < engine->count) {
        struct engine_target *target = &engine->targets[engine->started++];
        struct ht_error error = {0};
        struct ht_round_request round = {.target = &target->target,
                                         .destination = target->destination,
                                         .source = source_of(engine),
                                         .chosen = {{1}},
                                         .failure = engine->settings->failure};
        target->flows = make(PLACES * sizeof *target->flows);
        wanted -= wanted < HT_FLOWS_SEARCHED ? wanted : HT_FLOWS_SEARCHED;
        if (ht_prober_start(engine->prober, &round, &error) != HT_OK)
            die("ht_prober_start: %s", error.text);
    }
}

/* --- records ------------------------------------------------------------------------------- */

static void sum_up(const struct engine_target *target, struct engine_result *result)
{
    for (unsigned i = 0; i < PLACES; i++) {
        result->flows += target->flows[i].key != 0;
        result->cells += (unsigned)__builtin_popcount(target->flows[i].ttls);
        result->beyond += target->flows[i].beyond;
    }
}

static void compare(const struct engine *engine, const struct ht_report *report,
                    struct found *found)
{
    static struct truth seen;
    memset(&seen, 0, sizeof seen);
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        for (size_t j = 0; j < hop->node_count; j++)
            truth_see_node(engine->net, engine->truth, hop->ttl,
                           node_of(engine, &hop->nodes[j].facts.address), &seen, found);
    }
    for (size_t i = 0; i < report->link_count; i++) {
        const struct ht_node_link *link = &report->links[i];
        truth_see_link(engine->net, engine->truth, link->ttl, node_of(engine, &link->from),
                       node_of(engine, &link->to), &seen, found);
    }
    truth_count_missed(engine->net, engine->truth, 1, &seen, found);
}

static void on_report(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen)
{
    struct engine *engine = user;
    struct engine_target *target = report->user;
    struct engine_result *result = target->result;
    (void)seen;
    result->complete = report->multipath != NULL && report->multipath->complete;
    result->whole = (unsigned)report->flow_count;
    result->duration_s = (double)report->duration_ns / 1e9;
    compare(engine, report, &result->found);
    sum_up(target, result);
    free(target->flows);
    target->flows = NULL;
}

static void init(struct engine *engine, uint64_t seed)
{
    struct ht_prober_options options = {.pps = engine->settings->pps,
                                        .secret = {seed, ~seed},
                                        .ids = {.count = HT_FLOWS_SEARCHED},
                                        .on_report = on_report,
                                        .user = engine};
    for (uint16_t i = 0; i < HT_FLOWS_SEARCHED; i++)
        options.ids.of_flow[i] = (uint16_t)(FIRST_ID + i);
    engine->prober = ht_prober_new(&options);
    if (engine->prober == NULL)
        die("out of memory");
    engine->targets = make(engine->count * sizeof *engine->targets);
}

/* One turn of the loop, and on to what happens next. False: all records are made. */
static bool turn(struct engine *engine)
{
    start(engine);
    while (send_due(engine))
        continue;
    deliver_due(engine);
    ht_prober_advance(engine->prober, engine->now);
    int64_t next_ns = ht_time_min(ht_prober_next_ns(engine->prober), queue_next_ns(&engine->queue));
    if (next_ns != HT_NEVER && next_ns > engine->now.mono_ns)
        engine->now.mono_ns = next_ns;
    engine->now.wall_ns = engine->now.mono_ns + BEGIN_NS;
    return ht_prober_rounds(engine->prober) > 0 || engine->started < engine->count;
}

void engine_run(const struct net *net, const struct truth *truth,
                const struct engine_settings *settings, uint64_t seed, unsigned targets,
                struct engine_result *results)
{
    struct engine engine = {.net = net,
                            .truth = truth,
                            .settings = settings,
                            .count = targets,
                            .now = {.mono_ns = BEGIN_NS, .wall_ns = 2 * BEGIN_NS}};
    init(&engine, seed);
    for (unsigned i = 0; i < targets; i++) {
        init_target(&engine, i, seed);
        results[i] = (struct engine_result){.complete = false};
        engine.targets[i].result = &results[i];
    }
    while (turn(&engine))
        continue;
    ht_prober_free(engine.prober);
    queue_fini(&engine.queue);
    free(engine.targets);
}
