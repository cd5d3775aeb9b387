#include "api/targets.h"

#include <stdlib.h>

#include "api/causes.h"
#include "api/engine_internal.h"
#include "api/grid.h"
#include "api/memory.h"
#include "api/scheduled_target.h"
#include "api/taken.h"
#include "api/trigger.h"
#include "api/waiting.h"
#include "base/address.h"
#include "base/same.h"
#include "net/clock.h"
#include "wire/transport.h"

/* The first link of the chain that an id belongs to. */
static uint32_t *chain_of(const struct ht_targets *targets, uint32_t id)
{
    return &targets->buckets[id & (targets->capacity - 1)];
}

struct ht_scheduled_target *ht_targets_find(const struct ht_targets *targets, uint32_t id)
{
    if (targets->count == 0)
        return NULL;
    for (uint32_t link = *chain_of(targets, id); link != 0;
         link = targets->list[link - 1]->next_by_id) {
        if (targets->list[link - 1]->id == id)
            return targets->list[link - 1];
    }
    return NULL;
}

static void link_by_id(struct ht_targets *targets, struct ht_scheduled_target *scheduled)
{
    uint32_t *chain = chain_of(targets, scheduled->id);
    scheduled->next_by_id = *chain;
    *chain = scheduled->index + 1;
}

/* The link that leads to a target of the list. */
static uint32_t *link_to(const struct ht_targets *targets,
                         const struct ht_scheduled_target *scheduled)
{
    uint32_t *link = chain_of(targets, scheduled->id);
    while (*link != scheduled->index + 1)
        link = &targets->list[*link - 1]->next_by_id;
    return link;
}

/* Doubles the list and the buckets. False: no memory, all is as it was. */
static bool grow(struct ht_targets *targets)
{
    size_t capacity = targets->capacity == 0 ? 16 : targets->capacity * 2;
    uint32_t *buckets = calloc(capacity, sizeof *buckets);
    struct ht_scheduled_target **list =
        buckets != NULL ? realloc(targets->list, capacity * sizeof *list) : NULL;
    if (list == NULL) {
        free(buckets);
        return false;
    }
    free(targets->buckets);
    targets->buckets = buckets;
    targets->list = list;
    targets->capacity = capacity;
    for (size_t i = 0; i < targets->count; i++)
        link_by_id(targets, list[i]);
    return true;
}

static bool make_room(struct ht_engine *engine)
{
    struct ht_targets *targets = &engine->targets;
    return ht_heap_reserve(&engine->due, targets->count + 1) &&
           (targets->count < targets->capacity || grow(targets));
}

/* Ids begin at 1. After the last one they begin again and pass over those that are still in use. */
static uint32_t next_id(struct ht_targets *targets)
{
    do
        targets->last_id++;
    while (targets->last_id == 0 || ht_targets_find(targets, targets->last_id) != NULL);
    return targets->last_id;
}

/* True if the target's destination answers in the probes' own protocol, which takes a socket for
 * that. */
static bool answers_in_kind(const struct ht_scheduled_target *scheduled)
{
    return ht_transports[scheduled->target.settings.protocol]->filter_answers != NULL;
}

static void enter(struct ht_targets *targets, struct ht_scheduled_target *scheduled)
{
    scheduled->id = next_id(targets);
    scheduled->index = (uint32_t)targets->count;
    targets->list[targets->count++] = scheduled;
    link_by_id(targets, scheduled);
    if (answers_in_kind(scheduled))
        targets->tcp_count++;
}

/* The last one of the list takes the place of the one that goes. */
static void take_out(struct ht_targets *targets, const struct ht_scheduled_target *scheduled)
{
    struct ht_scheduled_target *last = targets->list[targets->count - 1];
    *link_to(targets, scheduled) = scheduled->next_by_id;
    if (last != scheduled) {
        *link_to(targets, last) = scheduled->index + 1;
        targets->list[scheduled->index] = last;
        last->index = scheduled->index;
    }
    targets->count--;
    if (answers_in_kind(scheduled))
        targets->tcp_count--;
}

/* Why a host that is an address cannot be one to measure; NULL: it can, or is a name. */
static const char *unfit_literal(const char *host)
{
    struct ht_address literal;
    const char *zone;
    return ht_address_parse_zoned(host, &literal, &zone) ? ht_address_unfit(&literal) : NULL;
}

