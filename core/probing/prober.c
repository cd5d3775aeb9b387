#include "probing/prober.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/pool.h"
#include "base/prefetch.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/round_state.h"
#include "probing/log/tcp_listener.h"
#include "probing/ratelimit/turns.h"
#include "probing/result/path.h"
#include "probing/result/round_events.h"
#include "probing/round/answer.h"
#include "probing/round/held.h"
#include "probing/round/held_verdict.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/next_probe.h"
#include "probing/round/round.h"
#include "probing/round/sending.h"
#include "probing/round/unlabelled.h"
#include "probing/rounds/pacer.h"
#include "probing/rounds/reply_match.h"
#include "probing/rounds/scheduler.h"
#include "wire/probe.h"
#include "wire/reply.h"
#include "wire/transport.h"

/* Pause in all sending after a queue on this host was full: long enough for a device to send what
 * it has, short enough not to be felt in a path's times. */
#define BUSY_PAUSE_NS (1 * HT_NS_PER_MS)

/* KEY_TRIES: keys that are tried for a probe before it waits. KEYS_PAUSE_NS: how long it waits then
 * for keys of its flow to be free again. */
#define KEYS_PAUSE_NS (10 * HT_NS_PER_MS)
#define KEY_TRIES     256

/* Timers that ring, and records that are closed, in one ht_prober_advance at most: more would keep
 * packets from being read. 64 records in a row cost little more than half of what they cost one by
 * one. */
#define RING_MAX  1024
#define CLOSE_MAX 64

/* Rounds that a prober must have been given before it paces any at sites: fewer are no burden to a
 * router. */
#define ROUNDS_BEFORE_SITES 8

/* A round as the pool keeps it. */
struct pooled_round {
    struct ht_round round;
    struct ht_round_room room;
};

struct ht_prober {
    struct ht_prober_options options;
    struct ht_pacer pacer;
    struct ht_pool pool; /* of rounds */
    struct ht_scheduler scheduler;
    struct ht_heap timers;
    struct ht_rate_limits rate_limits;
    struct ht_hop_cache cache;
    struct ht_round_events events;
    struct ht_prober_counters counters;
    uint32_t rounds_begun;
    int64_t overflowed_ns; /* when packets were last dropped for want of buffer; INT64_MIN: never */
    struct ht_unread unread[2]; /* IPv4, IPv6 */
};

/* --- life of a prober -------------------------------------------------------------------- */

struct ht_prober *ht_prober_new(const struct ht_prober_options *options)
{
    struct ht_prober *prober = calloc(1, sizeof *prober);
    if (prober == NULL)
        return NULL;
    prober->options = *options;
    ht_round_events_init(&prober->events, &prober->options);
    ht_pacer_init(&prober->pacer, options->pps);
    ht_pool_init(&prober->pool, sizeof(struct pooled_round));
    ht_scheduler_init(&prober->scheduler, options->pps != 0);
    prober->overflowed_ns = INT64_MIN;
    prober->unread[0].when_ns = prober->unread[1].when_ns = INT64_MIN;
    return prober;
}

void ht_prober_set_local_id(struct ht_prober *prober, uint16_t local_id)
{
    prober->options.local_id = local_id;
}

static void free_round(struct ht_prober *prober, struct ht_round *round)
{
    ht_scheduler_leave(&prober->scheduler, round);
    ht_heap_remove(&prober->timers, &round->slot.timer);
    ht_round_fini(round);
    ht_pool_give(&prober->pool, round);
}

/* Any round, NULL if there is none. A round that is in no queue has a timer. */
static struct ht_round *any_round(const struct ht_prober *prober)
{
    for (int state = 0; state < HT_ROUND_QUEUES; state++) {
        if (prober->scheduler.queues.first[state] != NULL)
            return prober->scheduler.queues.first[state];
    }
    struct ht_heap_node *timer = ht_heap_first(&prober->timers);
    return timer != NULL ? ht_round_of_timer(timer) : NULL;
}

void ht_prober_free(struct ht_prober *prober)
{
    if (prober == NULL)
        return;
    for (struct ht_round *round; (round = any_round(prober)) != NULL;)
        free_round(prober, round);
    ht_pool_fini(&prober->pool);
    ht_scheduler_fini(&prober->scheduler);
    ht_heap_fini(&prober->timers);
    ht_rate_limits_fini(&prober->rate_limits);
    ht_hop_cache_fini(&prober->cache);
    ht_round_events_fini(&prober->events);
    free(prober);
}

