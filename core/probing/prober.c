#include "probing/prober_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "probing/log/path_end.h"
#include "probing/log/tcp_listener.h"
#include "probing/result/path.h"
#include "probing/round/held_verdict.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"
#include "probing/rounds/flow_group.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* Timers that ring, and records that are closed, in one ht_prober_advance at most: more would keep
 * packets from being read. 64 records in a row cost little more than half of what they cost one by
 * one. */
#define RING_MAX  1024
#define CLOSE_MAX 64

/* Unfinished rounds with which packets and timers wait for each other: with fewer, each wait would
 * be felt in a record's time, by who waits for it. Where a target is measured time and again, with
 * an interval of MONITORED_NS or more, no user does. */
#define CROWD        4
#define MONITORED_NS HT_NS_PER_S

/* Spacing of the turns at a router that keeps to a rate limit, below which nothing waits: a wait
 * would put them off by more than a tenth of it. */
#define STRICT_NS (100 * HT_NS_PER_MS)

/* --- life of a prober -------------------------------------------------------------------- */

struct ht_prober *ht_prober_new(const struct ht_prober_options *options)
{
    struct ht_prober *prober = calloc(1, sizeof *prober);
    if (prober == NULL)
        return NULL;
    prober->options = *options;
    ht_round_events_init(&prober->events, &prober->options);
    ht_pacer_init(&prober->pacer, options->pps);
    ht_pool_init(&prober->pool, sizeof(struct ht_pooled_round));
    ht_scheduler_init(&prober->scheduler, options->pps != 0);
    prober->overflowed_ns = INT64_MIN;
    prober->unread[0].when_ns = prober->unread[1].when_ns = INT64_MIN;
    return prober;
}

void ht_prober_set_local_ids(struct ht_prober *prober, const struct ht_local_ids *ids)
{
    prober->options.ids = *ids;
}

void ht_prober_set_connection(struct ht_prober *prober, int64_t connection_ns)
{
    prober->options.connection_ns = connection_ns;
}

/* Of a flow the kernel has one connection, and for so long. */
static void limit_to_connection(struct ht_round *round, int64_t connection_ns)
{
    if (connection_ns == 0 || !ht_transport_of(&round->flow)->one_at_a_time)
        return;
    round->ids.alone = true;
    round->log.asked.timeout_ns = ht_time_min(round->log.asked.timeout_ns, connection_ns);
}

static bool is_urgent(const struct ht_target *target)
{
    return target->settings.interval_ns < MONITORED_NS;
}

