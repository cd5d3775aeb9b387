#include "api/rounds.h"

#include <string.h>

#include "api/delivery.h"
#include "api/destination.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/packets.h"
#include "api/scheduled_target.h"
#include "api/trigger.h"
#include "api/waiting.h"
#include "base/address.h"
#include "model/protocol.h"
#include "net/device_mtu.h"
#include "net/zone_names.h"
#include "probing/result/report_builder.h"

/* The record is closed: sets the next round's time and delivers it, now or with its names. */
static void close_record(struct ht_scheduled_target *scheduled, struct ht_report *record)
{
    int64_t point_ns = scheduled->schedule.point_ns;
    ht_trigger_advance(scheduled, scheduled->engine->now.mono_ns);
    ht_health_note_record(scheduled, record, point_ns);
    ht_load_note(scheduled, record->sent);
    ht_memory_show(scheduled, record);
    if (!ht_waiting_keep(scheduled, record))
        ht_delivery_record(scheduled, record);
}

static void deliver_unmeasured(struct ht_scheduled_target *scheduled, enum ht_stop_reason reason,
                               const char *text, const struct ht_address *address)
{
    struct ht_report report;
    ht_report_builder_unmeasured(&scheduled->target, reason, text, scheduled->engine->now, &report);
    if (address != NULL)
        report.address = *address;
    /* A name that fails keeps the family that it had: the series must stay the same. */
    const struct ht_address *known = address != NULL ? address : &scheduled->address;
    if (known->version != HT_IP_NONE)
        report.family = known->version == HT_IPV4 ? HT_FAMILY_IPV4 : HT_FAMILY_IPV6;
    close_record(scheduled, &report);
}

static enum ht_stop_reason reason_of(const struct ht_error *refused)
{
    return refused->code == HT_ERR_PERMISSION ? HT_STOP_PERMISSION_ERROR : HT_STOP_ERROR;
}

static void measure(struct ht_scheduled_target *scheduled, const struct ht_address *address)
{
    struct ht_engine *engine = scheduled->engine;
    const struct ht_settings *settings = &scheduled->target.settings;
    struct ht_route route;
    struct ht_error error;
    ht_zones_learn(&engine->zones, address, engine->now.mono_ns);
    const struct ht_error *refused = ht_opening_open(engine, address->version, settings);
    if (refused != NULL) {
        deliver_unmeasured(scheduled, reason_of(refused), refused->text, address);
        return;
    }
    if (ht_destination_route(scheduled, address, &settings->source, &route, &error) != HT_OK) {
        deliver_unmeasured(scheduled, reason_of(&error), error.text, address);
        return;
    }
    struct ht_flow_request flows[HT_FLOWS_SEARCHED];
    memset(flows, 0, ht_settings_most_flows(settings) * sizeof flows[0]);
    flows[0].previous = &scheduled->previous;
    struct ht_round_request round = {.target = &scheduled->target,
                                     .destination = route.destination,
                                     .source = route.source,
                                     .interface_index = route.interface_index,
                                     .flows = flows};
    if (settings->mtu)
        round.device_mtu = ht_device_mtu(&route, settings);
    ht_memory_begin(scheduled, &route, flows, &round);
    if (ht_prober_start(engine->prober, &round, &error) != HT_OK)
        deliver_unmeasured(scheduled, HT_STOP_ERROR, error.text, address);
}

/* Addresses that block a name: a hosts file gives 0.0.0.0 to names that are not to be reached. */
static void deliver_unfit(struct ht_scheduled_target *scheduled, const struct ht_address *address)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_error error;
    ht_error_set(&error, HT_ERR_INVALID, "%.100s has the address %s, which %s",
                 scheduled->target.host, ht_address_format(address, text),
                 ht_address_unfit(address));
    deliver_unmeasured(scheduled, HT_STOP_ERROR, error.text, address);
}

static void resolved(void *user, const struct ht_address *addresses, size_t count,
                     const struct ht_error *error)
{
    struct ht_scheduled_target *scheduled = user;
    scheduled->lookup = NULL;
    if (count == 0) {
        /* Anything else is for want of memory, descriptors or a device: this host's fault. */
        enum ht_stop_reason reason =
            error->code == HT_ERR_RESOLVE ? HT_STOP_RESOLVE_ERROR : HT_STOP_ERROR;
        deliver_unmeasured(scheduled, reason, error->text, NULL);
        return;
    }
    struct ht_address chosen = ht_destination_choose(scheduled, addresses, count);
    if (ht_address_unfit(&chosen) != NULL) {
        deliver_unfit(scheduled, &chosen);
        return;
    }
    if (!ht_address_equal(&chosen, &scheduled->address))
        scheduled->previous = (struct ht_round_memory){0};
    scheduled->address = chosen;
    measure(scheduled, &scheduled->address);
}