/* --- rounds ------------------------------------------------------------------------------ */

/* The number of a round's first probe: the one after the last round's, so that a late answer to
 * that round which shows nothing but a key is not taken for one to this round; else any. */
static uint16_t first_number(const struct ht_prober *prober, const struct ht_round_request *request,
                             uint32_t serial)
{
    if (request->previous != NULL && request->previous->next_number != 0)
        return request->previous->next_number;
    uint8_t bytes[4];
    ht_store_u32(bytes, serial);
    return (uint16_t)ht_siphash(prober->options.secret, bytes, sizeof bytes);
}

int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error)
{
    const struct ht_settings *settings = &request->target->settings;
    struct pooled_round *pooled = NULL;
    if (ht_heap_reserve(&prober->timers, prober->scheduler.rounds + 1) &&
        ht_scheduler_reserve(&prober->scheduler))
        pooled = ht_pool_take(&prober->pool);
    if (pooled == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    struct ht_round *round = &pooled->round;
    /* The room's content does not matter, but the first touch of memory takes long: while no round
     * is under way there is time for it. */
    if (ht_scheduler_none_under_way(&prober->scheduler))
        memset(&pooled->room, 0, sizeof pooled->room);
    struct ht_flow flow = {.source = request->source,
                           .destination = request->destination,
                           .secret = {prober->options.secret[0], prober->options.secret[1]},
                           .local_id = prober->options.local_id,
                           .payload_size = ht_settings_payload_size(settings),
                           .port = ht_settings_port(settings),
                           .protocol = (uint8_t)settings->protocol,
                           .tos = settings->tos};
    ht_flow_init(&flow, prober->options.host_secret);
    uint32_t serial = prober->rounds_begun++;
    ht_round_init(round, request->target, &flow, request->interface_index, serial,
                  first_number(prober, request, serial), &pooled->room);
    round->memory_out = request->previous;
    if (request->previous != NULL && request->previous->next_number != 0)
        ht_round_recall(round, request->previous);
    round->slot.timer.slot = HT_HEAP_OUTSIDE;
    round->told.next_hop = settings->first_ttl;
    round->told.tells_nodes = prober->options.on_node != NULL && !settings->numeric;
    ht_scheduler_enter(&prober->scheduler, round);
    return HT_OK;
}

size_t ht_prober_wants_rounds(const struct ht_prober *prober)
{
    return ht_scheduler_wanted(&prober->scheduler);
}

void ht_prober_drop(struct ht_prober *prober, const struct ht_target *target)
{
    for (int state = 0; state < HT_ROUND_QUEUES; state++) {
        for (struct ht_round *round = prober->scheduler.queues.first[state], *next; round != NULL;
             round = next) {
            next = round->slot.next;
            if (round->target == target)
                free_round(prober, round);
        }
    }
    for (uint32_t i = 0; i < prober->timers.count;) {
        struct ht_round *round = ht_round_of_timer(ht_heap_at(&prober->timers, i++));
        if (round->target != target)
            continue;
        free_round(prober, round);
        i = 0; /* the others have moved */
    }
}

/* Closes the record and forgets the round. The record of a finished round ends when the round was
 * finished, however long it waited to be closed. */
static void close_round(struct ht_prober *prober, struct ht_round *round,
                        enum ht_stop_reason reason, struct ht_now now)
{
    if (round->slot.state == HT_ROUND_DONE)
        now.mono_ns = round->slot.done_ns;
    ht_round_events_close(&prober->events, round, reason, now);
    free_round(prober, round);
}

/* What could not be read of an address family: one's sockets may fail while the other's do not. */
static struct ht_unread *unread_of(struct ht_prober *prober, uint8_t ip_version)
{
    return &prober->unread[ip_version == HT_IPV6];
}

/* Tells a round which packets this host did not get to read. */
static void note_missed(struct ht_prober *prober, const struct ht_flow *flow,
                        struct ht_host_faults *host)
{
    host->overflowed_ns = prober->overflowed_ns;
    host->unread = *unread_of(prober, flow->destination.version);
}

void ht_prober_close_all(struct ht_prober *prober, struct ht_now now, enum ht_stop_reason reason)
{
    for (struct ht_round *round; (round = any_round(prober)) != NULL;) {
        bool finished = round->slot.state == HT_ROUND_DONE;
        ht_path_end_join_ahead(round);
        note_missed(prober, &round->flow, &round->host);
        ht_loss_cut_short(round, now.mono_ns);
        close_round(prober, round,
                    finished ? ht_path_stop_reason(&round->log, &round->end) : reason, now);
    }
}

/* True if the round has a probe due. */
static bool is_due(const struct ht_slot *slot)
{
    return slot->state == HT_ROUND_READY || slot->state == HT_ROUND_DEFERRED ||
           slot->state == HT_ROUND_LAST_SEND;
}

/* Sets a round's state and timer by its agenda. Only ht_prober_advance closes records, so that no
 * round vanishes while a batch still points to it. */
static void reschedule(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    ht_scheduler_set_look_ahead(&prober->scheduler, round);
    struct ht_round_agenda agenda = ht_round_agenda(round, now.mono_ns);
    bool due = agenda.send_ns <= now.mono_ns;
    ht_round_events_publish(&prober->events, round, now);
    ht_round_events_tell_nodes(&prober->events, &round->log, &round->told);
    int64_t wake_ns = due ? agenda.expire_ns : ht_time_min(agenda.send_ns, agenda.expire_ns);
    bool idle = wake_ns == HT_NEVER && !due && round->log.awaited == 0;
    if (idle || round->host.out_of_memory) { /* without memory it is given up as it is */
        /* done_ns is of the first time: a finished round may still get answers. */
        if (round->slot.state != HT_ROUND_DONE)
            round->slot.done_ns = now.mono_ns;
        ht_scheduler_move(&prober->scheduler, round, HT_ROUND_DONE, false);
        ht_heap_remove(&prober->timers, &round->slot.timer);
        return;
    }
    enum ht_round_state state =
        due ? ht_scheduler_urgency(&prober->scheduler, round, agenda.distance) : HT_ROUND_ACTIVE;
    ht_scheduler_move(&prober->scheduler, round, state, !due && round->end.destination_ttl != 0);
    /* A timer that rings too early only costs one more look: it is not moved to a later time. */
    if (round->slot.timer.slot == HT_HEAP_OUTSIDE || wake_ns < round->slot.timer.key_ns ||
        round->slot.timer.key_ns <= now.mono_ns)
        ht_heap_set(&prober->timers, &round->slot.timer, wake_ns);
}

/* Decides about the held answers that can be decided by now. */
static void settle_held(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    if (round->doubted.held != NULL)
        prober->counters.received += ht_held_settle(round, now.mono_ns);
}

/* Gives up the probes whose time has run out, of rounds whose timer rings. */
static void ring_timers(struct ht_prober *prober, struct ht_now now)
{
    struct ht_heap_node *first;
    for (int i = 0; i < RING_MAX && (first = ht_heap_first(&prober->timers)) != NULL &&
                    first->key_ns <= now.mono_ns;
         i++) {
        struct ht_round *round = ht_round_of_timer(first);
        note_missed(prober, &round->flow, &round->host);
        settle_held(prober, round, now);
        ht_loss_expire(round, now.mono_ns);
        ht_round_events_tell_hops(&prober->events, round, now);
        reschedule(prober, round, now);
    }
}

/* Fetches into the cache what closing the next records touches: the rounds behind this one. */
static void fetch_finished(const struct ht_slot *slot)
{
    const struct ht_round *next = slot->next;
    if (next == NULL)
        return;
    ht_round_fetch_all(next);
    if (next->slot.next != NULL)
        ht_round_fetch(next->slot.next);
}

/* True if there are probes to be sent, now or when the pace allows. */
static bool has_probes(const struct ht_prober *prober)
{
    return prober->scheduler.queues.first[HT_ROUND_READY] != NULL ||
           prober->scheduler.queues.first[HT_ROUND_DEFERRED] != NULL ||
           prober->scheduler.queues.first[HT_ROUND_LAST_SEND] != NULL ||
           ht_scheduler_may_begin(&prober->scheduler);
}

/* Closes finished rounds, but while probes may leave, for which they wait: there is time for them
 * when no probe is due, or while the last answers are waited for. */
static void close_records(struct ht_prober *prober, struct ht_now now)
{
    if (has_probes(prober) && ht_pacer_next(&prober->pacer) <= now.mono_ns &&
        !ht_scheduler_full(&prober->scheduler))
        return;
    for (int i = 0; i < CLOSE_MAX && prober->scheduler.queues.first[HT_ROUND_DONE] != NULL; i++) {
        struct ht_round *round = prober->scheduler.queues.first[HT_ROUND_DONE];
        fetch_finished(&round->slot);
        ht_round_events_tell_hops(&prober->events, round, now);
        close_round(prober, round, ht_path_stop_reason(&round->log, &round->end), now);
    }
}

void ht_prober_advance(struct ht_prober *prober, struct ht_now now)
{
    ring_timers(prober, now);
    close_records(prober, now);
}

int64_t ht_prober_next_ns(const struct ht_prober *prober)
{
    const struct ht_heap_node *first = ht_heap_first(&prober->timers);
    int64_t next_ns = first != NULL ? first->key_ns : HT_NEVER;
    if (prober->scheduler.queues.first[HT_ROUND_DONE] != NULL)
        return 0;
    if (has_probes(prober))
        next_ns = ht_time_min(next_ns, ht_pacer_next(&prober->pacer));
    return next_ns;
}

/* --- sending ----------------------------------------------------------------------------- */

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

/* Writes resets for the connections that a TCP listener may hold for SYNs whose answers were lost:
 * it would leave the next SYN unanswered too. Returns the number of packets, at most `room`. */
static size_t break_off(struct ht_round *round, struct ht_now now, struct ht_outgoing *batch,
                        size_t room)
{
    uint32_t held[HT_TCP_LISTENER_HELD_MAX];
    size_t count = ht_tcp_listener_held(&round->log, &round->end, &round->tcp, now.mono_ns, held);
    if (count > room)
        count = room;
    for (size_t i = 0; i < count; i++) {
        struct ht_outgoing *packet = &batch[i];
        address_packet(round, NO_PROBE, packet);
        ht_probe_write_reset(&round->flow, round->log.probes[held[i]].ttl,
                             ht_probe_id_of(round, held[i]), packet);
    }
    if (count > 0)
        round->tcp.broken_off = round->log.probe_count;
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
    if (!ht_sending_take(round, now.mono_ns, &probe))
        return false;
    address_packet(round, probe, packet);
    ht_probe_write(&round->flow, round->log.probes[probe].ttl, ht_probe_id_of(round, probe),
                   packet);
    return true;
}

/* Fetches into the cache what each packet of a round touches, and what its first probes touch
 * besides. */
static void fetch_first(const struct ht_round *round)
{
    const struct pooled_round *pooled = (const struct pooled_round *)(const void *)round;
    ht_round_fetch(round);
    ht_prefetch(pooled->room.probes, sizeof pooled->room.probes[0]);
    ht_prefetch(pooled->room.hops, 2 * sizeof pooled->room.hops[0]);
}

/* Begins the next round that may. NULL: none may. */
static struct ht_round *begin_round(struct ht_prober *prober)
{
    struct ht_round *round = ht_scheduler_begin(&prober->scheduler);
    if (round == NULL)
        return NULL;
    if (prober->rounds_begun >= ROUNDS_BEFORE_SITES)
        round->sites = ht_rate_limits_sites(&prober->rate_limits, round->interface_index,
                                            round->flow.destination.version);
    if (round->sites != NULL && round->target->settings.share_hops)
        round->cache = &prober->cache;
    round->told.overflows_before = prober->events.overflows;
    /* The next one is probably soon to begin, and was made ready long ago. */
    if (prober->scheduler.queues.first[HT_ROUND_WAITING] != NULL)
        fetch_first(prober->scheduler.queues.first[HT_ROUND_WAITING]);
    ht_scheduler_set_look_ahead(&prober->scheduler, round);
    return round;
}

/* The round that sends next. Rounds that are ready go before those that wait to begin: records
 * close soon, few are open at a time, and what the first rounds find out about distances helps the
 * others. Deferred rounds come after these, and last of all those that are at their last send. */
static struct ht_round *next_round(struct ht_prober *prober)
{
    struct ht_round *round = prober->scheduler.queues.first[HT_ROUND_READY];
    if (round == NULL)
        round = begin_round(prober);
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
    uint32_t wanted = capacity > UINT32_MAX ? UINT32_MAX : (uint32_t)capacity;
    uint32_t allowed = ht_pacer_allow(&prober->pacer, now.mono_ns, wanted);
    while (count < allowed) {
        struct ht_round *round = next_round(prober);
        if (round == NULL)
            break;
        fetch_following(&round->slot);
        if (ht_transport_of(&round->flow)->write_reset != NULL)
            count += break_off(round, now, &batch[count], allowed - count);
        if (count == allowed)
            break;
        bool taken = take_probe(prober, round, now, &batch[count]);
        count += taken;
        if (!is_due(&round->slot) ||
            (taken && !is_last_of_window(&round->log, &round->upcoming, batch[count - 1].probe)))
            continue;
        if (count > 0 && batch[count - 1].round == round)
            ht_scheduler_move(&prober->scheduler, round, HT_ROUND_ACTIVE,
                              false); /* its state is set anew once the probe is sent */
        else
            reschedule(prober, round, now);
    }
    if (count > 0)
        ht_pacer_take(&prober->pacer, now.mono_ns, (uint32_t)count);
    return count;
}

static void take_result(struct ht_prober *prober, struct ht_now now,
                        const struct ht_outgoing *packet)
{
    struct ht_round *round = packet->round;
    if (packet->status == HT_SEND_DONE) {
        prober->counters.sent++;
        if (round->timing.first_sent_ns == HT_NEVER)
            round->timing.first_sent_wall_ns = now.wall_ns - (now.mono_ns - packet->sent_ns);
        ht_sending_sent(round, packet->probe, packet->sent_ns, packet->kernel_stamp);
    } else if (packet->status == HT_SEND_BUSY) {
        ht_sending_busy(round, packet->probe, now.mono_ns, packet->sys_errno);
        ht_pacer_hold(&prober->pacer, now.mono_ns + BUSY_PAUSE_NS);
    } else {
        ht_sending_refused(round, packet->probe, now.mono_ns, packet->sys_errno);
    }
}

void ht_prober_sent(struct ht_prober *prober, struct ht_now now, const struct ht_outgoing *batch,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (batch[i].probe != NO_PROBE)
            take_result(prober, now, &batch[i]);
        if (i + 1 == count || batch[i + 1].round != batch[i].round)
            reschedule(prober, batch[i].round, now);
    }
}

