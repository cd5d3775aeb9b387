#include "api/memory.h"

#include <stdlib.h>
#include <string.h>

#include "api/all_paths.h"
#include "api/branch_verdict.h"
#include "api/engine_internal.h"
#include "api/packets.h"
#include "api/scheduled_target.h"
#include "api/verdict.h"
#include "api/where_event.h"
#include "history/history.h"
#include "model/protocol.h"
#include "net/clock.h"
#include "net/route.h"
#include "probing/result/sightings.h"
#include "state/state.h"
#include "wire/transport.h"

static bool is_remembered(const struct ht_scheduled_target *scheduled)
{
    return scheduled->target.settings.interval_ns > 0 || scheduled->engine->options.state != NULL;
}

/* Problems of the state file are the caller's to tell; the engine goes on without. */
static void tell(const struct ht_engine *engine, const struct ht_error *error)
{
    if (engine->options.on_problem != NULL)
        engine->options.on_problem(engine->options.user, error);
}

void ht_memory_open(struct ht_engine *engine)
{
    struct ht_error error;
    if (engine->options.state == NULL)
        return;
    if (ht_state_open(engine->options.state, &engine->history, engine->now, &engine->state,
                      &error) != HT_OK)
        tell(engine, &error);
    for (size_t i = 0; i < engine->targets.count; i++)
        ht_memory_recall(engine->targets.list[i]);
}

void ht_memory_save(struct ht_engine *engine)
{
    struct ht_error error;
    if (engine->state != NULL && ht_state_step(engine->state, engine->now, &error) != HT_OK)
        tell(engine, &error);
}

int64_t ht_memory_next_ns(const struct ht_engine *engine)
{
    return engine->state != NULL ? ht_state_next_ns(engine->state) : HT_NEVER;
}

void ht_memory_close(struct ht_engine *engine)
{
    struct ht_error error;
    if (ht_state_close(engine->state, ht_clock_now(), &error) != HT_OK)
        tell(engine, &error);
    engine->state = NULL;
    ht_history_fini(&engine->history);
}

/* True if the last record was of the same question: only then its address can be compared. */
static bool asks_the_same(const struct ht_remembered *remembered, const struct ht_target *target)
{
    return remembered->host != NULL && strcmp(remembered->host, target->host) == 0 &&
           remembered->family == target->settings.family;
}

void ht_memory_recall(struct ht_scheduled_target *scheduled)
{
    struct ht_remembered *remembered =
        ht_history_find(&scheduled->engine->history, scheduled->target.name);
    if (remembered == NULL || remembered->in_use || !is_remembered(scheduled))
        return;
    remembered->awaited = true;
    if (asks_the_same(remembered, &scheduled->target))
        scheduled->address = remembered->address;
}

/* What is remembered under the target's name, unless another target of this engine has it. */
static struct ht_remembered *acquire(struct ht_scheduled_target *scheduled)
{
    if (scheduled->remembered != NULL || !is_remembered(scheduled))
        return scheduled->remembered;
    struct ht_remembered *remembered =
        ht_history_make(&scheduled->engine->history, scheduled->target.name);
    if (remembered == NULL || remembered->in_use)
        return NULL;
    scheduled->news = calloc(1, sizeof *scheduled->news);
    if (scheduled->news == NULL)
        return NULL;
    remembered->in_use = true;
    remembered->awaited = false;
    scheduled->remembered = remembered;
    return remembered;
}

static struct ht_path_key key_of(const struct ht_scheduled_target *scheduled,
                                 const struct ht_route *route, uint16_t flow)
{
    const struct ht_settings *settings = &scheduled->target.settings;
    const struct ht_local_ids *ids = &scheduled->engine->openings.ids;
    bool has_ports = ht_transports[settings->protocol]->has_ports;
    struct ht_path_key key = {.address = route->destination,
                              .source = route->source,
                              .fwmark = settings->fwmark,
                              .port = ht_settings_port(settings),
                              .local_id = ids->of_flow[has_ports ? flow : 0],
                              .protocol = (uint8_t)settings->protocol,
                              .tos = settings->tos,
                              .flow = flow};
    memcpy(key.interface, settings->interface, sizeof key.interface);
    return key;
}

