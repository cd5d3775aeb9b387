#include "probing/prober_internal.h"

#include "base/prefetch.h"
#include "probing/log/probe_id.h"
#include "probing/round/break_off.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/round/sizing.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* Pause in all sending after a queue on this host was full: long enough for a device to send what
 * it has, short enough not to be felt in a path's times. */
#define BUSY_PAUSE_NS (1 * HT_NS_PER_MS)

/* KEY_TRIES: keys that are tried for a probe before it waits. KEYS_PAUSE_NS: how long it waits then
 * for keys of its flow to be free again. */
#define KEYS_PAUSE_NS (10 * HT_NS_PER_MS)
#define KEY_TRIES     256

/* True if an answer to a probe of this flow and number may still count, be it the first one or a
 * duplicate. */
static bool number_in_use(const struct ht_prober *prober, const struct ht_flow *flow,
                          uint16_t number, struct ht_now now)
{
    const struct ht_round *other = ht_flow_table_first(&prober->scheduler.flows, flow->flow_tag);
    for (; other != NULL; other = ht_flow_table_next(&other->slot)) {
        uint32_t probe;
        if (ht_probe_id_find(&other->ids, &other->log, number, &probe) &&
            now.mono_ns - other->log.probes[probe].sent_ns <= other->log.asked.timeout_ns)
            return true;
    }
    return false;
}

/* Passes over keys until the round's next one is free: after 65,535 probes to one destination a key
 * comes round again. False: none is near, nothing was passed over. */
static bool find_key(const struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    bool all_new = round->log.probe_count + (uint64_t)round->ids.passed_over < UINT16_MAX;
    if (!round->slot.same_tag && all_new && ht_probe_id_number_fits(&round->ids, 0))
        return true;
    for (uint16_t passed = 0; passed < KEY_TRIES; passed++) {
        uint16_t number = (uint16_t)(round->ids.next_number + passed);
        if (!ht_probe_id_number_fits(&round->ids, passed) ||
            number_in_use(prober, &round->flow, number, now))
            continue;
        ht_probe_id_pass(&round->ids, passed);
        return true;
    }
    return false;
}

static void address_packet(struct ht_round *round, uint32_t probe, struct ht_outgoing *packet)
{
    packet->interface_index = round->interface_index;
    packet->fwmark = round->fwmark;
    packet->round = round;
    packet->probe = probe;
    packet->kernel_stamp = false;
    packet->sys_errno = 0;
}

/* Index of a packet that is no probe: the result of sending it does not matter. */
#define NO_PROBE UINT32_MAX

/* Writes resets if what a TCP listener may hold has to be broken off now. Returns the number of
 * packets, at most `room`, which is not 0. */
static size_t break_off(struct ht_round *round, struct ht_now now, struct ht_outgoing *batch,
                        size_t room)
{
    size_t resets;
    uint32_t probe = ht_break_off_take(round, now.mono_ns, &resets);
    if (probe == HT_NO_PROBE)
        return 0;
    struct ht_probe_id name;
    ht_probe_id_of(round, probe, &name);
    size_t count = resets < room ? resets : room;
    for (size_t i = 0; i < count; i++) {
        address_packet(round, NO_PROBE, &batch[i]);
        ht_probe_write_reset(&round->flow, round->log.probes[probe].ttl, &name, &batch[i]);
    }
    return count;
}

/* Writes the next probe of a round that has one due. False: there is none after all. */
static bool take_probe(struct ht_prober *prober, struct ht_round *round, struct ht_now now,
                       struct ht_outgoing *packet)
{
    uint32_t probe;
    if (!find_key(prober, round, now)) {
        ht_scheduler_move(&prober->scheduler, round, HT_ROUND_ACTIVE, false);
        ht_heap_set(&prober->timers, &round->slot.timer, now.mono_ns + KEYS_PAUSE_NS);
        return false;
    }
    if (!ht_sending_take(round, now.mono_ns, &probe) &&
        (round->sizing == NULL || !ht_sizing_take(round, now.mono_ns, &probe)))
        return false;
    struct ht_probe_id name;
    ht_probe_id_of(round, probe, &name);
    address_packet(round, probe, packet);
    ht_probe_write(&round->flow, round->log.probes[probe].ttl, &name, packet);
    return true;
}

/* Fetches into the cache what each packet of a round touches, and what its first probes touch
 * besides. */
static void fetch_first(const struct ht_round *round)
{
    const struct ht_pooled_round *pooled = (const struct ht_pooled_round *)(const void *)round;
    ht_round_fetch(round);
    ht_prefetch(pooled->room.probes, sizeof pooled->room.probes[0]);
    ht_prefetch(pooled->room.hops, 2 * sizeof pooled->room.hops[0]);
}

/* Of the rounds that wait: they are probably soon to begin, and were made ready long ago. What the
 * first one's flow leads to was begun to be fetched when it was the second. */
static void fetch_waiting(const struct ht_scheduler *scheduler)
{
    const struct ht_round *first = scheduler->queues.first[HT_ROUND_WAITING];
    if (first == NULL)
        return;
    ht_flow_table_fetch_bucket(&scheduler->flows, first->flow.flow_tag);
    if (first->slot.next != NULL)
        fetch_first(first->slot.next);
}

