#include <string.h>

#include "api/engine_internal.h"
#include "net/preference.h"
#include "net/zone_names.h"
#include "probing/result/report_builder.h"

/* Nodes have the names of their devices already. */
static void show_zones(const struct ht_engine *engine, struct ht_report *report)
{
    report->address_zone = ht_zones_name(&engine->zones, report->address.scope_id);
    report->source_zone = ht_zones_name(&engine->zones, report->source.scope_id);
}

void ht_round_deliver(struct ht_member *member, const struct ht_report *report)
{
    struct ht_engine *engine = member->engine;
    member->in_round = false;
    member->reported = true;
    engine->rounds--;
    if (member->removed)
        return;
    if (member->schedule.next_ns != HT_NEVER && !engine->interrupted)
        ht_heap_set(&engine->due, &member->timer, member->schedule.next_ns);
    struct ht_report shown = *report;
    shown.user = member->user;
    show_zones(engine, &shown);
    ht_names_show(member, &shown);
    engine->options.on_report(engine->options.user, &shown);
}

/* The record is closed: sets the next round's time and delivers it, now or with its names. */
static void close_record(struct ht_member *member, const struct ht_report *report)
{
    ht_schedule_advance(&member->schedule, member->engine->now.mono_ns);
    ht_load_note(member, report->sent);
    if (!ht_names_keep(member, report))
        ht_round_deliver(member, report);
}

static void deliver_unmeasured(struct ht_member *member, enum ht_stop_reason reason,
                               const char *text, const struct ht_address *address)
{
    struct ht_report report;
    ht_report_builder_unmeasured(&member->target, reason, text, member->engine->now, &report);
    if (address != NULL)
        report.address = *address;
    /* A name that fails keeps the family that it had: the series must stay the same. */
    const struct ht_address *known = address != NULL ? address : &member->address;
    if (known->version != HT_IP_NONE)
        report.family = known->version == HT_IPV4 ? HT_FAMILY_IPV4 : HT_FAMILY_IPV6;
    close_record(member, &report);
}

/* The way of the member's packets to an address. */
static int find_route(struct ht_member *member, const struct ht_address *address,
                      const struct ht_address *source, struct ht_route *route,
                      struct ht_error *error)
{
    struct ht_engine *engine = member->engine;
    const struct ht_settings *settings = &member->target.settings;
    const struct ht_route_question question = {.destination = *address,
                                               .source = *source,
                                               .source_zone = settings->source_zone,
                                               .interface = settings->interface,
                                               .tos = settings->tos,
                                               .fwmark = settings->fwmark};
    int code = ht_router_ask(&engine->router, &question, route, error);
    if (code == HT_OK)
        ht_zones_learn(&engine->zones, &route->source, engine->now.mono_ns);
    if (code == HT_OK)
        ht_zones_learn(&engine->zones, &route->destination, engine->now.mono_ns);
    return code;
}

static enum ht_stop_reason reason_of(const struct ht_error *refused)
{
    return refused->code == HT_ERR_PERMISSION ? HT_STOP_PERMISSION_ERROR : HT_STOP_ERROR;
}

static void measure(struct ht_member *member, const struct ht_address *address)
{
    struct ht_engine *engine = member->engine;
    const struct ht_settings *settings = &member->target.settings;
    struct ht_route route;
    struct ht_error error;
    ht_zones_learn(&engine->zones, address, engine->now.mono_ns);
    const struct ht_error *refused = ht_engine_open_sockets(engine, address->version, settings);
    if (refused != NULL) {
        deliver_unmeasured(member, reason_of(refused), refused->text, address);
        return;
    }
    if (find_route(member, address, &settings->source, &route, &error) != HT_OK) {
        deliver_unmeasured(member, reason_of(&error), error.text, address);
        return;
    }
    struct ht_round_request round = {.target = &member->target,
                                     .destination = route.destination,
                                     .source = route.source,
                                     .interface_index = route.interface_index,
                                     .previous = &member->previous};
    if (ht_prober_start(engine->prober, &round, &error) != HT_OK)
        deliver_unmeasured(member, HT_STOP_ERROR, error.text, address);
}

/* Addresses that block a name: a hosts file gives 0.0.0.0 to names that are not to be reached. */
static void deliver_unfit(struct ht_member *member, const struct ht_address *address)
{
    char text[HT_ADDRESS_TEXT_MAX];
    struct ht_error error;
    ht_error_set(&error, HT_ERR_INVALID, "%.100s has the address %s, which %s", member->target.host,
                 ht_address_format(address, text), ht_address_unfit(address));
    deliver_unmeasured(member, HT_STOP_ERROR, error.text, address);
}

/* How good an address is to measure: one that no host has is no good; better one of the source's
 * family, if the user names a source; best the one that was measured last: a round-robin name must
 * not look like a path that changes. */
static int rank_of(const struct ht_member *member, const struct ht_address *address)
{
    if (ht_address_unfit(address) != NULL)
        return 0;
    if (ht_address_equal(address, &member->address))
        return 3;
    return address->version == member->target.settings.source.version ? 2 : 1;
}

/* What the resolver goes by besides the addresses themselves: whether there is a way (-1: none),
 * and how much the address that it begins at has in common with the other one. */
static int way_to(struct ht_member *member, const struct ht_address *address)
{
    struct ht_route route;
    struct ht_error error;
    if (find_route(member, address, &member->target.settings.source, &route, &error) != HT_OK)
        return -1;
    return (int)ht_preference_common_bits(address, &route.source);
}