/* --- receiving --------------------------------------------------------------------------- */

/* A reply passes through STEPS steps before it is taken. In each, what the next one reads is begun
 * to be fetched into the cache; STEP_LAG further replies go through a step meanwhile. MATCHES: a
 * power of two, more than the replies that are on their way, STEPS * STEP_LAG + 1. */
#define STEP_LAG ((size_t)6)
#define STEPS    4
#define MATCHES  32

static struct ht_identity identity_of(const struct ht_prober *prober)
{
    return (struct ht_identity){.secret = prober->options.secret,
                                .local_id = prober->options.local_id};
}

/* True if this host itself says that a packet cannot be delivered: its neighbour is silent. Where
 * the destination is an address of this host, the answer is the target's. */
static bool is_signed_by_us(const struct ht_reply *reply, const struct ht_flow *flow)
{
    return reply->answer == HT_ANSWER_UNREACHABLE &&
           ht_address_equal(&reply->node.address, &flow->source) &&
           !ht_address_equal(&flow->source, &flow->destination);
}

/* What follows from an answer: held answers that it decides, hops and nodes to be told of, probes
 * that are due sooner. */
static void follow_up(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    settle_held(prober, round, now);
    ht_round_events_tell_hops(&prober->events, round, now);
    if (round->upcoming.recheck ||
        (!is_due(&round->slot) &&
         ht_next_probe_before(round, now.mono_ns, round->slot.timer.key_ns)))
        reschedule(prober, round, now);
    else
        ht_round_events_tell_nodes(&prober->events, &round->log, &round->told);
}

