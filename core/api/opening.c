#include "api/opening.h"

#include <errno.h>
#include <sys/resource.h>

#include "api/engine_internal.h"
#include "api/grid.h"
#include "api/memory.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "model/protocol.h"
#include "net/backend.h"
#include "net/clock.h"
#include "wire/transport.h"

/* Pause before the next search for a free number: one that finds all of them taken takes about
 * 0.05 s. */
#define RESERVE_PAUSE_NS (1 * HT_NS_PER_S)

/* Ports for searches: at first as many as prove a path without branches, then twice as many. */
#define PORTS_FIRST 16

/* Descriptors that ports for searches leave to others: of 1,024, the usual limit, some 440 ports of
 * two descriptors each. */
#define DESCRIPTORS_LEFT 128

/* Once: which sockets it is, where the usual ones were refused. */
static void tell_refusal(struct ht_engine *engine)
{
    const struct ht_error *refusal = ht_sockets_refusal(engine->sockets);
    struct ht_error error;
    if (refusal == NULL || engine->openings.refusal_told)
        return;
    engine->openings.refusal_told = true;
    ht_error_set(&error, HT_ERR_PERMISSION, "%s; using %s", refusal->text,
                 ht_sockets_backend(engine->sockets)->name);
    if (engine->options.on_problem != NULL)
        engine->options.on_problem(engine->options.user, &error);
}

/* Once: a SYN has no data, and one with data is what networks may treat otherwise. */
static void tell_no_mtu(struct ht_engine *engine)
{
    struct ht_error error;
    if (engine->openings.no_mtu_told || engine->options.on_problem == NULL)
        return;
    engine->openings.no_mtu_told = true;
    ht_error_set(&error, HT_ERR_INVALID,
                 "mtu: TCP probes have no data: records of targets that are measured by TCP have "
                 "no path MTU");
    engine->options.on_problem(engine->options.user, &error);
}

static int open_icmp(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    int code = HT_OK;
    if (ht_sockets_receive_fd(engine->sockets, ip_version, HT_ANSWERS_ICMP) < 0)
        code = ht_sockets_open(engine->sockets, ip_version, &engine->openings.ids, error);
    if (code != HT_OK)
        return code;
    ht_route_query_prepare(&engine->router, ip_version);
    return ht_watch_socket(&engine->watch, engine->sockets, ip_version, HT_ANSWERS_ICMP, error);
}

static int open_echo(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    return ht_sockets_open_echo(engine->sockets, ip_version, error);
}

static int open_tcp(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    int code = ht_sockets_open_tcp(engine->sockets, ip_version, &engine->openings.ids, error);
    if (code != HT_OK)
        return code;
    int64_t connection_ns = ht_sockets_backend(engine->sockets)->connection_ns;
    if (connection_ns != 0) {
        ht_prober_set_connection(engine->prober, connection_ns);
        engine->loop.unstamped = true;
    }
    return ht_watch_socket(&engine->watch, engine->sockets, ip_version, HT_ANSWERS_TCP, error);
}

/* Lets the numbers behind the first `kept` go: what is too few for the target that asked holds no
 * descriptors that others need. */
static void release_behind(struct ht_openings *openings, uint16_t kept)
{
    for (uint16_t flow = kept; flow < HT_FLOWS_SEARCHED; flow++)
        ht_reservation_release(&openings->reservations[flow]);
}

/* Reserves the numbers of the first `count` flows, all of them or no further ones. */
static int reserve_up_to(struct ht_openings *openings, uint16_t count, struct ht_local_ids *ids,
                         struct ht_error *error)
{
    int code = HT_OK;
    *ids = openings->ids;
    for (uint16_t flow = ids->count; flow < count && code == HT_OK; flow++) {
        struct ht_reservation *reservation = &openings->reservations[flow];
        code = ht_reservation_take(reservation, openings->host_secret, flow, error);
        ids->of_flow[flow] = reservation->local_id;
        ids->count = (uint16_t)(flow + 1);
    }
    if (code != HT_OK && error->sys_errno == EADDRINUSE)
        openings->reserve_again_ns = ht_time_add(ht_clock_now().mono_ns, RESERVE_PAUSE_NS);
    return code;
}

/* Where sockets are bound to the numbers, beside the reservations' own. */
static void share_numbers(struct ht_engine *engine, uint16_t count)
{
    for (uint16_t flow = 0; flow < count && ht_sockets_backend(engine->sockets)->binds_number;
         flow++)
        ht_reservation_share(&engine->openings.reservations[flow]);
}

