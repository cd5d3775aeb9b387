/* A byte stream drives one round: how far it may look ahead and where a distance probe may go
 * changes at will, sends are refused, answers of any kind come in any order or not at all. Whatever
 * happens, its counts agree with its probes, no hop is listed that does not take part, what is due
 * is noticed, and it comes to an end.
 *
 * The first bytes choose the settings, each further group of bytes is one step. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "probing/log/round_state.h"
#include "probing/result/path.h"
#include "probing/round/answer.h"
#include "probing/round/break_off.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/next_probe.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "wire/reply.h"

struct world {
    struct ht_target target;
    struct ht_round round;
    int64_t now_ns;
};

static void check(const struct ht_round *round)
{
    uint32_t awaited[UINT8_MAX + 1] = {0};
    uint32_t all = 0;
    for (uint32_t i = 0; i < round->log.probe_count; i++) {
        const struct ht_probe *probe = &round->log.probes[i];
        bool open = probe->state == HT_PROBE_LEAVING || probe->state == HT_PROBE_AWAITED;
        expect(probe->ttl >= round->log.asked.first_ttl && probe->ttl <= round->log.asked.max_ttl);
        awaited[probe->ttl] += open;
        all += open;
    }
    expect(all == round->log.awaited);
    expect(round->end.window_hops <= round->log.made_hops &&
           round->log.made_hops <= round->log.hop_capacity);
    for (unsigned i = 0; i < round->log.made_hops; i++) {
        expect(round->log.hops[i].awaited == awaited[round->log.asked.first_ttl + i]);
        expect(round->log.hops[i].received <= round->log.hops[i].sent);
    }
    unsigned row = round->log.asked.first_ttl + round->end.window_hops;
    expect(ht_path_hop_count(&round->end) < row);
    expect(round->end.last_answer_ttl < row && round->end.last_router_ttl < row);
}

static void send(struct world *world, uint8_t results)
{
    struct ht_round *round = &world->round;
    uint32_t probe;
    size_t resets;
    for (unsigned i = 0; i < 64; i++) {
        (void)ht_break_off_take(round, world->now_ns, &resets);
        if (!ht_sending_take(round, world->now_ns, &probe))
            break;
        unsigned result = ((unsigned)results >> (i % 4 * 2)) & 3u;
        if (result == 3)
            ht_sending_busy(round, probe, world->now_ns, ENOBUFS);
        else if (result == 2)
            ht_sending_refused(round, probe, world->now_ns, EPERM);
        else
            ht_sending_sent(round, probe, world->now_ns, false);
    }
}

/* After an answer that does not stir the round nothing is due sooner, but for the window. */
static void take(struct world *world, uint32_t probe, const struct ht_reply *reply, bool stamped)
{
    struct ht_round *round = &world->round;
    struct ht_round_agenda before = ht_round_agenda(round, world->now_ns);
    (void)ht_answer_take(round, probe, reply, world->now_ns, stamped);
    int64_t than_ns = ht_time_min(before.send_ns, before.expire_ns);
    if (round->upcoming.recheck || ht_next_probe_before(round, world->now_ns, than_ns))
        return;
    struct ht_round_agenda after = ht_round_agenda(round, world->now_ns);
    expect(before.send_ns <= world->now_ns || after.send_ns >= before.send_ns);
    expect(after.expire_ns >= before.expire_ns);
    expect(after.send_ns != HT_NEVER || after.expire_ns != HT_NEVER ||
           (before.send_ns == HT_NEVER && before.expire_ns == HT_NEVER));
}

static void answer(struct world *world, struct input *input)
{
    struct ht_round *round = &world->round;
    uint8_t which = next_byte(input);
    uint8_t kind = next_byte(input);
    struct ht_reply reply = {.answer = (enum ht_answer)(kind % 4),
                             .node.icmp_type = 11,
                             .node.reply_ttl = kind & 4u ? next_byte(input) : 60,
                             .quoted_ttl = kind & 8u ? next_byte(input) : 0,
                             .syn_ack = kind % 4 == HT_ANSWER_TCP && (kind & 64u) != 0};
    if (round->log.probe_count == 0)
        return;
    reply.node.address = round->flow.destination;
    if (kind & 16u)
        reply.node.address.bytes[3] ^= next_byte(input);
    uint32_t probe = which % round->log.probe_count;
    if (round->log.probes[probe].state == HT_PROBE_UNSENT)
        return;
    take(world, probe, &reply, (kind & 32u) != 0);
}

