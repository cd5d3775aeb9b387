/* A byte stream drives the engine: time goes by, probes are sent with any result, answers are made
 * from its own probes and then changed. Whatever happens, every round that began yields exactly
 * one record that makes sense, and none hangs.
 *
 * The first bytes choose the settings, each further group of bytes is one step. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "packet.h"
#include "probing/prober.h"
#include "wire/ip.h"

#define TARGETS 4
#define BATCH   16
#define HISTORY 64

struct sent_packet {
    size_t length;
    uint8_t bytes[HT_PACKET_MAX];
};

struct world {
    struct ht_prober *prober;
    struct ht_target targets[TARGETS];
    struct ht_address addresses[TARGETS];
    bool under_way[TARGETS];
    struct ht_now now;
    struct sent_packet history[HISTORY]; /* the last packets that left */
    size_t sent;
    struct ht_outgoing batch[BATCH];
};

/* --- records --- */

static void check_hop(const struct ht_hop *hop, unsigned ttl)
{
    expect(hop->ttl == ttl);
    expect(hop->received <= hop->sent);
    uint32_t received = 0;
    for (size_t i = 0; i < hop->node_count; i++) {
        expect(hop->nodes[i].facts.received > 0);
        received += hop->nodes[i].facts.received;
    }
    expect(received == hop->received);
}

static void on_report(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen)
{
    (void)seen;
    struct world *world = user;
    size_t target = (size_t)((struct ht_target *)report->user - world->targets);
    const struct ht_settings *settings = &world->targets[target].settings;
    expect(target < TARGETS && world->under_way[target]);
    world->under_way[target] = false;
    expect(report->received <= report->sent);
    expect(report->duration_ns >= 0);
    expect(report->hop_count <= settings->max_ttl);
    size_t listed = report->hop_count >= settings->first_ttl
                        ? (size_t)(report->hop_count - settings->first_ttl) + 1
                        : 0;
    expect(report->listed_hops == listed);
    /* A destination may have answered without saying which of its probes. */
    expect(!report->has_path_id || report->received > 0);
    for (size_t i = 0; i < listed; i++)
        check_hop(&report->hops[i], (unsigned)(settings->first_ttl + i));
}

static void on_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    (void)user;
    expect(so_far->listed_hops == 0);
    check_hop(hop, hop->ttl);
}

/* --- steps --- */

static void start(struct world *world, size_t target)
{
    if (world->under_way[target])
        return;
    struct ht_round_request round = {.target = &world->targets[target],
                                     .destination = world->addresses[target],
                                     .device_mtu = 1500};
    bool old = round.destination.version == HT_IPV4;
    expect(ht_address_parse(old ? "198.51.100.1" : "2001:db8:1::1", &round.source));
    if (ht_prober_start(world->prober, &round, NULL) == HT_OK)
        world->under_way[target] = true;
}

static void keep(struct world *world, struct ht_outgoing *packet)
{
    struct sent_packet *kept = &world->history[world->sent++ % HISTORY];
    expect(packet->length <= HT_TRANSPORT_MAX);
    const uint8_t *whole = ht_ip_prepend(packet, &kept->length);
    expect(kept->length >= 28 && kept->length <= HT_PACKET_MAX);
    memcpy(kept->bytes, whole, kept->length);
}

/* `results`: two bits for each packet of the batch, again from the start after four. */
static size_t send_batch(struct world *world, uint8_t results)
{
    struct ht_outgoing *batch = world->batch;
    memset(batch, 0xa5, sizeof world->batch);
    size_t count = ht_prober_collect(world->prober, world->now, batch, BATCH);
    expect(count <= BATCH);
    for (size_t i = 0; i < count; i++) {
        unsigned result = ((unsigned)results >> (i % 4 * 2)) & 3u;
        batch[i].status = result == 3 ? HT_SEND_BUSY : result == 2 ? HT_SEND_FAILED : HT_SEND_DONE;
        batch[i].sys_errno = result == 3 ? ENOBUFS : result == 2 ? EPERM : 0;
        batch[i].sent_ns = world->now.mono_ns;
        batch[i].kernel_stamp = result == 1;
        if (batch[i].status == HT_SEND_DONE)
            keep(world, &batch[i]);
    }
    if (count > 0)
        ht_prober_sent(world->prober, world->now, batch, count);
    return count;
}