/* HT_OK, or HT_ERR_INVALID: the target cannot be measured. */
static int check_target(const struct ht_targets *targets, const struct ht_target *target,
                        struct ht_error *error)
{
    const struct ht_scheduled_target *last =
        targets->count > 0 ? targets->list[targets->count - 1] : NULL;
    if (target->host == NULL || target->host[0] == '\0')
        return ht_error_set(error, HT_ERR_INVALID, "a target without a host");
    const char *unfit = unfit_literal(target->host);
    if (unfit != NULL)
        return ht_error_set(error, HT_ERR_INVALID, "host: %.60s %s", target->host, unfit);
    /* Nearly all of thousands have the same settings. */
    if (last != NULL &&
        ht_same_bytes(&target->settings, &last->target.settings, sizeof target->settings))
        return HT_OK;
    return ht_settings_check(&target->settings, error);
}

int ht_engine_add_sized(struct ht_engine *engine, const struct ht_target *target,
                        size_t struct_size, uint32_t *id, struct ht_error *error)
{
    struct ht_target own;
    int code = ht_target_take(&own, target, struct_size, error);
    if (code == HT_OK)
        code = check_target(&engine->targets, &own, error);
    if (code != HT_OK)
        return code;
    struct ht_scheduled_target *scheduled =
        make_room(engine) ? ht_scheduled_target_new(engine, &own) : NULL;
    if (scheduled == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    enter(&engine->targets, scheduled);
    ht_memory_recall(scheduled);
    int64_t now_ns = ht_clock_now().mono_ns;
    ht_schedule_init(&scheduled->schedule, ht_trigger_first_ns(engine, now_ns),
                     own.settings.interval_ns, engine->options.rounds);
    ht_grid_enter(scheduled);
    if (!engine->loop.interrupted) {
        ht_heap_set(&engine->due, &scheduled->timer, scheduled->schedule.next_ns);
        if (!engine->loop.busy)
            ht_watch_until(&engine->watch, engine->sockets,
                           ht_time_min(engine->watch.timer_ns, now_ns), engine->watch.resting);
    }
    if (id != NULL)
        *id = scheduled->id;
    return HT_OK;
}

static void free_target(struct ht_engine *engine, struct ht_scheduled_target *scheduled)
{
    take_out(&engine->targets, scheduled);
    if (ht_scheduled_target_is_probed(scheduled))
        ht_prober_drop(engine->prober, &scheduled->target);
    if (scheduled->lookup != NULL)
        ht_resolver_cancel(engine->resolver, scheduled->lookup);
    if (scheduled->in_round)
        engine->rounds--;
    ht_waiting_drop(scheduled);
    ht_load_drop(scheduled);
    ht_grid_leave(scheduled);
    ht_causes_forget(scheduled);
    ht_memory_leave(scheduled);
    ht_scheduled_target_free(scheduled);
}

void ht_targets_free_removed(struct ht_engine *engine)
{
    struct ht_targets *targets = &engine->targets;
    if (targets->removed == NULL)
        return;
    while (targets->removed != NULL) {
        struct ht_scheduled_target *scheduled = targets->removed;
        targets->removed = scheduled->next_removed;
        free_target(engine, scheduled);
    }
    /* A raw TCP socket is shown every segment of this host: it goes with the last TCP target. */
    if (targets->tcp_count == 0 && !engine->options.any_target)
        ht_opening_close_tcp(engine);
}

void ht_engine_remove(struct ht_engine *engine, uint32_t id)
{
    struct ht_scheduled_target *scheduled = ht_targets_find(&engine->targets, id);
    if (scheduled == NULL || scheduled->removed)
        return;
    scheduled->removed = true;
    scheduled->next_removed = engine->targets.removed;
    engine->targets.removed = scheduled;
    ht_heap_remove(&engine->due, &scheduled->timer);
    if (!engine->loop.busy)
        ht_targets_free_removed(engine);
}

void ht_targets_fini(struct ht_targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        ht_scheduled_target_free(targets->list[i]);
    free(targets->list);
    free(targets->buckets);
}
