#include <stdlib.h>
#include <string.h>

#include "api/causes.h"
#include "api/delivery.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/opening.h"
#include "api/rounds.h"
#include "api/scheduled_target.h"
#include "api/taken.h"
#include "api/waiting.h"
#include "net/backend.h"
#include "net/clock.h"
#include "net/host_secret.h"
#include "net/random.h"
#include "net/zone_names.h"

static struct ht_sockets *new_sockets(enum ht_sockets_kind kind)
{
    return ht_sockets_new(kind == HT_SOCKETS_USER ? &ht_backend_user : &ht_backend_raw,
                          kind == HT_SOCKETS_AUTO ? &ht_backend_user : NULL);
}

static int make_parts(struct ht_engine *engine, struct ht_error *error)
{
    uint64_t *host_secret = engine->openings.host_secret;
    struct ht_prober_options prober_options = {.pps = engine->options.pps,
                                               .on_report = ht_round_report,
                                               .on_node = ht_names_note,
                                               .on_few_ids = ht_opening_reserve_more,
                                               .user = engine,
                                               .zones = &engine->zones};
    if (engine->options.on_hop != NULL)
        prober_options.on_hop = ht_delivery_hop;
    int code = ht_random(prober_options.secret, sizeof prober_options.secret, error);
    if (code == HT_OK)
        code = ht_host_secret(host_secret, error);
    memcpy(prober_options.host_secret, host_secret, sizeof prober_options.host_secret);
    if (code == HT_OK)
        code = ht_watch_open(&engine->watch, error);
    if (code == HT_OK)
        code = ht_address_changes_open(&engine->address_changes, engine->watch.epoll_fd,
                                       HT_TAG_ADDRESSES, error);
    if (code == HT_OK)
        code = ht_resolver_new(engine->watch.epoll_fd, HT_TAG_RESOLVER, &engine->resolver, error);
    if (code == HT_OK)
        code = ht_names_init(&engine->names, engine->watch.epoll_fd, HT_TAG_NAMES, error);
    if (code != HT_OK)
        return code;
    engine->prober = ht_prober_new(&prober_options);
    engine->sockets = new_sockets(engine->options.sockets);
    engine->loop.batch = calloc(HT_BATCH_MAX, sizeof *engine->loop.batch);
    if (engine->prober == NULL || engine->sockets == NULL || engine->loop.batch == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    return HT_OK;
}

/* Puts a copy in the place of a string that there may be. False: no memory. */
static bool take_string(const char **string, char **copy)
{
    if (*string == NULL)
        return true;
    *copy = strdup(*string);
    *string = *copy;
    return *copy != NULL;
}

/* The caller's strings may go. False: no memory. */
static bool take_options(struct ht_engine *engine, const struct ht_engine_options *options)
{
    engine->options = *options;
    return take_string(&engine->options.state, &engine->state_path) &&
           take_string(&engine->options.asn_db, &engine->asn_path);
}

int ht_engine_new_sized(const struct ht_engine_options *options, size_t struct_size,
                        struct ht_engine **engine, struct ht_error *error)
{
    struct ht_engine_options own = {.on_report = NULL};
    int code = options != NULL ? ht_engine_options_take(&own, options, struct_size, error) : HT_OK;
    if (code != HT_OK)
        return code;
    if (own.on_report == NULL)
        return ht_error_set(error, HT_ERR_INVALID, "engine options lack on_report");
    struct ht_engine *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    ht_route_query_init(&made->router);
    ht_openings_init(&made->openings);
    ht_watch_init(&made->watch);
    ht_address_changes_init(&made->address_changes);
    made->loop.deadline_ns = HT_NEVER;
    made->loop.resumed_ns = HT_NEVER;
    int64_t least_ns;
    ht_clock_suspended(&least_ns, &made->loop.suspended_ns);
    made->now = ht_clock_now();
    ht_grid_init(&made->grid, made->now);
    code = take_options(made, &own) && ht_health_open(made)
               ? make_parts(made, error)
               : ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    if (code != HT_OK) {
        ht_engine_free(made);
        return code;
    }
    *engine = made;
    return HT_OK;
}

void ht_engine_free(struct ht_engine *engine)
{
    if (engine == NULL)
        return;
    ht_health_close(engine);
    ht_prober_free(engine->prober);
    ht_causes_fini(engine);
    ht_memory_close(engine);
    ht_verdict_fini(&engine->shown);
    ht_branch_verdict_fini(&engine->branches);
    ht_resolver_free(engine->resolver);
    ht_sockets_free(engine->sockets);
    ht_route_query_fini(&engine->router);
    ht_openings_fini(&engine->openings);
    for (size_t i = 0; i < engine->targets.count; i++)
        ht_waiting_drop(engine->targets.list[i]);
    ht_targets_fini(&engine->targets);
    ht_grid_fini(&engine->grid);
    ht_heap_fini(&engine->waiting);
    ht_names_fini(&engine->names);
    ht_zones_fini(&engine->zones);
    ht_heap_fini(&engine->due);
    free(engine->loop.batch);
    free(engine->state_path);
    free(engine->asn_path);
    ht_address_changes_close(&engine->address_changes);
    ht_watch_close(&engine->watch);
    free(engine);
}

int ht_engine_fd(const struct ht_engine *engine)
{
    return engine->watch.epoll_fd;
}

bool ht_engine_idle(const struct ht_engine *engine)
{
    return engine->rounds == 0 && ht_heap_first(&engine->due) == NULL && engine->causes.count == 0;
}