/* The lowest of those that the resolver takes for as good as this one: name servers turn their
 * order round from answer to answer, and each process must take the same one. */
static struct ht_address lowest_beside(struct ht_member *member, const struct ht_address *first,
                                       const struct ht_address *addresses, size_t count)
{
    const struct ht_address *lowest = first;
    for (size_t i = 0; i < count; i++) {
        if (ht_address_compare(&addresses[i], lowest) < 0 &&
            rank_of(member, &addresses[i]) == rank_of(member, first) &&
            ht_preference_equal(&addresses[i], first) &&
            way_to(member, &addresses[i]) == way_to(member, first))
            lowest = &addresses[i];
    }
    return *lowest;
}

static struct ht_address choose(struct ht_member *member, const struct ht_address *addresses,
                                size_t count)
{
    const struct ht_address *first = &addresses[0];
    for (size_t i = 1; i < count; i++) {
        if (rank_of(member, &addresses[i]) > rank_of(member, first))
            first = &addresses[i];
    }
    return lowest_beside(member, first, addresses, count);
}

static void resolved(void *user, const struct ht_address *addresses, size_t count,
                     const struct ht_error *error)
{
    struct ht_member *member = user;
    member->lookup = NULL;
    if (count == 0) {
        /* Anything else is for want of memory, descriptors or a device: this host's fault. */
        enum ht_stop_reason reason =
            error->code == HT_ERR_RESOLVE ? HT_STOP_RESOLVE_ERROR : HT_STOP_ERROR;
        deliver_unmeasured(member, reason, error->text, NULL);
        return;
    }
    struct ht_address chosen = choose(member, addresses, count);
    if (ht_address_unfit(&chosen) != NULL) {
        deliver_unfit(member, &chosen);
        return;
    }
    if (!ht_address_equal(&chosen, &member->address))
        member->previous = (struct ht_round_memory){0};
    member->address = chosen;
    measure(member, &member->address);
}

void ht_round_begin(struct ht_member *member)
{
    struct ht_engine *engine = member->engine;
    struct ht_error error;
    member->in_round = true;
    member->begun_ns = engine->now.mono_ns;
    engine->rounds++;
    if (ht_resolver_start(engine->resolver, member->target.host, member->target.settings.family,
                          engine->now.mono_ns, resolved, member, &member->lookup,
                          &error) != HT_OK) {
        member->lookup = NULL;
        deliver_unmeasured(member, HT_STOP_ERROR, error.text, NULL);
    }
}

/* The address that is known without a look-up. */
static bool literal_of(const struct ht_member *member, struct ht_address *address)
{
    enum ht_family family = member->target.settings.family;
    return ht_address_parse(member->target.host, address) &&
           (family == HT_FAMILY_ANY || (family == HT_FAMILY_IPV4) == (address->version == HT_IPV4));
}

void ht_round_cut(struct ht_member *member, enum ht_stop_reason reason)
{
    if (member->lookup != NULL) {
        ht_resolver_cancel(member->engine->resolver, member->lookup);
        member->lookup = NULL;
    }
    if (!member->in_round) {
        member->in_round = true;
        member->engine->rounds++;
    }
    struct ht_address literal;
    deliver_unmeasured(member, reason, NULL, literal_of(member, &literal) ? &literal : NULL);
}

/* Whether this host could not take answers any more: the round's source address has gone, or the
 * way out. Mostly the source would be the same again, which is asked first since it costs less. */
static bool way_is_gone(struct ht_member *member, const struct ht_report *report,
                        struct ht_error *error)
{
    struct ht_route route;
    int code = find_route(member, &report->address, &member->target.settings.source, &route, error);
    if (code == HT_OK && ht_address_equal(&route.source, &report->source))
        return false;
    code = find_route(member, &report->address, &report->source, &route, error);
    return code == HT_ERR_UNREACHABLE;
}

/* Whether answers may be missing for a reason of this host's own, which is then in *error. */
static bool is_torn(struct ht_member *member, const struct ht_report *report,
                    struct ht_error *error)
{
    const struct ht_engine *engine = member->engine;
    if (report->received == report->sent || engine->closed)
        return false;
    if (engine->resumed_ns != HT_NEVER && member->begun_ns <= engine->resumed_ns) {
        ht_error_set(error, HT_ERR_SYSTEM, "this host was suspended during the measurement");
        return true;
    }
    return way_is_gone(member, report, error);
}

/* What this host itself has missed is not the network's loss: the record claims nothing. */
static void close_torn(struct ht_member *member, const struct ht_report *report, const char *text)
{
    struct ht_report torn;
    ht_report_builder_unmeasured(&member->target, HT_STOP_ERROR, text, member->engine->now, &torn);
    torn.address = report->address;
    torn.source = report->source;
    torn.family = report->family;
    torn.time_ns = report->time_ns;
    torn.duration_ns = report->duration_ns;
    torn.local_errors = report->local_errors + report->sent;
    close_record(member, &torn);
}

void ht_round_report(void *user, const struct ht_report *report)
{
    (void)user;
    struct ht_member *member = report->user;
    struct ht_error error;
    if (is_torn(member, report, &error))
        close_torn(member, report, error.text);
    else
        close_record(member, report);
}

void ht_round_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop)
{
    struct ht_engine *engine = user;
    struct ht_member *member = so_far->user;
    if (member->removed)
        return;
    struct ht_report shown = *so_far;
    struct ht_hop named = *hop;
    shown.user = member->user;
    show_zones(engine, &shown);
    ht_names_show_hop(member, &named);
    engine->options.on_hop(engine->options.user, &shown, &named);
}