/* Begins the next round that may. NULL: none may. */
static struct ht_round *begin_round(struct ht_prober *prober, struct ht_now now)
{
    struct ht_round *round = ht_scheduler_begin(&prober->scheduler);
    if (round == NULL)
        return NULL;
    round->sites = ht_rate_limits_sites(&prober->rate_limits, round->interface_index,
                                        round->flow.destination.version);
    ht_turns_recall(round, now.mono_ns);
    /* Of several flows a hop is measured for the sake of each. */
    if (round->sites != NULL && round->target->settings.share_hops && round->group == NULL)
        round->cache = &prober->cache;
    if (ht_transport_of(&round->flow)->one_at_a_time)
        round->tcp.rests_until_ns =
            ht_left_flows_until_ns(&prober->left_flows, round->flow.flow_tag, now.mono_ns);
    round->told.overflows_before = prober->events.overflows;
    fetch_waiting(&prober->scheduler);
    ht_scheduler_set_look_ahead(&prober->scheduler, round);
    return round;
}

/* The round that sends next. Rounds that are ready go before those that wait to begin: records
 * close soon, few are open at a time, and what the first rounds find out about distances helps the
 * others. Deferred rounds come after these, and last of all those that are at their last send. */
static struct ht_round *next_round(struct ht_prober *prober, struct ht_now now)
{
    struct ht_round *round = prober->scheduler.queues.first[HT_ROUND_READY];
    if (round == NULL)
        round = begin_round(prober, now);
    if (round == NULL)
        round = prober->scheduler.queues.first[HT_ROUND_DEFERRED];
    return round != NULL ? round : prober->scheduler.queues.first[HT_ROUND_LAST_SEND];
}

/* Fetches into the cache what the rounds behind this one in its queue touch: they are probably
 * next.
 */
static void fetch_following(const struct ht_slot *slot)
{
    const struct ht_round *next = slot->next;
    if (next == NULL)
        return;
    ht_round_fetch_next(next);
    if (next->slot.next != NULL)
        ht_round_fetch(next->slot.next);
}

/* True if the probe went to the end of the window: most probably nothing else of its round is due.
 * If something is, that is seen once the probe is sent. */
static bool is_last_of_window(const struct ht_probe_log *log, const struct ht_upcoming *upcoming,
                              uint32_t probe)
{
    return log->probes[probe].ttl == upcoming->window_ttl;
}

size_t ht_prober_collect(struct ht_prober *prober, struct ht_now now, struct ht_outgoing *batch,
                         size_t capacity)
{
    size_t count = 0;
    ht_pacer_group(&prober->pacer, ht_prober_company(prober));
    uint32_t wanted = capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity;
    uint32_t allowed = ht_pacer_allow(&prober->pacer, now.mono_ns, wanted);
    while (count < allowed) {
        struct ht_round *round = next_round(prober, now);
        if (round == NULL)
            break;
        fetch_following(&round->slot);
        if (ht_transport_of(&round->flow)->write_reset != NULL)
            count += break_off(round, now, &batch[count], allowed - count);
        if (count == allowed)
            break;
        bool taken = take_probe(prober, round, now, &batch[count]);
        count += taken;
        if (!ht_prober_is_due(&round->slot) ||
            (taken && !is_last_of_window(&round->log, &round->upcoming, batch[count - 1].probe)))
            continue;
        if (count > 0 && batch[count - 1].round == round)
            ht_scheduler_move(&prober->scheduler, round, HT_ROUND_ACTIVE,
                              false); /* its state is set anew once the probe is sent */
        else
            ht_prober_reschedule(prober, round, now);
    }
    if (count > 0)
        ht_pacer_take(&prober->pacer, now.mono_ns, (uint32_t)count);
    return count;
}

static void take_result(struct ht_prober *prober, struct ht_now now,
                        const struct ht_outgoing *packet)
{
    struct ht_round *round = packet->round;
    bool sized = round->log.probes[packet->probe].state == HT_PROBE_SIZED;
    prober->counters.sent += packet->status == HT_SEND_DONE;
    if (packet->status == HT_SEND_BUSY)
        ht_pacer_hold(&prober->pacer, now.mono_ns + BUSY_PAUSE_NS);
    if (sized) {
        ht_sizing_sent(round, packet);
    } else if (packet->status == HT_SEND_DONE) {
        if (round->timing.first_sent_ns == HT_NEVER)
            round->timing.first_sent_wall_ns = now.wall_ns - (now.mono_ns - packet->sent_ns);
        ht_sending_sent(round, packet->probe, packet->sent_ns, packet->kernel_stamp);
    } else if (packet->status == HT_SEND_BUSY) {
        ht_sending_busy(round, packet->probe, now.mono_ns, packet->sys_errno);
    } else {
        ht_sending_refused(round, packet->probe, now.mono_ns, packet->sys_errno);
    }
}

void ht_prober_sent(struct ht_prober *prober, struct ht_now now, const struct ht_outgoing *batch,
                    size_t count)
{
    ht_pacer_left(&prober->pacer, now.mono_ns);
    for (size_t i = 0; i < count; i++) {
        if (batch[i].probe != NO_PROBE)
            take_result(prober, now, &batch[i]);
        if (i + 1 == count || batch[i + 1].round != batch[i].round)
            ht_prober_reschedule(prober, batch[i].round, now);
    }
}