static void free_round(struct ht_prober *prober, struct ht_round *round)
{
    int64_t answers_until_ns = ht_tcp_listener_answers_until_ns(round);
    if (answers_until_ns != 0)
        ht_left_flows_note(&prober->left_flows, round->flow.flow_tag, answers_until_ns);
    prober->urgent_rounds -= is_urgent(round->target);
    ht_scheduler_leave(&prober->scheduler, round);
    ht_flow_group_leave(round->group);
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
static uint16_t first_number(const struct ht_prober *prober, const struct ht_round_memory *previous,
                             uint32_t serial)
{
    if (previous != NULL && previous->next_number != 0)
        return previous->next_number;
    uint8_t bytes[4];
    ht_store_u32(bytes, serial);
    return (uint16_t)ht_siphash(prober->options.secret, bytes, sizeof bytes);
}

/* Makes room for a round of a target, whatever becomes of it. */
static bool reserve(struct ht_prober *prober, uint8_t flows)
{
    return ht_heap_reserve(&prober->timers, prober->scheduler.rounds + flows) &&
           ht_scheduler_reserve(&prober->scheduler, flows) &&
           (flows == 1 || ht_round_events_reserve(&prober->events, flows));
}

static struct ht_flow flow_of(const struct ht_prober *prober,
                              const struct ht_round_request *request, uint8_t number)
{
    const struct ht_settings *settings = &request->target->settings;
    bool has_ports = ht_transports[settings->protocol]->has_ports;
    struct ht_flow flow = {.source = request->source,
                           .destination = request->destination,
                           .secret = {prober->options.secret[0], prober->options.secret[1]},
                           .local_id = prober->options.ids.of_flow[has_ports ? number : 0],
                           .payload_size = ht_settings_payload_size(settings),
                           .port = ht_settings_port(settings),
                           .protocol = (uint8_t)settings->protocol,
                           .tos = settings->tos,
                           .number = number};
    ht_flow_init(&flow, prober->options.host_secret);
    return flow;
}

/* Queues the round of one flow. NULL: no memory. */
static struct ht_round *start_flow(struct ht_prober *prober, const struct ht_round_request *request,
                                   uint8_t number)
{
    static const struct ht_flow_request none = {.previous = NULL};
    const struct ht_settings *settings = &request->target->settings;
    const struct ht_flow_request *past = request->flows != NULL ? &request->flows[number] : &none;
    struct ht_pooled_round *pooled = ht_pool_take(&prober->pool);
    if (pooled == NULL)
        return NULL;
    struct ht_round *round = &pooled->round;
    /* The room's content does not matter, but the first touch of memory takes long: while no round
     * is under way there is time for it. */
    if (ht_scheduler_none_under_way(&prober->scheduler))
        memset(&pooled->room, 0, sizeof pooled->room);
    struct ht_flow flow = flow_of(prober, request, number);
    uint32_t serial = prober->rounds_begun++;
    ht_round_init(round, request->target, &flow, request->interface_index, serial,
                  first_number(prober, past->previous, serial), &pooled->room);
    round->memory_out = past->previous;
    round->look.known = past->known;
    if (past->previous != NULL && past->previous->next_number != 0)
        ht_round_recall(round, past->previous);
    limit_to_connection(round, prober->options.connection_ns);
    round->slot.timer.slot = HT_HEAP_OUTSIDE;
    round->told.next_hop = settings->first_ttl;
    round->told.tells_nodes = prober->options.on_node != NULL && !settings->numeric;
    ht_scheduler_enter(&prober->scheduler, round);
    prober->urgent_rounds += is_urgent(request->target);
    return round;
}

/* Queues the rounds of several flows, all or none. False: no memory. */
static bool start_group(struct ht_prober *prober, const struct ht_round_request *request,
                        uint8_t flows)
{
    struct ht_flow_group *group = ht_flow_group_new(flows);
    if (group == NULL)
        return false;
    for (uint8_t number = 0; number < flows; number++) {
        struct ht_round *round = start_flow(prober, request, number);
        if (round != NULL) {
            ht_flow_group_enter(group, round);
            continue;
        }
        if (number == 0)
            free(group);
        for (uint8_t entered = number; entered-- > 0;)
            free_round(prober, group->rounds[entered]);
        return false;
    }
    return true;
}

int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error)
{
    const struct ht_settings *settings = &request->target->settings;
    uint8_t flows = settings->flows > 1 ? settings->flows : 1;
    if (flows > 1 && ht_transports[settings->protocol]->has_ports &&
        flows > prober->options.ids.count)
        return ht_error_set(error, HT_ERR_INVALID, "%u flows, %u ports", (unsigned)flows,
                            (unsigned)prober->options.ids.count);
    bool queued = reserve(prober, flows);
    if (queued && flows > 1)
        queued = start_group(prober, request, flows);
    else if (queued)
        queued = start_flow(prober, request, 0) != NULL;
    if (!queued)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    if (flows > prober->most_flows)
        prober->most_flows = flows;
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

/* How a round ends by itself, or, unless it is finished, as it is told to (`reason`), and when: a
 * finished round's record ends when the round was finished, however long it waited to be closed. */
static struct ht_round_ending ending_of(struct ht_round *round, enum ht_stop_reason reason,
                                        struct ht_now now)
{
    bool done = ht_slot_is_done(&round->slot);
    if (done)
        now.mono_ns = round->slot.done_ns;
    return (struct ht_round_ending){.round = round,
                                    .reason = done ? ht_path_stop_reason(&round->log, &round->end)
                                                   : reason,
                                    .now = now};
}

/* Closes the record of a target with several flows and forgets their rounds. */
static void close_group(struct ht_prober *prober, struct ht_flow_group *group,
                        enum ht_stop_reason reason, struct ht_now now)
{
    struct ht_round_ending endings[HT_FLOWS_MAX] = {{.round = NULL}};
    uint8_t count = group->count;
    for (uint8_t i = 0; i < count; i++)
        endings[i] = ending_of(group->rounds[i], reason, now);
    ht_round_events_close_flows(&prober->events, endings, count);
    for (uint8_t i = 0; i < count; i++)
        free_round(prober, endings[i].round);
}

/* Closes the record and forgets the round, or the rounds of all flows of its target. */
static void close_round(struct ht_prober *prober, struct ht_round *round,
                        enum ht_stop_reason reason, struct ht_now now)
{
    if (round->group != NULL) {
        close_group(prober, round->group, reason, now);
        return;
    }
    ht_round_events_close(&prober->events, ending_of(round, reason, now));
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

static void cut_short(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
{
    ht_path_end_join_ahead(round);
    note_missed(prober, &round->flow, &round->host);
    ht_loss_cut_short(round, now.mono_ns);
}

void ht_prober_close_all(struct ht_prober *prober, struct ht_now now, enum ht_stop_reason reason)
{
    for (struct ht_round *round; (round = any_round(prober)) != NULL;) {
        const struct ht_flow_group *group = round->group;
        if (group == NULL)
            cut_short(prober, round, now);
        for (uint8_t i = 0; group != NULL && i < group->count; i++)
            cut_short(prober, group->rounds[i], now);
        close_round(prober, round, reason, now);
    }
}

/* Sets a round's state and timer by its agenda. Only ht_prober_advance closes records, so that no
 * round vanishes while a batch still points to it. */
void ht_prober_reschedule(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
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
        if (!ht_slot_is_done(&round->slot))
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
void ht_prober_settle_held(struct ht_prober *prober, struct ht_round *round, struct ht_now now)
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
        ht_prober_settle_held(prober, round, now);
        ht_loss_expire(round, now.mono_ns);
        ht_round_events_tell_hops(&prober->events, round, now);
        ht_prober_reschedule(prober, round, now);
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
        if (round->group != NULL && !ht_flow_group_is_finished(round->group)) {
            ht_scheduler_move(&prober->scheduler, round, HT_ROUND_FINISHED, false);
            continue;
        }
        fetch_finished(&round->slot);
        ht_round_events_tell_hops(&prober->events, round, now);
        close_round(prober, round, HT_STOP_DESTINATION, now);
    }
}

/* Has all rounds that wait look again: a rate limit may be behind the silence that they wait for.
 */
static void wake_all(struct ht_prober *prober, struct ht_now now)
{
    uint32_t alarms = ht_rate_limits_alarms(&prober->rate_limits);
    if (alarms == prober->alarms)
        return;
    prober->alarms = alarms;
    for (uint32_t i = 0; i < prober->timers.count; i++)
        ht_heap_at(&prober->timers, i)->key_ns = now.mono_ns; /* all alike: still in order */
}

void ht_prober_advance(struct ht_prober *prober, struct ht_now now)
{
    wake_all(prober, now);
    ring_timers(prober, now);
    close_records(prober, now);
}

int64_t ht_prober_send_ns(const struct ht_prober *prober)
{
    return has_probes(prober) ? ht_pacer_next(&prober->pacer) : HT_NEVER;
}

int64_t ht_prober_next_ns(const struct ht_prober *prober)
{
    const struct ht_heap_node *first = ht_heap_first(&prober->timers);
    int64_t next_ns = first != NULL ? first->key_ns : HT_NEVER;
    if (prober->scheduler.queues.first[HT_ROUND_DONE] != NULL)
        return 0;
    return ht_time_min(next_ns, ht_prober_send_ns(prober));
}

int64_t ht_prober_period_ns(const struct ht_prober *prober)
{
    int64_t period_ns = ht_pacer_period_ns(&prober->pacer);
    size_t unfinished = prober->scheduler.rounds - prober->scheduler.done;
    bool patient = unfinished >= CROWD || (unfinished > 0 && prober->urgent_rounds == 0);
    if (period_ns == 0 || !patient || prober->options.on_hop != NULL ||
        ht_rate_limits_closer(&prober->rate_limits, STRICT_NS))
        return 0;
    return period_ns;
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
