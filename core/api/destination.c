#include "api/destination.h"

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "dns/preference.h"
#include "net/zone_names.h"

int ht_destination_route(struct ht_scheduled_target *scheduled, const struct ht_address *address,
                         const struct ht_address *source, struct ht_route *route,
                         struct ht_error *error)
{
    struct ht_engine *engine = scheduled->engine;
    const struct ht_settings *settings = &scheduled->target.settings;
    const struct ht_route_question question = {.destination = *address,
                                               .source = *source,
                                               .source_zone = settings->source_zone,
                                               .interface = settings->interface,
                                               .tos = settings->tos,
                                               .fwmark = settings->fwmark};
    int code = ht_route_query_ask(&engine->router, &question, route, error);
    if (code == HT_OK)
        ht_zones_learn(&engine->zones, &route->source, engine->now.mono_ns);
    if (code == HT_OK)
        ht_zones_learn(&engine->zones, &route->destination, engine->now.mono_ns);
    return code;
}

/* How good an address is to measure. 3: it was measured last; a round-robin name must not look like
 * a path that changes. 2: it has the family of the source that the user names. 1: any other. 0: no
 * single host has it. */
static int rank_of(const struct ht_scheduled_target *scheduled, const struct ht_address *address)
{
    if (ht_address_unfit(address) != NULL)
        return 0;
    if (ht_address_equal(address, &scheduled->address))
        return 3;
    return address->version == scheduled->target.settings.source.version ? 2 : 1;
}

/* What the resolver goes by besides the addresses themselves: how many leading bits the route's
 * source address has in common with the destination; -1: there is no route. */
static int common_source_bits(struct ht_scheduled_target *scheduled,
                              const struct ht_address *address)
{
    struct ht_route route;
    struct ht_error error;
    if (ht_destination_route(scheduled, address, &scheduled->target.settings.source, &route,
                             &error) != HT_OK)
        return -1;
    return (int)ht_preference_common_bits(address, &route.source);
}

/* The lowest of those that the resolver takes for as good as this one: name servers turn their
 * order round from answer to answer, and each process must take the same one. */
static struct ht_address lowest_beside(struct ht_scheduled_target *scheduled,
                                       const struct ht_address *first,
                                       const struct ht_address *addresses, size_t count)
{
    const struct ht_address *lowest = first;
    for (size_t i = 0; i < count; i++) {
        if (ht_address_compare(&addresses[i], lowest) < 0 &&
            rank_of(scheduled, &addresses[i]) == rank_of(scheduled, first) &&
            ht_preference_equal(&addresses[i], first) &&
            common_source_bits(scheduled, &addresses[i]) == common_source_bits(scheduled, first))
            lowest = &addresses[i];
    }
    return *lowest;
}

struct ht_address ht_destination_choose(struct ht_scheduled_target *scheduled,
                                        const struct ht_address *addresses, size_t count)
{
    const struct ht_address *first = &addresses[0];
    for (size_t i = 1; i < count; i++) {
        if (rank_of(scheduled, &addresses[i]) > rank_of(scheduled, first))
            first = &addresses[i];
    }
    return lowest_beside(scheduled, first, addresses, count);
}