void ht_round_begin(struct ht_scheduled_target *scheduled)
{
    struct ht_engine *engine = scheduled->engine;
    struct ht_error error;
    scheduled->in_round = true;
    scheduled->begun_ns = engine->now.mono_ns;
    engine->rounds++;
    if (ht_resolver_start(engine->resolver, scheduled->target.host,
                          scheduled->target.settings.family, engine->now.mono_ns, resolved,
                          scheduled, &scheduled->lookup, &error) != HT_OK) {
        scheduled->lookup = NULL;
        deliver_unmeasured(scheduled, HT_STOP_ERROR, error.text, NULL);
    }
}

/* The address that is known without a look-up. */
static bool literal_of(const struct ht_scheduled_target *scheduled, struct ht_address *address)
{
    enum ht_family family = scheduled->target.settings.family;
    return ht_address_parse(scheduled->target.host, address) &&
           (family == HT_FAMILY_ANY || (family == HT_FAMILY_IPV4) == (address->version == HT_IPV4));
}

void ht_round_cut(struct ht_scheduled_target *scheduled, enum ht_stop_reason reason)
{
    if (scheduled->lookup != NULL) {
        ht_resolver_cancel(scheduled->engine->resolver, scheduled->lookup);
        scheduled->lookup = NULL;
    }
    if (!scheduled->in_round) {
        scheduled->in_round = true;
        scheduled->engine->rounds++;
    }
    struct ht_address literal;
    deliver_unmeasured(scheduled, reason, NULL, literal_of(scheduled, &literal) ? &literal : NULL);
}

/* Whether this host could not take answers any more: the round's source address has gone, or the
 * route. Mostly a new round would have the same source, which is asked first since it costs less.
 */
static bool route_is_gone(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                          struct ht_error *error)
{
    struct ht_route route;
    int code = ht_destination_route(scheduled, &report->address, &scheduled->target.settings.source,
                                    &route, error);
    if (code == HT_OK && ht_address_equal(&route.source, &report->source))
        return false;
    code = ht_destination_route(scheduled, &report->address, &report->source, &route, error);
    return code == HT_ERR_UNREACHABLE;
}

/* Whether this host dropped answers itself since the round's source address came or went meanwhile,
 * though it may be back by now, or has not quite come yet. */
static bool source_has_changed(struct ht_scheduled_target *scheduled,
                               const struct ht_report *report, struct ht_error *error)
{
    struct ht_engine *engine = scheduled->engine;
    const struct ht_settings *settings = &scheduled->target.settings;
    const struct ht_route_question way_back = {.destination = report->source,
                                               .source_zone = "",
                                               .interface = settings->interface,
                                               .fwmark = settings->fwmark};
    char text[HT_ADDRESS_TEXT_MAX];
    ht_address_changes_read(&engine->address_changes, engine->now.mono_ns);
    if (ht_address_changes_since(&engine->address_changes, &report->source, scheduled->begun_ns))
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "source address %s came or went during the measurement",
                     ht_zone_format(&report->source, text));
    else if (report->received == 0 && ht_route_leads_away(&way_back))
        ht_error_set(error, HT_ERR_UNREACHABLE,
                     "what is sent to source address %s does not come to this host",
                     ht_zone_format(&report->source, text));
    else
        return false;
    return true;
}

/* Whether answers may be missing for a reason of this host's own, which is then in *error. */
static bool has_own_fault(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                          struct ht_error *error)
{
    const struct ht_engine *engine = scheduled->engine;
    /* Where nothing more could be sent, all that left may be answered, and the target not reached.
     */
    bool complete = report->received == report->sent && !(report->loss_percent > 0);
    if (complete || engine->loop.closed)
        return false;
    if (engine->loop.resumed_ns != HT_NEVER && scheduled->begun_ns <= engine->loop.resumed_ns) {
        ht_error_set(error, HT_ERR_SYSTEM, "this host was suspended during the measurement");
        return true;
    }
    return route_is_gone(scheduled, report, error) || source_has_changed(scheduled, report, error);
}

/* What this host itself has missed is not the network's loss: the record claims nothing. */
static void close_own_fault(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                            const char *text)
{
    struct ht_report record;
    ht_report_builder_unmeasured(&scheduled->target, HT_STOP_ERROR, text, scheduled->engine->now,
                                 &record);
    record.address = report->address;
    record.source = report->source;
    record.family = report->family;
    record.time_ns = report->time_ns;
    record.duration_ns = report->duration_ns;
    record.local_errors = report->local_errors + report->sent;
    close_record(scheduled, &record);
}

void ht_round_report(void *user, const struct ht_report *report,
                     const struct ht_flow_sightings *seen)
{
    (void)user;
    struct ht_scheduled_target *scheduled = report->user;
    struct ht_error error;
    if (has_own_fault(scheduled, report, &error)) {
        close_own_fault(scheduled, report, error.text);
        return;
    }
    struct ht_report record = *report;
    if (seen->known)
        ht_memory_take(scheduled, report, seen);
    ht_packets_show(scheduled, seen, &record);
    close_record(scheduled, &record);
}