void ht_memory_begin(struct ht_scheduled_target *scheduled, const struct ht_route *route,
                     struct ht_flow_request flows[static HT_FLOWS_SEARCHED],
                     struct ht_round_request *round)
{
    const struct ht_settings *settings = &scheduled->target.settings;
    struct ht_path_key keys[HT_FLOWS_SEARCHED];
    struct ht_remembered *remembered = acquire(scheduled);
    ht_all_paths_begin(scheduled, route, round);
    if (remembered == NULL)
        return;
    bool all = settings->flows == HT_FLOWS_ALL;
    uint16_t count = 0;
    for (uint16_t flow = 0; flow < ht_settings_most_flows(settings); flow++) {
        if (!all || ht_flow_set_has(&round->chosen, flow))
            keys[count++] = key_of(scheduled, route, flow);
    }
    if (!ht_remembered_paths(remembered, keys, count))
        return;
    for (uint16_t i = 0; i < count; i++) {
        struct ht_path_memory *memory = remembered->memories[i];
        flows[i] = (struct ht_flow_request){.previous = &memory->round, .known = memory};
    }
}

/* A name that moves is news; a target that is configured anew is not. */
static void compare_address(struct ht_scheduled_target *scheduled, const struct ht_report *report)
{
    struct ht_remembered *remembered = scheduled->remembered;
    struct ht_address literal;
    if (asks_the_same(remembered, &scheduled->target) &&
        !ht_address_parse(scheduled->target.host, &literal) &&
        remembered->address.version != HT_IP_NONE &&
        !ht_address_equal(&remembered->address, &report->address)) {
        scheduled->news->old_address = remembered->address;
        remembered->event_counts[HT_EVENT_ADDRESS_CHANGED]++;
    }
    if (ht_remembered_set_host(remembered, scheduled->target.host)) {
        remembered->family = scheduled->target.settings.family;
        remembered->address = report->address;
    }
}

/* The place of a change from one value to another; news->count: there is none. */
static uint8_t find_marking(const struct ht_marking_news *news,
                            const struct ht_marking_event *event)
{
    uint8_t i = 0;
    while (i < news->count && (news->list[i].event.old_tos != event->old_tos ||
                               news->list[i].event.new_tos != event->new_tos))
        i++;
    return i;
}

/* Of a change that several flows show that at the lowest hop is news, unless another flow has told
 * it in the last round. */
static void add_marking(struct ht_news *news, const struct ht_marking_event *event, uint16_t flow)
{
    struct ht_marking_news *now = &news->markings;
    uint8_t earlier = find_marking(&news->earlier_markings, event);
    uint8_t place = find_marking(now, event);
    if (place == HT_NEWS_MARKINGS_MAX || (earlier < news->earlier_markings.count &&
                                          news->earlier_markings.list[earlier].flow != flow))
        return;
    if (place < now->count && now->list[place].event.hop <= event->hop)
        return;
    now->list[place].event = *event;
    now->list[place].flow = flow;
    now->count = (uint8_t)(now->count + (place == now->count));
}

/* Enters what a flow's hops quoted. */
static void take_marking(struct ht_path_memory *memory, const struct ht_report *report,
                         uint16_t flow, uint8_t changed_ttl, struct ht_news *news)
{
    struct ht_marking_event event;
    if (ht_packets_take(&memory->marking, memory->key.tos, report, changed_ttl, &event))
        add_marking(news, &event, flow);
}

/* Enters the path MTU, which is that of flow 0. */
static void take_mtu(struct ht_path_memory *memory, const struct ht_report *report,
                     struct ht_news *news)
{
    struct ht_mtu_event event;
    if (report->mtu != NULL && ht_path_mtu_take(&memory->mtu, report->mtu, &event))
        news->mtu = event;
}

