#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "probing/log/tcp_listener.h"
#include "probing/multipath/flow_search.h"
#include "probing/prober_internal.h"
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
static bool reserve(struct ht_prober *prober, uint8_t flows)
{
    return ht_heap_reserve(&prober->timers, prober->scheduler.rounds + flows) &&
           ht_scheduler_reserve(&prober->scheduler, flows);
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

/* Of a flow the kernel has one connection, and for so long. */
static void limit_to_connection(struct ht_round *round, int64_t connection_ns)
{
    if (connection_ns == 0 || !ht_transport_of(&round->flow)->one_at_a_time)
        return;
    round->ids.alone = true;
    round->log.asked.timeout_ns = ht_time_min(round->log.asked.timeout_ns, connection_ns);
}

/* Queues the round of one flow, for which there is room. NULL: no memory. */
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
    if (settings->mtu && number == 0 && !ht_sizing_begin(round, request->device_mtu))
        round->host.out_of_memory = true;
    round->told.next_hop = settings->first_ttl;
    round->told.tells_nodes = prober->options.on_node != NULL && !settings->numeric;
    ht_scheduler_enter(&prober->scheduler, round);
    prober->urgent_rounds += is_urgent(request->target);
    return round;
}

/* The rounds of several flows, all or none. False: no memory. */
static bool start_group(struct ht_prober *prober, const struct ht_round_request *request,
                        uint64_t flows, uint8_t capacity)
{
    struct ht_flow_group *group = ht_flow_group_new(capacity);
    if (group == NULL)
        return false;
    bool searches = request->target->settings.flows == HT_FLOWS_ALL && request->failure > 0;
    if (searches)
        group->search = ht_flow_search_new(request);
    bool started = !searches || group->search != NULL;
    for (uint8_t number = 0; number < HT_FLOWS_MAX && started; number++) {
        if ((flows >> number & 1) == 0)
            continue;
        struct ht_round *round = start_flow(prober, request, number);
        started = round != NULL;
        if (started)
            ht_flow_group_enter(group, round);
    }
    if (!started && group->count == 0)
        ht_flow_group_free(group);
    else if (!started)
        for (uint8_t entered = group->count; entered-- > 0;)
            ht_prober_end_round(prober, group->rounds[entered]);
    return started;
}

static uint64_t flows_of(const struct ht_round_request *request)
{
    uint8_t flows = request->target->settings.flows;
    if (flows == HT_FLOWS_ALL)
        return request->chosen | 1;
    return flows < HT_FLOWS_MAX ? (UINT64_C(1) << flows) - 1 : UINT64_MAX;
}

int ht_prober_start(struct ht_prober *prober, const struct ht_round_request *request,
                    struct ht_error *error)
{
    const struct ht_settings *settings = &request->target->settings;
    bool grouped = settings->flows > 1;
    uint8_t most = settings->flows == HT_FLOWS_ALL ? HT_FLOWS_MAX : grouped ? settings->flows : 1;
    if (grouped && ht_transports[settings->protocol]->has_ports && most > prober->options.ids.count)
        return ht_error_set(error, HT_ERR_INVALID, "%u flows, %u ports", (unsigned)most,
                            (unsigned)prober->options.ids.count);
    bool queued =
        reserve(prober, most) && (!grouped || ht_round_events_reserve(&prober->events, most));
    if (queued && grouped)
        queued = start_group(prober, request, flows_of(request), most);
    else if (queued)
        queued = start_flow(prober, request, 0) != NULL;
    if (!queued)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    if (most > prober->most_flows)
        prober->most_flows = most;
    return HT_OK;
}

/* --- further flows ------------------------------------------------------------------------ */

/* Begins the flows of a batch. False: no memory; those that were begun go on. */
static bool begin_flows(struct ht_prober *prober, struct ht_flow_group *group, uint64_t flows)
{
    for (uint8_t number = 0; number < HT_FLOWS_MAX; number++) {
        if ((flows >> number & 1) == 0)
            continue;
        struct ht_round *round = NULL;
        if (reserve(prober, 1))
            round = start_flow(prober, &group->search->request, number);
        if (round == NULL)
            return false;
        ht_flow_group_enter(group, round);
    }
    return true;
}

static uint8_t flows_to_be_had(const struct ht_prober *prober, const struct ht_flow_search *search)
{
    enum ht_protocol protocol = search->request.target->settings.protocol;
    uint8_t ports = prober->options.ids.count;
    return ht_transports[protocol]->has_ports && ports < HT_FLOWS_MAX ? ports : HT_FLOWS_MAX;
}

uint64_t ht_prober_search(struct ht_prober *prober, struct ht_flow_group *group)
{
    struct ht_flow_search *search = group->search;
    struct ht_flow_batch batch;
    if (search == NULL || search->over)
        return 0;
    for (uint8_t i = 0; i < group->count; i++)
        ht_flow_search_take(search, group->rounds[i]);
    if (!ht_flow_search_next(search, &prober->view, flows_to_be_had(prober, search), &batch))
        return 0;
    if (!begin_flows(prober, group, batch.begun))
        ht_flow_search_stop(search);
    return batch.again;
}