static void pass_time(struct world *world, int64_t duration_ns)
{
    world->now.mono_ns += duration_ns;
    world->now.wall_ns += duration_ns;
}

static size_t write_reply(const struct probe_view *probe, uint8_t kind, uint8_t who,
                          struct ht_address *from, uint8_t *reply)
{
    bool old = probe->version == 4;
    expect(ht_address_parse(old ? "10.0.0.1" : "2001:db8:ff::1", from));
    from->bytes[old ? 3 : 15] = who;
    if (kind & 8u)
        *from = probe->destination;
    if (probe->protocol == 6 && (kind & 7u) == 1)
        return reply_tcp(probe, &(struct tcp_plan){.refused = (kind & 16u) != 0}, 60, reply);
    if ((kind & 7u) == 1)
        return reply_echo(probe, from, &(struct echo_plan){.cut = UINT32_MAX}, 60, reply);
    enum answer answer = (kind & 7u) == 2   ? ANSWER_UNREACHABLE
                         : (kind & 7u) == 3 ? ANSWER_PARAMETER
                         : (kind & 7u) == 4 ? ANSWER_TOO_BIG
                                            : ANSWER_EXCEEDED;
    struct error_plan plan = {.responder = *from,
                              .type = icmp_type_of(probe->version, answer),
                              .code = answer == ANSWER_UNREACHABLE      ? who & 15u
                                      : answer == ANSWER_TOO_BIG && old ? 4
                                                                        : 0,
                              .link_mtu = answer == ANSWER_TOO_BIG ? who * 16u : 0,
                              .reply_ttl = 60,
                              .quote = kind & 32u ? 8 : UINT32_MAX};
    return reply_error(probe, &plan, reply);
}

/* An answer to one of the last probes, with some bytes changed. */
static void answer(struct world *world, struct input *input)
{
    uint8_t which = next_byte(input);
    uint8_t kind = next_byte(input);
    uint8_t who = next_byte(input);
    uint8_t changes = next_byte(input) % 4;
    size_t known = world->sent < HISTORY ? world->sent : HISTORY;
    if (known == 0)
        return;
    const struct sent_packet *sent = &world->history[which % known];
    struct probe_view probe;
    uint8_t reply[REPLY_MAX];
    struct ht_address from;
    expect(probe_view_read(sent->bytes, sent->length, &probe) && probe.fault == NULL);
    size_t length = write_reply(&probe, kind, who, &from, reply);
    for (uint8_t i = 0; i < changes; i++) {
        uint8_t place = next_byte(input);
        reply[place % length] ^= next_byte(input);
    }
    if (kind & 64u)
        length = next_byte(input) % (length + 1);
    uint8_t *bytes = malloc(length > 0 ? length : 1);
    expect(bytes != NULL);
    memcpy(bytes, reply, length);
    uint8_t icmp = probe.version == 4 ? 1 : 58;
    struct ht_incoming packet = {.from = from,
                                 .hop_limit = 60,
                                 .ip_version = probe.version,
                                 .ip_protocol = (kind & 7u) == 1 && probe.protocol == 6 ? 6 : icmp,
                                 .bytes = bytes,
                                 .length = length,
                                 .received_ns = world->now.mono_ns,
                                 .kernel_stamp = (kind & 128u) != 0};
    ht_prober_receive(world->prober, world->now, &packet, 1);
    free(bytes);
}

static void close_all(struct world *world, uint8_t how)
{
    ht_prober_close_all(world->prober, world->now,
                        how & 1u ? HT_STOP_DEADLINE : HT_STOP_INTERRUPTED);
    for (size_t i = 0; i < TARGETS; i++)
        expect(!world->under_way[i]);
    expect(ht_prober_rounds(world->prober) == 0);
}

