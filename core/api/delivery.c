#include "api/delivery.h"

#include "api/engine_internal.h"
#include "api/events.h"
#include "api/scheduled_target.h"
#include "api/trigger.h"
#include "net/backend.h"

/* Nodes have the names of their devices already. */
static void show_zones(const struct ht_engine *engine, struct ht_report *report)
{
    report->address_zone = ht_zones_name(&engine->zones, report->address.scope_id);
    report->source_zone = ht_zones_name(&engine->zones, report->source.scope_id);
}

static enum ht_sockets_kind kind_of_sockets(const struct ht_engine *engine)
{
    const struct ht_backend *backend = ht_sockets_backend(engine->sockets);
    return backend != NULL ? backend->kind : HT_SOCKETS_AUTO;
}

void ht_delivery_record(struct ht_scheduled_target *scheduled, const struct ht_report *report)
{
    struct ht_engine *engine = scheduled->engine;
    scheduled->in_round = false;
    scheduled->reported = true;
    engine->rounds--;
    if (scheduled->removed)
        return;
    ht_trigger_enter(scheduled);
    struct ht_report shown = *report;
    shown.user = scheduled->user;
    shown.hides_hop_values = scheduled->target.settings.hop_values == HT_HOP_VALUES_NONE;
    shown.asks_mtu = scheduled->target.settings.mtu;
    show_zones(engine, &shown);
    shown.sockets = kind_of_sockets(engine);
    ht_names_show(scheduled, &shown);
    ht_events_tell(scheduled, &shown);
    if (!scheduled->removed)
        engine->options.on_report(engine->options.user, &shown);
}

void ht_delivery_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    struct ht_engine *engine = user;
    struct ht_scheduled_target *scheduled = so_far->user;
    if (scheduled->removed)
        return;
    struct ht_report shown = *so_far;
    struct ht_hop named = *hop;
    shown.user = scheduled->user;
    show_zones(engine, &shown);
    ht_names_show_hop(scheduled, &named);
    engine->options.on_hop(engine->options.user, &shown, &named);
}
