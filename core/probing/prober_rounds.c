#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "probing/log/tcp_listener.h"
#include "probing/multipath/flow_search.h"
#include "probing/prober_internal.h"
#include "probing/round/partial.h"
#include "probing/round/round.h"
#include "probing/round/sizing.h"
#include "probing/rounds/flow_group.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* Where a target is measured time and again, with an interval of this or more, no user waits for a
 * record. */
#define MONITORED_NS HT_NS_PER_S

static bool is_urgent(const struct ht_target *target)
{
    return target->settings.interval_ns < MONITORED_NS;
}

void ht_prober_end_round(struct ht_prober *prober, struct ht_round *round)
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

/* Makes room for the rounds of `flows` flows before any of them begins. False: no memory. */
static bool reserve(struct ht_prober *prober, uint16_t flows)
{
    return ht_heap_reserve(&prober->timers, prober->scheduler.rounds + flows) &&
           ht_scheduler_reserve(&prober->scheduler, flows);
}

static struct ht_flow flow_of(const struct ht_prober *prober,
                              const struct ht_round_request *request, uint16_t number)
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

/* Of a flow the kernel has one connection, and for so long. */
static void limit_to_connection(struct ht_round *round, int64_t connection_ns)
{
    if (connection_ns == 0 || !ht_transport_of(&round->flow)->one_at_a_time)
        return;
    round->ids.alone = true;
    round->log.asked.timeout_ns = ht_time_min(round->log.asked.timeout_ns, connection_ns);
}

/* What the flow that begins as the index-th one has to do with earlier rounds. */
static const struct ht_flow_request *past_of(const struct ht_round_request *request, uint16_t index)
{
    static const struct ht_flow_request nothing = {.previous = NULL};
    return request->flows != NULL ? &request->flows[index] : &nothing;
}

/* Queues the round of one flow, for which there is room. NULL: no memory. */
static struct ht_round *start_flow(struct ht_prober *prober, const struct ht_round_request *request,
                                   const struct ht_flow_request *past, uint16_t number)
{
    const struct ht_settings *settings = &request->target->settings;
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
    if (settings->mtu && number == 0 && !ht_sizing_begin(round, request->device_mtu))
        round->host.out_of_memory = true;
    round->told.next_hop = settings->first_ttl;
    round->told.tells_nodes = prober->options.on_node != NULL && !settings->numeric;
    ht_scheduler_enter(&prober->scheduler, round);
    if (number >= prober->most_flows)
        prober->most_flows = (uint16_t)(number + 1);
    prober->urgent_rounds += is_urgent(request->target);
    return round;
}

/* Makes room in a group, and among all rounds. False: no memory. */
static bool make_room(struct ht_prober *prober, struct ht_flow_group *group, uint16_t flows)
{
    return reserve(prober, flows) && ht_flow_group_reserve(group, flows) &&
           ht_round_events_reserve(&prober->events, (uint16_t)(group->count + flows));
}

/* The rounds of several flows, all or none. False: no memory. */
static bool start_group(struct ht_prober *prober, const struct ht_round_request *request,
                        const struct ht_flow_set *flows, uint16_t count)
{
    struct ht_flow_group *group = ht_flow_group_new();
    if (group == NULL)
        return false;
    bool searches = request->target->settings.flows == HT_FLOWS_ALL && request->failure > 0;
    if (searches)
        group->search = ht_flow_search_new(request);
    bool started = make_room(prober, group, count) && (!searches || group->search != NULL);
    for (unsigned number = 0; started && group->count < count; number++) {
        number = ht_flow_set_next(flows, number);
        struct ht_round *round =
            start_flow(prober, request, past_of(request, group->count), (uint16_t)number);
        started = round != NULL;
        if (started)
            ht_flow_group_enter(group, round);
        if (started && searches)
            started = ht_flow_search_enter(group->search, round);
    }
    if (!started && group->count == 0)
        ht_flow_group_free(group);
    else if (!started)
        for (uint16_t entered = group->count; entered-- > 0;)
            ht_prober_end_round(prober, group->rounds[entered]);
    return started;
}

/* How many flows there are to be had of a target with these settings. */
static uint16_t flows_to_be_had(const struct ht_prober *prober, const struct ht_settings *settings)
{
    bool has_ports = ht_transports[settings->protocol]->has_ports;
    return has_ports ? prober->options.ids.count : HT_FLOWS_SEARCHED;
}