/* Last, and without any privilege: until then the sockets receive nothing. */
static int reserve(struct ht_engine *engine, const struct ht_opening *opening, uint16_t count,
                   struct ht_error *error)
{
    struct ht_local_ids ids;
    if (opening->tried && ht_clock_now().mono_ns < engine->openings.reserve_again_ns) {
        *error = opening->error;
        return error->code;
    }
    int code = reserve_up_to(&engine->openings, count, &ids, error);
    if (code == HT_OK) {
        share_numbers(engine, ids.count);
        code = ht_sockets_admit(engine->sockets, &ids, error);
    }
    if (code != HT_OK) {
        release_behind(&engine->openings, engine->openings.ids.count);
        return code;
    }
    engine->openings.ids = ids;
    ht_prober_set_local_ids(engine->prober, &ids);
    return HT_OK;
}

static int reserve_number(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    (void)ip_version;
    return reserve(engine, &engine->openings.number, 1, error);
}

static int reserve_ports(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    (void)ip_version;
    return reserve(engine, &engine->openings.ports, engine->openings.asked_ports, error);
}

typedef int socket_opener(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error);

/* Descriptors, ports or memory that are short now are there again some day, and so it is tried
 * again; a privilege or a family is not. */
static bool may_open_later(const struct ht_opening *opening)
{
    return opening->error.code == HT_ERR_SYSTEM || opening->error.code == HT_ERR_NOMEM;
}

/* By the time of a further try the privilege may have been given up: what was wrong at first is
 * what is wrong. */
static const struct ht_error *open_unless_open(struct ht_engine *engine, uint8_t ip_version,
                                               struct ht_opening *opening, socket_opener *opener)
{
    if (!opening->tried || may_open_later(opening)) {
        struct ht_error error = {.code = HT_OK};
        if (opener(engine, ip_version, &error) != HT_ERR_PERMISSION || !opening->tried)
            opening->error = error;
        opening->tried = true;
    }
    return opening->error.code != HT_OK ? &opening->error : NULL;
}

/* Nothing is kept open: each packet and each question is marked by itself. */
static int try_mark(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    (void)engine;
    (void)ip_version;
    return ht_route_query_may_mark(error);
}

/* Flows of ICMP have one id. A search for all paths gets its ports as it needs them. */
static uint16_t ports_of(const struct ht_settings *settings)
{
    bool searches = settings->flows == HT_FLOWS_ALL;
    return ht_transports[settings->protocol]->has_ports && !searches ? settings->flows : 1;
}

/* The ports of several flows. What one target is refused is no answer to another one that needs
 * fewer. */
static const struct ht_error *open_ports(struct ht_engine *engine, uint8_t ip_version,
                                         uint16_t count)
{
    struct ht_openings *openings = &engine->openings;
    if (count <= openings->ids.count)
        return NULL;
    if (count != openings->asked_ports) {
        openings->asked_ports = count;
        openings->ports.tried = false;
    }
    return open_unless_open(engine, ip_version, &openings->ports, reserve_ports);
}

/* Reserves the number of one more flow, unless it takes one of the last descriptors. */
static bool reserve_one_more(struct ht_openings *openings, struct ht_local_ids *ids)
{
    struct ht_reservation *reservation = &openings->reservations[ids->count];
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        ht_reservation_take(reservation, openings->host_secret, ids->count, NULL) != HT_OK)
        return false;
    for (size_t i = 0; i < HT_RESERVE_SOCKETS; i++) {
        if (reservation->fds[i] >= 0 &&
            (rlim_t)reservation->fds[i] + DESCRIPTORS_LEFT >= limit.rlim_cur) {
            ht_reservation_release(reservation);
            return false;
        }
    }
    ids->of_flow[ids->count++] = reservation->local_id;
    return true;
}

void ht_opening_reserve_more(void *user)
{
    struct ht_engine *engine = user;
    struct ht_openings *openings = &engine->openings;
    struct ht_local_ids ids = openings->ids;
    struct ht_error error;
    uint16_t wanted = ids.count < PORTS_FIRST ? PORTS_FIRST : (uint16_t)(2 * ids.count);
    if (ids.count == 0 || ht_clock_now().mono_ns < openings->reserve_again_ns)
        return;
    while (ids.count < wanted && ids.count < HT_FLOWS_SEARCHED && reserve_one_more(openings, &ids))
        continue;
    if (ids.count < wanted && ids.count < HT_FLOWS_SEARCHED)
        openings->reserve_again_ns = ht_time_add(ht_clock_now().mono_ns, RESERVE_PAUSE_NS);
    share_numbers(engine, ids.count);
    if (ht_sockets_admit(engine->sockets, &ids, &error) != HT_OK) {
        release_behind(openings, openings->ids.count);
        (void)ht_sockets_admit(engine->sockets, &openings->ids, &error);
        openings->reserve_again_ns = ht_time_add(ht_clock_now().mono_ns, RESERVE_PAUSE_NS);
        return;
    }
    openings->ids = ids;
    ht_prober_set_local_ids(engine->prober, &ids);
}