static void step(struct world *world, struct input *input)
{
    uint8_t what = next_byte(input);
    switch (what % 8) {
    case 0:
        pass_time(world, next_byte(input) * HT_NS_PER_MS);
        ht_prober_advance(world->prober, world->now);
        break;
    case 1:
    case 2:
        (void)send_batch(world, what & 128u ? next_byte(input) : 0);
        break;
    case 3:
    case 4:
        answer(world, input);
        break;
    case 5:
        start(world, what / 8 % TARGETS);
        break;
    case 6:
        ht_prober_overflowed(world->prober, world->now, what / 8);
        world->now.wall_ns += (int64_t)next_byte(input) * HT_NS_PER_S - 100 * HT_NS_PER_S;
        break;
    default:
        if (what / 8 < 4) {
            ht_prober_drop(world->prober, &world->targets[what / 8]);
            world->under_way[what / 8] = false;
        } else if (what / 8 < 8) {
            close_all(world, what / 8);
        } else if (what / 8 < 10) {
            ht_prober_unreadable(world->prober, world->now, what / 8 == 8 ? HT_IPV4 : HT_IPV6,
                                 EPERM);
        }
    }
}

/* Nothing answers any more: all rounds must come to an end by themselves. */
static void drain(struct world *world)
{
    unsigned steps = 0;
    while (ht_prober_rounds(world->prober) > 0) {
        int64_t next_ns = ht_prober_next_ns(world->prober);
        expect(next_ns != HT_NEVER && ++steps < 100000);
        if (next_ns > world->now.mono_ns)
            pass_time(world, next_ns - world->now.mono_ns);
        while (send_batch(world, 0) == BATCH)
            expect(++steps < 100000);
        ht_prober_advance(world->prober, world->now);
    }
    expect(ht_prober_next_ns(world->prober) == HT_NEVER);
    for (size_t i = 0; i < TARGETS; i++)
        expect(!world->under_way[i]);
}

/* Two targets of one destination, one of the other family, one that asks for other things. */
static void make_targets(struct world *world, struct input *input)
{
    static const char *const hosts[TARGETS] = {"192.0.2.7", "192.0.2.7", "2001:db8:7::7",
                                               "192.0.2.8"};
    for (size_t i = 0; i < TARGETS; i++) {
        uint8_t ttls = next_byte(input);
        uint8_t first_ttl = (uint8_t)(1 + ttls % 4);
        uint8_t counts = next_byte(input);
        uint8_t wait = next_byte(input);
        struct ht_settings *settings = &world->targets[i].settings;
        *settings = (struct ht_settings){
            .protocol = (enum ht_protocol)(wait % 3),
            .port = wait % 3 == 0 ? 0 : 80,
            .first_ttl = first_ttl,
            .max_ttl = (uint8_t)(first_ttl + ttls / 4),
            .gap_limit = counts % 8,
            .probes = (uint16_t)(1 + counts / 8 % 8),
            .retries = counts / 64,
            .flows = i == 2 ? 3 : 1,
            .payload_size = (uint16_t)(wait / 16 * 10),
            .tos = (uint8_t)(ttls & 0xfcu),
            .mtu = (wait & 8u) != 0,
            .timeout_ns = (INT64_C(1) + wait) * 4 * HT_NS_PER_MS,
        };
        world->targets[i].name = hosts[i];
        world->targets[i].host = hosts[i];
        world->targets[i].user = &world->targets[i];
        expect(ht_address_parse(hosts[i], &world->addresses[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size};
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL)
        return 0;
    uint8_t pace = next_byte(&input);
    make_targets(world, &input);
    world->now = (struct ht_now){.mono_ns = 1000 * HT_NS_PER_S, .wall_ns = HT_NS_PER_S};
    struct ht_prober_options options = {.pps = pace < 128 ? 0 : (uint32_t)(pace - 127) * 100,
                                        .secret = {1, 2},
                                        .ids = {.of_flow = {4711, 4712, 4713}, .count = 3},
                                        .on_report = on_report,
                                        .on_hop = on_hop,
                                        .user = world};
    world->prober = ht_prober_new(&options);
    if (world->prober != NULL) {
        start(world, 0);
        while (input.size > 0)
            step(world, &input);
        drain(world);
    }
    ht_prober_free(world->prober);
    free(world);
    return 0;
}
