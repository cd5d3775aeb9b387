#include "api/targets.h"

#include <stdlib.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "api/taken.h"
#include "api/waiting.h"
#include "base/address.h"
#include "net/clock.h"

static bool make_room(struct ht_engine *engine)
{
    if (!ht_heap_reserve(&engine->due, engine->targets.count + 1))
        return false;
    if (engine->targets.count < engine->targets.capacity)
        return true;
    size_t capacity = engine->targets.capacity == 0 ? 16 : engine->targets.capacity * 2;
    struct ht_scheduled_target **list = realloc(engine->targets.list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    engine->targets.list = list;
    engine->targets.capacity = capacity;
    return true;
}

/* Why a host that is an address cannot be one to measure; NULL: it can, or is a name. */
static const char *unfit_literal(const char *host)
{
    struct ht_address literal;
    const char *zone;
    return ht_address_parse_zoned(host, &literal, &zone) ? ht_address_unfit(&literal) : NULL;
}

/* HT_OK, or HT_ERR_INVALID: the target cannot be measured. */
static int check_target(const struct ht_target *target, struct ht_error *error)
{
    if (target->host == NULL || target->host[0] == '\0')
        return ht_error_set(error, HT_ERR_INVALID, "a target without a host");
    const char *unfit = unfit_literal(target->host);
    if (unfit != NULL)
        return ht_error_set(error, HT_ERR_INVALID, "host: %.60s %s", target->host, unfit);
    return ht_settings_check(&target->settings, error);
}

int ht_engine_add_sized(struct ht_engine *engine, const struct ht_target *target,
                        size_t struct_size, uint32_t *id, struct ht_error *error)
{
    struct ht_target own;
    int code = ht_target_take(&own, target, struct_size, error);
    if (code == HT_OK)
        code = check_target(&own, error);
    if (code != HT_OK)
        return code;
    struct ht_scheduled_target *scheduled =
        make_room(engine) ? ht_scheduled_target_new(engine, &own) : NULL;
    if (scheduled == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    scheduled->id = ++engine->targets.last_id;
    scheduled->index = (uint32_t)engine->targets.count;
    engine->targets.list[engine->targets.count++] = scheduled;
    int64_t now_ns = ht_clock_now().mono_ns;
    ht_schedule_init(&scheduled->schedule, now_ns, own.settings.interval_ns,
                     engine->options.rounds);
    if (!engine->loop.interrupted) {
        ht_heap_set(&engine->due, &scheduled->timer, now_ns);
        if (!engine->loop.busy)
            ht_watch_until(&engine->watch, engine->sockets,
                           ht_time_min(engine->watch.timer_ns, now_ns), engine->watch.resting);
    }
    if (id != NULL)
        *id = scheduled->id;
    return HT_OK;
}

/* A raw TCP socket is shown every segment of this host: it goes with the last TCP target. */
static void close_unused_tcp(struct ht_engine *engine)
{
    for (size_t i = 0; i < engine->targets.count; i++) {
        if (engine->targets.list[i]->target.settings.protocol == HT_TCP)
            return;
    }
    ht_opening_close_tcp(engine);
}

static void free_target(struct ht_engine *engine, struct ht_scheduled_target *scheduled)
{
    struct ht_scheduled_target *last = engine->targets.list[--engine->targets.count];
    engine->targets.list[scheduled->index] = last;
    last->index = scheduled->index;
    ht_prober_drop(engine->prober, &scheduled->target);
    if (scheduled->lookup != NULL)
        ht_resolver_cancel(engine->resolver, scheduled->lookup);
    if (scheduled->in_round)
        engine->rounds--;
    ht_waiting_drop(scheduled);
    ht_load_drop(scheduled);
    ht_scheduled_target_free(scheduled);
}

void ht_targets_free_removed(struct ht_engine *engine)
{
    if (!engine->targets.removals)
        return;
    engine->targets.removals = false;
    for (size_t i = engine->targets.count; i-- > 0;) {
        if (engine->targets.list[i]->removed)
            free_target(engine, engine->targets.list[i]);
    }
    close_unused_tcp(engine);
}

void ht_engine_remove(struct ht_engine *engine, uint32_t id)
{
    for (size_t i = 0; i < engine->targets.count; i++) {
        struct ht_scheduled_target *scheduled = engine->targets.list[i];
        if (scheduled->id != id)
            continue;
        scheduled->removed = true;
        engine->targets.removals = true;
        ht_heap_remove(&engine->due, &scheduled->timer);
    }
    if (!engine->loop.busy)
        ht_targets_free_removed(engine);
}

void ht_targets_fini(struct ht_targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        ht_scheduled_target_free(targets->list[i]);
    free(targets->list);
}