/* Counts a forged reply. `round`: whose flow it names; NULL: that is not known. */
static void note_forged(struct ht_prober *prober, struct ht_round *round)
{
    prober->counters.forged++;
    if (round != NULL)
        round->doubted.forged++;
}

/* Takes a reply that by itself answers no probe for certain. */
static void take_undecided(struct ht_prober *prober, struct ht_now now,
                           const struct ht_incoming *packet, const struct ht_reply *reply,
                           struct ht_found found)
{
    struct ht_round *round = found.round;
    if (found.finding == HT_FOUND_UNLABELLED)
        ht_unlabelled_note(round, reply);
    else if (found.finding == HT_FOUND_SYN)
        ht_held_keep(round, HT_HELD_UNNAMED, reply, HT_NO_PROBE, packet->received_ns,
                     packet->kernel_stamp);
    else
        ht_held_keep(round, found.finding == HT_FOUND_WEAK ? HT_HELD_WEAK : HT_HELD_REWRITTEN,
                     reply, found.probe, packet->received_ns, packet->kernel_stamp);
    /* When what is held can be decided at the latest, the agenda says. */
    round->upcoming.recheck = true;
    follow_up(prober, found.round, now);
}

static void take_answer(struct ht_prober *prober, struct ht_now now,
                        const struct ht_incoming *packet, const struct ht_reply *reply,
                        struct ht_found found)
{
    struct ht_round *round = found.round;
    bool signed_by_us = is_signed_by_us(reply, &round->flow);
    if (signed_by_us && !ht_reply_is_own(packet, reply, &round->flow)) {
        note_forged(prober, round);
    } else if (signed_by_us) {
        ht_sending_bounced(&round->log, &round->host, found.probe, EHOSTUNREACH);
        reschedule(prober, round, now);
    } else if (ht_answer_take(round, found.probe, reply, packet->received_ns,
                              packet->kernel_stamp)) {
        prober->counters.received++;
        ht_pacer_answered(&prober->pacer);
        follow_up(prober, round, now);
    }
}