/* Looked at again, a round that is finished still is, and one that waits has nothing due. */
static void check_agenda(struct world *world)
{
    struct ht_round_agenda first = ht_round_agenda(&world->round, world->now_ns);
    struct ht_round_agenda again = ht_round_agenda(&world->round, world->now_ns);
    expect(first.send_ns <= world->now_ns || again.send_ns > world->now_ns);
    expect(first.send_ns != HT_NEVER || first.expire_ns != HT_NEVER || again.send_ns == HT_NEVER);
}

static void step(struct world *world, struct input *input)
{
    uint8_t what = next_byte(input);
    switch (what % 8) {
    case 0:
        world->now_ns += next_byte(input) * HT_NS_PER_MS;
        ht_loss_expire(&world->round, world->now_ns);
        break;
    case 1:
    case 2:
        send(world, what & 128u ? next_byte(input) : 0);
        break;
    case 3:
    case 4:
        answer(world, input);
        break;
    case 5:
        world->round.hints.distance_ttl = next_byte(input);
        world->round.hints.shortest_ttl = what / 8;
        break;
    case 6:
        world->round.hints.common_ttl = what / 8;
        break;
    default:
        world->round.hints.look_ahead = (uint8_t)(1 + what / 8 % 8);
    }
    check_agenda(world);
    check(&world->round);
}

/* Unless the path ends somewhere, all of it was asked that the settings allow. */
static void check_end(const struct ht_round *round)
{
    const struct ht_asked *asked = &round->log.asked;
    unsigned answered = round->end.last_answer_ttl;
    unsigned last = asked->max_ttl;
    if (round->end.destination_ttl != 0 || round->end.unreachable_ttl != 0)
        return;
    if (answered < asked->first_ttl)
        answered = asked->first_ttl - 1U;
    if (asked->gap_limit != 0 && answered + asked->gap_limit < last)
        last = answered + asked->gap_limit;
    if (round->end.ends_ttl != 0 && round->end.ends_ttl < last)
        last = round->end.ends_ttl;
    expect(asked->first_ttl + round->end.window_hops > last);
}

/* Nothing answers any more: it must come to an end. */
static void drain(struct world *world)
{
    unsigned steps = 0;
    for (;;) {
        struct ht_round_agenda agenda = ht_round_agenda(&world->round, world->now_ns);
        int64_t next_ns = ht_time_min(agenda.send_ns, agenda.expire_ns);
        if (next_ns == HT_NEVER)
            break;
        expect(++steps < 100000);
        world->now_ns = ht_time_max(world->now_ns, next_ns);
        send(world, 0);
        ht_loss_expire(&world->round, world->now_ns);
        check(&world->round);
    }
    expect(world->round.log.awaited == 0);
    check_end(&world->round);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.data = data, .size = size};
    struct world world = {.now_ns = 1000 * HT_NS_PER_S};
    uint8_t ttls = next_byte(&input);
    uint8_t counts = next_byte(&input);
    uint8_t wait = next_byte(&input);
    uint8_t first_ttl = (uint8_t)(1 + ttls % 4);
    world.target.settings =
        (struct ht_settings){.protocol = (enum ht_protocol)(wait % 3),
                             .first_ttl = first_ttl,
                             .max_ttl = (uint8_t)(first_ttl + ttls / 4),
                             .gap_limit = counts % 8,
                             .probes = (uint16_t)(1 + counts / 8 % 8),
                             .retries = counts / 64,
                             .timeout_ns = (INT64_C(1) + wait) * 4 * HT_NS_PER_MS};
    struct ht_flow flow = {.protocol = (uint8_t)(wait % 3)};
    expect(ht_address_parse("192.0.2.7", &flow.destination));
    ht_round_init(&world.round, &world.target, &flow, 0, 0, 1, NULL);
    while (input.size > 0)
        step(&world, &input);
    drain(&world);
    ht_round_fini(&world.round);
    return 0;
}