/* The flows to begin with; returns how many. */
static uint16_t flows_of(const struct ht_prober *prober, const struct ht_round_request *request,
                         struct ht_flow_set *flows)
{
    const struct ht_settings *settings = &request->target->settings;
    uint16_t end = flows_to_be_had(prober, settings);
    uint16_t count = 0;
    for (uint16_t flow = 0; flow < HT_FLOWS_SEARCHED && flow < end; flow++) {
        bool begins = settings->flows == HT_FLOWS_ALL
                          ? flow == 0 || ht_flow_set_has(&request->chosen, flow)
                          : flow < settings->flows;
        if (!begins)
            continue;
        ht_flow_set_add(flows, flow);
        count++;
    }
    return count;
}

int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error)
{
    const struct ht_settings *settings = &request->target->settings;
    struct ht_flow_set flows = {{0}};
    bool queued;
    if (settings->flows > 1) {
        uint16_t count = flows_of(prober, request, &flows);
        if (settings->flows != HT_FLOWS_ALL && count < settings->flows)
            return ht_error_set(error, HT_ERR_INVALID, "%u flows, %u ports",
                                (unsigned)settings->flows, (unsigned)count);
        queued = start_group(prober, request, &flows, count);
    } else {
        queued = reserve(prober, 1) && start_flow(prober, request, past_of(request, 0), 0) != NULL;
    }
    return queued ? HT_OK : ht_error_set(error, HT_ERR_NOMEM, "out of memory");
}

/* --- all paths ---------------------------------------------------------------------------- */

/* Begins the partial round of a flow. NULL: no memory. */
static struct ht_round *begin_partial(struct ht_prober *prober, struct ht_flow_group *group,
                                      uint16_t flow)
{
    static const struct ht_flow_request nothing = {.previous = NULL};
    struct ht_round *round = NULL;
    if (make_room(prober, group, 1))
        round = start_flow(prober, &group->search->request, &nothing, flow);
    if (round == NULL)
        return NULL;
    ht_partial_begin(&round->log.asked);
    ht_flow_group_enter(group, round);
    return ht_flow_search_enter(group->search, round) ? round : NULL;
}

/* Asks a flow at a ttl. False: no memory. */
static bool ask(struct ht_prober *prober, struct ht_flow_group *group,
                struct ht_multipath_probe probe, struct ht_now now)
{
    struct ht_round *round = ht_flow_search_round(group->search, probe.flow);
    if (round == NULL)
        round = begin_partial(prober, group, probe.flow);
    if (round == NULL || !ht_partial_ask(round, probe.ttl, now.mono_ns))
        return false;
    ht_flow_search_note(group->search, probe.flow);
    return true;
}

/* What the search needs next. Flows of ports are reserved as they are needed. */
static size_t next_probes(struct ht_prober *prober, struct ht_flow_search *search,
                          struct ht_multipath_probe *probes)
{
    const struct ht_prober_options *options = &prober->options;
    const struct ht_settings *settings = &search->request.target->settings;
    for (;;) {
        uint16_t flows = flows_to_be_had(prober, settings);
        size_t count = ht_flow_search_next(search, &prober->view, flows, probes);
        bool lacks = count == 0 && (search->progress.unproven & HT_UNPROVEN_FLOWS) != 0;
        if (!lacks || flows == HT_FLOWS_SEARCHED || options->on_few_ids == NULL)
            return count;
        options->on_few_ids(options->user);
        if (flows_to_be_had(prober, settings) == flows)
            return 0;
    }
}

bool ht_prober_search(struct ht_prober *prober, struct ht_flow_group *group, struct ht_now now)
{
    struct ht_multipath_probe probes[HT_SEARCH_BATCH_MAX];
    uint16_t flows[HT_FLOWS_SEARCHED];
    struct ht_flow_search *search = group->search;
    if (search == NULL || search->over)
        return false;
    size_t count = next_probes(prober, search, probes);
    for (size_t i = 0; i < count; i++) {
        if (!ask(prober, group, probes[i], now)) {
            ht_flow_search_stop(search);
            return true;
        }
    }
    if (count > 0)
        return true;
    count = ht_flow_search_complete(search, &prober->view, flows);
    for (size_t i = 0; i < count; i++) {
        struct ht_round *round = ht_flow_search_round(search, flows[i]);
        round->look.known = search->known;
        ht_partial_complete(round, ht_flow_search_end_ttl(&prober->view, round));
    }
    return count > 0;
}
