#include "probing/prober_internal.h"

#include <stdlib.h>

#include "probing/log/path_end.h"
#include "probing/log/tcp_listener.h"
#include "probing/result/path.h"
#include "probing/round/held_verdict.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"
#include "probing/rounds/flow_group.h"

/* Timers that ring, and records that are closed, in one ht_prober_advance at most: more would keep
 * packets from being read. 64 records in a row cost little more than half of what they cost one by
 * one. */
#define RING_MAX  1024
#define CLOSE_MAX 64

/* Unfinished rounds with which packets and timers wait for each other: with fewer, each wait would
 * be felt in a record's time, by who waits for it. With CROWD, more than one target's flows can be,
 * they wait for longer. */
#define MANY  4
#define CROWD (HT_FLOWS_MAX + 1)

/* Spacing of the turns at a router that keeps to a rate limit, below which nothing waits, or a
 * crowd not for longer: a wait would put them off by more than a tenth of it. */
#define STRICT_NS       (100 * HT_NS_PER_MS)
#define STRICT_CROWD_NS (2 * STRICT_NS)

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
        ht_prober_end_round(prober, round);
    ht_pool_fini(&prober->pool);
    ht_scheduler_fini(&prober->scheduler);
    ht_heap_fini(&prober->timers);
    ht_rate_limits_fini(&prober->rate_limits);
    ht_hop_cache_fini(&prober->cache);
    ht_round_events_fini(&prober->events);
    ht_path_view_fini(&prober->view);
    free(prober);
}

/* --- rounds ------------------------------------------------------------------------------ */

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
                ht_prober_end_round(prober, round);
        }
    }
    for (uint32_t i = 0; i < prober->timers.count;) {
        struct ht_round *round = ht_round_of_timer(ht_heap_at(&prober->timers, i++));
        if (round->target != target)
            continue;
        ht_prober_end_round(prober, round);
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

/* Enters an ending among those of the flows with lower numbers. */
static void add_ending(struct ht_round_ending *endings, uint16_t count,
                       struct ht_round_ending ending)
{
    for (; count > 0 && endings[count - 1].round->flow.number > ending.round->flow.number; count--)
        endings[count] = endings[count - 1];
    endings[count] = ending;
}

/* Closes the record of a target with several flows and forgets their rounds. */
static void close_group(struct ht_prober *prober, struct ht_flow_group *group,
                        enum ht_stop_reason reason, struct ht_now now)
{
    struct ht_round_ending endings[HT_FLOWS_SEARCHED] = {{.round = NULL}};
    uint16_t count = group->count;
    for (uint16_t i = 0; i < count; i++)
        add_ending(endings, i, ending_of(group->rounds[i], reason, now));
    ht_round_events_close_flows(&prober->events, endings, count, group->search, &prober->view);
    for (uint16_t i = 0; i < count; i++)
        ht_prober_end_round(prober, endings[i].round);
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
    ht_prober_end_round(prober, round);
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
        for (uint16_t i = 0; group != NULL && i < group->count; i++)
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
static void fetch_finished(const struct ht_scheduler *scheduler, const struct ht_slot *slot)
{
    const struct ht_round *next = slot->next;
    if (next == NULL)
        return;
    ht_round_fetch_all(next);
    ht_flow_table_fetch_bucket(&scheduler->flows, next->flow.flow_tag);
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

/* Rounds that were finished, and are asked for more. */
static void take_up(struct ht_prober *prober, const struct ht_flow_group *group, struct ht_now now)
{
    for (uint16_t i = 0; i < group->count; i++) {
        if (ht_slot_is_done(&group->rounds[i]->slot) && group->rounds[i]->upcoming.recheck)
            ht_prober_reschedule(prober, group->rounds[i], now);
    }
}

/* All flows of a group are finished: goes on with those that its search for all paths needs. False:
 * none, the record can be made. */
static bool search_on(struct ht_prober *prober, struct ht_flow_group *group, struct ht_now now)
{
    while (ht_flow_group_is_finished(group) && ht_prober_search(prober, group, now))
        take_up(prober, group, now);
    return !ht_flow_group_is_finished(group);
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
        if (round->group != NULL &&
            (!ht_flow_group_is_finished(round->group) || search_on(prober, round->group, now))) {
            if (ht_slot_is_done(&round->slot))
                ht_scheduler_move(&prober->scheduler, round, HT_ROUND_FINISHED, false);
            continue;
        }
        fetch_finished(&prober->scheduler, &round->slot);
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
    ht_rate_limits_read(&prober->rate_limits, now.mono_ns);
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

enum ht_pacer_company ht_prober_company(const struct ht_prober *prober)
{
    size_t unfinished = prober->scheduler.rounds - prober->scheduler.done;
    bool unhurried = unfinished > 0 && prober->urgent_rounds == 0;
    if ((unfinished < MANY && !unhurried) || prober->options.on_hop != NULL ||
        ht_rate_limits_closer(&prober->rate_limits, STRICT_NS))
        return HT_PACER_FEW;
    if ((unfinished < CROWD && !unhurried) ||
        ht_rate_limits_closer(&prober->rate_limits, STRICT_CROWD_NS))
        return HT_PACER_MANY;
    return HT_PACER_CROWD;
}

int64_t ht_prober_period_ns(const struct ht_prober *prober)
{
    return ht_pacer_period_ns(&prober->pacer, ht_prober_company(prober));
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