/* Enters what each flow that is in use has seen. True if the path of one has changed: the news has
 * the change at the lowest ttl, of the lowest flow. */
static bool take_paths(const struct ht_remembered *remembered, const struct ht_report *report,
                       const struct ht_flow_sightings *seen, struct ht_news *news)
{
    bool any = false;
    for (size_t i = 0; i == 0 || i < report->flow_count; i++) {
        uint16_t flow = report->flow_count > 0 ? report->flows[i].flow : 0;
        struct ht_path_memory *memory = ht_remembered_flow(remembered, flow);
        struct ht_path_change change;
        if (memory == NULL)
            continue;
        bool changed = ht_path_memory_take(memory, seen[i].report, &seen[i].sightings, &change);
        take_marking(memory, seen[i].report, flow, changed ? change.ttl : 0, news);
        take_mtu(memory, seen[i].report, news);
        if (!changed || (any && change.ttl >= news->path.ttl))
            continue;
        any = true;
        news->path = change;
        news->path_flow = flow;
    }
    return any;
}

void ht_memory_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                    const struct ht_flow_sightings *seen)
{
    struct ht_remembered *remembered = scheduled->remembered;
    struct ht_news *news = scheduled->news;
    compare_address(scheduled, report);
    bool changed = take_paths(remembered, report, seen, news);
    remembered->event_counts[HT_EVENT_PATH_CHANGED] += changed;
    remembered->event_counts[HT_EVENT_MARKING_CHANGED] += news->markings.count;
    remembered->event_counts[HT_EVENT_MTU_CHANGED] += news->mtu.new_mtu != 0;
    ht_verdict_take(scheduled, report, changed ? news->path.ttl : 0);
    ht_branch_verdict_take(scheduled, report, seen);
    ht_all_paths_take(scheduled, report, seen, changed);
    for (uint8_t i = 0; i < news->verdict.event_count; i++)
        remembered->event_counts[ht_where_event_kind(news->verdict.events[i].kind)]++;
    if (scheduled->engine->state != NULL)
        ht_state_note(scheduled->engine->state);
}

void ht_memory_show(struct ht_scheduled_target *scheduled, struct ht_report *report)
{
    const struct ht_remembered *remembered = scheduled->remembered;
    if (remembered == NULL)
        return;
    report->remembered = true;
    report->event_counts = remembered->event_counts;
    report->event_kinds = HT_EVENT_KINDS;
    if (remembered->count == 0)
        return;
    report->path_changes = remembered->memories[0]->changes;
    report->path_since_ns = remembered->memories[0]->since_ns;
    for (uint16_t flow = 1; flow < remembered->flows_in_use; flow++) {
        const struct ht_path_memory *memory = remembered->memories[flow];
        report->path_changes += memory->changes;
        report->path_since_ns = ht_time_max(report->path_since_ns, memory->since_ns);
    }
    ht_all_paths_show_changes(scheduled, report);
    ht_verdict_show(scheduled, report);
}

void ht_memory_leave(struct ht_scheduled_target *scheduled)
{
    struct ht_engine *engine = scheduled->engine;
    struct ht_remembered *remembered = scheduled->remembered;
    if (remembered != NULL) {
        remembered->in_use = false;
        remembered->flows_in_use = 0;
    } else {
        remembered = ht_history_find(&engine->history, scheduled->target.name);
    }
    if (remembered != NULL)
        remembered->awaited = false;
    engine->history_left |= remembered != NULL && engine->options.state == NULL;
    scheduled->remembered = NULL;
}

void ht_memory_forget_left(struct ht_engine *engine)
{
    struct ht_history *history = &engine->history;
    for (size_t i = history->count; engine->history_left && i-- > 0;) {
        const struct ht_remembered *remembered = history->list[i];
        if (!remembered->in_use && !remembered->awaited)
            ht_history_forget(history, remembered->name);
    }
    engine->history_left = false;
}