void ht_openings_init(struct ht_openings *openings)
{
    for (size_t i = 0; i < HT_FLOWS_SEARCHED; i++)
        ht_reservation_init(&openings->reservations[i]);
}

void ht_openings_fini(struct ht_openings *openings)
{
    for (size_t i = 0; i < HT_FLOWS_SEARCHED; i++)
        ht_reservation_release(&openings->reservations[i]);
}

const struct ht_error *ht_opening_open(struct ht_engine *engine, uint8_t ip_version,
                                       const struct ht_settings *settings)
{
    bool ipv6 = ip_version == HT_IPV6;
    const struct ht_error *refused = NULL;
    /* First, since the command that grants this grants what the sockets need as well. */
    if (settings->fwmark != 0)
        refused = open_unless_open(engine, ip_version, &engine->openings.mark, try_mark);
    if (refused == NULL)
        refused = open_unless_open(engine, ip_version, &engine->openings.icmp[ipv6], open_icmp);
    if (refused == NULL && ht_transports[settings->protocol]->filter_answers != NULL)
        refused = open_unless_open(engine, ip_version, &engine->openings.tcp[ipv6], open_tcp);
    if (refused == NULL && settings->protocol == HT_ICMP)
        refused = open_unless_open(engine, ip_version, &engine->openings.echo[ipv6], open_echo);
    if (refused == NULL)
        refused = open_unless_open(engine, ip_version, &engine->openings.number, reserve_number);
    if (refused == NULL)
        refused = open_ports(engine, ip_version, ports_of(settings));
    if (refused == NULL)
        tell_refusal(engine);
    if (settings->mtu && settings->protocol == HT_TCP)
        tell_no_mtu(engine);
    return refused;
}

static bool needs_family(const struct ht_scheduled_target *scheduled, enum ht_ip_version ip_version)
{
    struct ht_address literal;
    const char *zone;
    enum ht_family family = scheduled->target.settings.family;
    if (ht_address_parse_zoned(scheduled->target.host, &literal, &zone))
        return literal.version == ip_version;
    return family == HT_FAMILY_ANY || (family == HT_FAMILY_IPV4) == (ip_version == HT_IPV4);
}

/* Opens what one target needs, as far as may be; the first refusal that is a fault goes to *error.
 */
static int open_for(struct ht_engine *engine, const struct ht_scheduled_target *scheduled,
                    struct ht_error *error)
{
    static const enum ht_ip_version versions[] = {HT_IPV4, HT_IPV6};
    int result = HT_OK;
    for (size_t i = 0; i < 2; i++) {
        if (!needs_family(scheduled, versions[i]))
            continue;
        const struct ht_error *refused =
            ht_opening_open(engine, versions[i], &scheduled->target.settings);
        /* A host without IPv6 is no fault: names have an IPv4 address too. The records tell. */
        if (refused == NULL || refused->code == HT_ERR_UNREACHABLE || result != HT_OK)
            continue;
        result = refused->code;
        if (error != NULL)
            *error = *refused;
    }
    return result;
}

/* Opens what targets may need that will be added later. What is refused will be in their records.
 */
static void open_for_any(struct ht_engine *engine)
{
    struct ht_settings settings;
    ht_settings_init(&settings);
    settings.protocol = HT_TCP;
    (void)ht_opening_open(engine, HT_IPV4, &settings);
    (void)ht_opening_open(engine, HT_IPV6, &settings);
}

/* Time counts from now on. */
static void begin(struct ht_engine *engine)
{
    ht_grid_begin(engine);
    if (engine->options.deadline_ns != 0)
        engine->loop.deadline_ns = ht_time_add(ht_clock_now().mono_ns, engine->options.deadline_ns);
}

int ht_engine_open(struct ht_engine *engine, struct ht_error *error)
{
    int result = HT_OK;
    for (size_t i = 0; i < engine->targets.count; i++) {
        int code = open_for(engine, engine->targets.list[i], result == HT_OK ? error : NULL);
        if (result == HT_OK)
            result = code;
    }
    if (engine->options.any_target)
        open_for_any(engine);
    if (!engine->opened) {
        ht_memory_open(engine);
        ht_names_open(engine);
        begin(engine);
    }
    engine->opened = true;
    return result;
}

void ht_opening_close_tcp(struct ht_engine *engine)
{
    ht_sockets_close_tcp(engine->sockets, HT_IPV4);
    ht_sockets_close_tcp(engine->sockets, HT_IPV6);
    engine->openings.tcp[0].tried = false;
    engine->openings.tcp[1].tried = false;
}

bool ht_engine_needs_privilege(const struct ht_engine *engine)
{
    return may_open_later(&engine->openings.mark) || may_open_later(&engine->openings.icmp[0]) ||
           may_open_later(&engine->openings.icmp[1]) || may_open_later(&engine->openings.tcp[0]) ||
           may_open_later(&engine->openings.tcp[1]);
}