static void take_reply(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packet, const struct ht_reply_match *match)
{
    struct ht_found found =
        ht_reply_match_find(match, identity_of(prober), &prober->scheduler.flows);
    switch (found.finding) {
    case HT_FOUND_NOTHING:
    case HT_FOUND_STALE:
        prober->counters.strangers++;
        break;
    case HT_FOUND_FORGED:
        note_forged(prober, found.round);
        break;
    case HT_FOUND_PROBE:
        take_answer(prober, now, packet, &match->reply, found);
        break;
    default:
        take_undecided(prober, now, packet, &match->reply, found);
        break;
    }
}

void ht_prober_receive(struct ht_prober *prober, struct ht_now now,
                       const struct ht_incoming *packets, size_t count)
{
    struct ht_reply_match matches[MATCHES];
    const struct ht_identity identity = identity_of(prober);
    for (size_t i = 0; i < count + STEPS * STEP_LAG; i++) {
        if (i < count)
            ht_reply_match_read(&packets[i], identity, &prober->scheduler.flows,
                                &matches[i % MATCHES]);
        size_t round = i - STEP_LAG; /* before there is one it wraps, to above `count` */
        if (round < count)
            ht_reply_match_fetch_round(&matches[round % MATCHES], &prober->scheduler.flows);
        size_t probe = i - 2 * STEP_LAG;
        if (probe < count)
            ht_reply_match_fetch_probe(&matches[probe % MATCHES], &prober->scheduler.flows);
        size_t answered = i - 3 * STEP_LAG;
        if (answered < count)
            ht_reply_match_fetch_answered(&matches[answered % MATCHES], &prober->scheduler.flows);
        size_t taken = i - STEPS * STEP_LAG;
        if (taken < count)
            take_reply(prober, now, &packets[taken], &matches[taken % MATCHES]);
    }
}

void ht_prober_overflowed(struct ht_prober *prober, struct ht_now now, uint32_t count)
{
    prober->events.overflows += count;
    prober->overflowed_ns = now.mono_ns;
    ht_pacer_ease(&prober->pacer, now.mono_ns);
}

void ht_prober_unreadable(struct ht_prober *prober, struct ht_now now, uint8_t ip_version,
                          int sys_errno)
{
    *unread_of(prober, ip_version) =
        (struct ht_unread){.when_ns = now.mono_ns, .sys_errno = sys_errno};
}

size_t ht_prober_rounds(const struct ht_prober *prober)
{
    return prober->scheduler.rounds;
}

struct ht_prober_counters ht_prober_counters(const struct ht_prober *prober)
{
    return prober->counters;
}
