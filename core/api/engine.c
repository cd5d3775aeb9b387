#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "api/engine_internal.h"
#include "net/backend.h"
#include "net/clock.h"
#include "net/host_secret.h"
#include "net/random.h"
#include "net/zone_names.h"

/* One dispatch does at most so many turns of receiving and sending before it gives the thread
 * back to its caller. */
#define TURNS_MAX 64

/* Who wakes up for the next probe within so short a time is not woken for answers before. */
#define REST_NS (2 * HT_NS_PER_MS)

/* Packets are read in so many batches at most before something else gets its turn. */
#define RECEIVE_BATCHES_MAX 16

/* A number is looked for again after this time: to find all of them taken takes some 0.05 s. */
#define RESERVE_PAUSE_NS (1 * HT_NS_PER_S)

/* When the kernel refuses to hand over what was received it is asked again after this time. */
#define READ_PAUSE_NS (10 * HT_NS_PER_MS)

enum { TAG_RESOLVER = HT_WATCH_OTHERS, TAG_NAMES };

/* --- life ---------------------------------------------------------------------------------- */

static int make_parts(struct ht_engine *engine, struct ht_error *error)
{
    struct ht_prober_options prober_options = {.pps = engine->options.pps,
                                               .on_report = ht_round_report,
                                               .on_node = ht_names_note,
                                               .user = engine,
                                               .zones = &engine->zones};
    if (engine->options.on_hop != NULL)
        prober_options.on_hop = ht_round_hop;
    int code = ht_random(prober_options.secret, sizeof prober_options.secret, error);
    if (code == HT_OK)
        code = ht_host_secret(engine->host_secret, error);
    memcpy(prober_options.host_secret, engine->host_secret, sizeof engine->host_secret);
    if (code == HT_OK)
        code = ht_watch_open(&engine->watch, error);
    if (code == HT_OK)
        code = ht_resolver_new(engine->watch.epoll_fd, TAG_RESOLVER, &engine->resolver, error);
    if (code == HT_OK)
        code = ht_names_init(&engine->names, engine->watch.epoll_fd, TAG_NAMES, error);
    if (code != HT_OK)
        return code;
    engine->prober = ht_prober_new(&prober_options);
    engine->sockets = ht_sockets_new(&ht_backend_raw);
    engine->batch = calloc(HT_BATCH_MAX, sizeof *engine->batch);
    if (engine->prober == NULL || engine->sockets == NULL || engine->batch == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    return HT_OK;
}

int ht_engine_new(const struct ht_engine_options *options, struct ht_engine **engine,
                  struct ht_error *error)
{
    if (options == NULL || options->on_report == NULL)
        return ht_error_set(error, HT_ERR_INVALID, "engine options lack on_report");
    struct ht_engine *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    made->options = *options;
    ht_router_init(&made->router);
    ht_reservation_init(&made->reservation);
    ht_watch_init(&made->watch);
    made->deadline_ns = HT_NEVER;
    made->resumed_ns = HT_NEVER;
    int64_t least_ns;
    ht_clock_suspended(&least_ns, &made->suspended_ns);
    made->now = ht_clock_now();
    int code = make_parts(made, error);
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
    ht_prober_free(engine->prober);
    ht_resolver_free(engine->resolver);
    ht_sockets_free(engine->sockets);
    ht_router_fini(&engine->router);
    ht_reservation_release(&engine->reservation);
    for (size_t i = 0; i < engine->member_count; i++) {
        ht_names_drop(engine->members[i]);
        ht_member_free(engine->members[i]);
    }
    ht_names_fini(&engine->names);
    ht_zones_fini(&engine->zones);
    free(engine->members);
    ht_heap_fini(&engine->due);
    free(engine->batch);
    ht_watch_close(&engine->watch);
    free(engine);
}

/* --- targets ------------------------------------------------------------------------------- */

static bool make_member_room(struct ht_engine *engine)
{
    if (!ht_heap_reserve(&engine->due, engine->member_count + 1))
        return false;
    if (engine->member_count < engine->member_capacity)
        return true;
    size_t capacity = engine->member_capacity == 0 ? 16 : engine->member_capacity * 2;
    struct ht_member **members = realloc(engine->members, capacity * sizeof *members);
    if (members == NULL)
        return false;
    engine->members = members;
    engine->member_capacity = capacity;
    return true;
}

/* Why a host that is an address cannot be one to measure; NULL: it can, or is a name. */
static const char *unfit_literal(const char *host)
{
    struct ht_address literal;
    const char *zone;
    return ht_address_parse_zoned(host, &literal, &zone) ? ht_address_unfit(&literal) : NULL;
}

int ht_engine_add(struct ht_engine *engine, const struct ht_target *target, uint32_t *id,
                  struct ht_error *error)
{
    if (target->host == NULL || target->host[0] == '\0')
        return ht_error_set(error, HT_ERR_INVALID, "a target without a host");
    const char *unfit = unfit_literal(target->host);
    if (unfit != NULL)
        return ht_error_set(error, HT_ERR_INVALID, "host: %.60s %s", target->host, unfit);
    int code = ht_settings_check(&target->settings, error);
    if (code != HT_OK)
        return code;
    struct ht_member *member = make_member_room(engine) ? ht_member_new(engine, target) : NULL;
    if (member == NULL)
        return ht_error_set(error, HT_ERR_NOMEM, "out of memory");
    member->id = ++engine->last_id;
    member->place = (uint32_t)engine->member_count;
    engine->members[engine->member_count++] = member;
    int64_t now_ns = ht_clock_now().mono_ns;
    ht_schedule_init(&member->schedule, now_ns, target->settings.interval_ns,
                     engine->options.rounds);
    if (!engine->interrupted) {
        ht_heap_set(&engine->due, &member->timer, now_ns);
        if (!engine->busy)
            ht_watch_until(&engine->watch, engine->sockets,
                           ht_time_min(engine->watch.timer_ns, now_ns), engine->watch.resting);
    }
    if (id != NULL)
        *id = member->id;
    return HT_OK;
}

/* A raw TCP socket is shown every segment of this host: it goes with the last TCP target. */
static void close_unused_tcp(struct ht_engine *engine)
{
    for (size_t i = 0; i < engine->member_count; i++) {
        if (engine->members[i]->target.settings.protocol == HT_TCP)
            return;
    }
    ht_sockets_close_tcp(engine->sockets, HT_IPV4);
    ht_sockets_close_tcp(engine->sockets, HT_IPV6);
    engine->tcp[0].tried = false;
    engine->tcp[1].tried = false;
}

static void free_member(struct ht_engine *engine, struct ht_member *member)
{
    struct ht_member *last = engine->members[--engine->member_count];
    engine->members[member->place] = last;
    last->place = member->place;
    ht_prober_drop(engine->prober, &member->target);
    if (member->lookup != NULL)
        ht_resolver_cancel(engine->resolver, member->lookup);
    if (member->in_round)
        engine->rounds--;
    ht_names_drop(member);
    ht_load_drop(member);
    ht_member_free(member);
}

static void free_removed(struct ht_engine *engine)
{
    if (!engine->removals)
        return;
    engine->removals = false;
    for (size_t i = engine->member_count; i-- > 0;) {
        if (engine->members[i]->removed)
            free_member(engine, engine->members[i]);
    }
    close_unused_tcp(engine);
}

void ht_engine_remove(struct ht_engine *engine, uint32_t id)
{
    for (size_t i = 0; i < engine->member_count; i++) {
        struct ht_member *member = engine->members[i];
        if (member->id != id)
            continue;
        member->removed = true;
        engine->removals = true;
        ht_heap_remove(&engine->due, &member->timer);
    }
    if (!engine->busy)
        free_removed(engine);
}

/* --- sockets ------------------------------------------------------------------------------- */

static int open_icmp(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    int code = HT_OK;
    if (ht_sockets_receive_fd(engine->sockets, ip_version, HT_ANSWERS_ICMP) < 0)
        code = ht_sockets_open(engine->sockets, ip_version, engine->reservation.local_id, error);
    if (code != HT_OK)
        return code;
    ht_router_prepare(&engine->router, ip_version);
    return ht_watch_socket(&engine->watch, engine->sockets, ip_version, HT_ANSWERS_ICMP, error);
}

static int open_tcp(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    int code =
        ht_sockets_open_tcp(engine->sockets, ip_version, engine->reservation.local_id, error);
    if (code != HT_OK)
        return code;
    return ht_watch_socket(&engine->watch, engine->sockets, ip_version, HT_ANSWERS_TCP, error);
}

/* Last, and without any privilege: until then the sockets receive nothing. */
static int reserve_number(struct ht_engine *engine, uint8_t ip_version, struct ht_error *error)
{
    (void)ip_version;
    int64_t now_ns = ht_clock_now().mono_ns;
    if (now_ns < engine->reserve_again_ns) {
        *error = engine->number.error;
        return error->code;
    }
    int code = HT_OK;
    if (engine->reservation.local_id == 0)
        code = ht_reservation_take(&engine->reservation, engine->host_secret, error);
    if (code != HT_OK) {
        if (error->sys_errno == EADDRINUSE)
            engine->reserve_again_ns = ht_time_add(now_ns, RESERVE_PAUSE_NS);
        return code;
    }
    ht_prober_set_local_id(engine->prober, engine->reservation.local_id);
    return ht_sockets_admit(engine->sockets, engine->reservation.local_id, error);
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
    return ht_router_may_mark(error);
}

const struct ht_error *ht_engine_open_sockets(struct ht_engine *engine, uint8_t ip_version,
                                              const struct ht_settings *settings)
{
    bool ipv6 = ip_version == HT_IPV6;
    const struct ht_error *refused = NULL;
    /* First, since the command that grants this grants what the sockets need as well. */
    if (settings->fwmark != 0)
        refused = open_unless_open(engine, ip_version, &engine->mark, try_mark);
    if (refused == NULL)
        refused = open_unless_open(engine, ip_version, &engine->icmp[ipv6], open_icmp);
    if (refused == NULL && settings->protocol == HT_TCP)
        refused = open_unless_open(engine, ip_version, &engine->tcp[ipv6], open_tcp);
    if (refused == NULL)
        refused = open_unless_open(engine, ip_version, &engine->number, reserve_number);
    return refused;
}

static bool needs_family(const struct ht_member *member, enum ht_ip_version ip_version)
{
    struct ht_address literal;
    const char *zone;
    enum ht_family family = member->target.settings.family;
    if (ht_address_parse_zoned(member->target.host, &literal, &zone))
        return literal.version == ip_version;
    return family == HT_FAMILY_ANY || (family == HT_FAMILY_IPV4) == (ip_version == HT_IPV4);
}

/* Opens what one target needs, as far as may be; the first refusal that is a fault goes to *error.
 */
static int open_for(struct ht_engine *engine, const struct ht_member *member,
                    struct ht_error *error)
{
    static const enum ht_ip_version versions[] = {HT_IPV4, HT_IPV6};
    int result = HT_OK;
    for (size_t i = 0; i < 2; i++) {
        if (!needs_family(member, versions[i]))
            continue;
        const struct ht_error *refused =
            ht_engine_open_sockets(engine, versions[i], &member->target.settings);
        /* A host without IPv6 is no fault: names have an IPv4 address too. The records tell. */
        if (refused == NULL || refused->code == HT_ERR_UNREACHABLE || result != HT_OK)
            continue;
        result = refused->code;
        if (error != NULL)
            *error = *refused;
    }
    return result;
}

/* Spreads the rounds of targets that are measured time and again over their interval. A deadline
 * leaves no time for that. */
static void spread(struct ht_engine *engine)
{
    int64_t now_ns = ht_clock_now().mono_ns;
    for (size_t i = 0; i < engine->member_count && engine->options.deadline_ns == 0; i++) {
        struct ht_member *member = engine->members[i];
        struct ht_schedule *schedule = &member->schedule;
        if (engine->interrupted || schedule->interval_ns == 0)
            continue;
        schedule->next_ns =
            now_ns + ht_schedule_offset_ns(i, engine->member_count, schedule->interval_ns);
        ht_heap_set(&engine->due, &member->timer, schedule->next_ns);
    }
}

/* Time counts from now on. */
static void begin(struct ht_engine *engine)
{
    spread(engine);
    if (engine->options.deadline_ns != 0)
        engine->deadline_ns = ht_time_add(ht_clock_now().mono_ns, engine->options.deadline_ns);
}

int ht_engine_open(struct ht_engine *engine, struct ht_error *error)
{
    int result = HT_OK;
    for (size_t i = 0; i < engine->member_count; i++) {
        int code = open_for(engine, engine->members[i], result == HT_OK ? error : NULL);
        if (result == HT_OK)
            result = code;
    }
    if (!engine->opened)
        begin(engine);
    engine->opened = true;
    return result;
}

bool ht_engine_needs_privilege(const struct ht_engine *engine)
{
    return may_open_later(&engine->mark) || may_open_later(&engine->icmp[0]) ||
           may_open_later(&engine->icmp[1]) || may_open_later(&engine->tcp[0]) ||
           may_open_later(&engine->tcp[1]);
}

int ht_engine_fd(const struct ht_engine *engine)
{
    return engine->watch.epoll_fd;
}

bool ht_engine_idle(const struct ht_engine *engine)
{
    return engine->rounds == 0 && ht_heap_first(&engine->due) == NULL;
}

/* --- the loop ------------------------------------------------------------------------------ */

static struct ht_member *member_of_timer(struct ht_heap_node *timer)
{
    return (struct ht_member *)(void *)((char *)timer - offsetof(struct ht_member, timer));
}

static void note_missed(struct ht_engine *engine, uint8_t ip_version, struct ht_missed missed)
{
    struct ht_now now = ht_clock_now();
    if (missed.overflows > 0)
        ht_prober_overflowed(engine->prober, now, missed.overflows);
    if (missed.sys_errno == 0)
        return;
    engine->read_again_ns = now.mono_ns + READ_PAUSE_NS;
    ht_prober_unreadable(engine->prober, now, ip_version, missed.sys_errno);
}

/* Routers without another address answer with that of the link. */
static void learn_zones(struct ht_engine *engine, const struct ht_incoming *packets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ht_zones_learn(&engine->zones, &packets[i].from, engine->now.mono_ns);
}

/* Reads what one socket has received. True if packets may be left. */
static bool receive(struct ht_engine *engine, const struct ht_watched_socket *socket)
{
    struct ht_incoming packets[HT_BATCH_MAX];
    for (int i = 0; i < RECEIVE_BATCHES_MAX; i++) {
        struct ht_missed missed;
        size_t count = ht_sockets_receive(engine->sockets, socket->ip_version, socket->answers,
                                          packets, &missed);
        if (missed.overflows > 0 || missed.sys_errno != 0)
            note_missed(engine, socket->ip_version, missed);
        if (count == 0)
            return false;
        engine->unstamped |= !packets[0].kernel_stamp;
        engine->now = ht_clock_now();
        if (socket->ip_version == HT_IPV6)
            learn_zones(engine, packets, count);
        ht_prober_receive(engine->prober, engine->now, packets, count);
        if (count < HT_BATCH_MAX)
            return false;
    }
    return true;
}

/* Looks at what has happened. True if more is waiting than one turn takes. */
static bool take_events(struct ht_engine *engine)
{
    struct epoll_event events[16];
    bool more = false;
    bool names = false;
    /* Read before looking: what comes in later must not be overtaken by this time. */
    engine->now = ht_clock_now();
    int count = epoll_wait(engine->watch.epoll_fd, events, 16, 0);
    if (count < 0 && errno != EINTR)
        engine->watch.sys_errno = errno;
    for (size_t i = 0; engine->watch.resting && i < HT_WATCHED_SOCKETS; i++)
        more |= receive(engine, &ht_watched_sockets[i]);
    for (int i = 0; i < count; i++) {
        uint64_t tag = events[i].data.u64;
        if (tag < HT_WATCHED_SOCKETS && !engine->watch.resting)
            more |= receive(engine, &ht_watched_sockets[tag]);
        else if (tag == TAG_RESOLVER)
            ht_resolver_process(engine->resolver, engine->now.mono_ns);
        else if (tag == TAG_NAMES)
            names = true;
    }
    if (names || ht_reverse_next_ns(engine->names.reverse) <= engine->now.mono_ns)
        ht_reverse_process(engine->names.reverse, engine->now.mono_ns);
    if (ht_resolver_next_ns(engine->resolver) <= engine->now.mono_ns)
        ht_resolver_process(engine->resolver, engine->now.mono_ns);
    return more;
}

/* Closes every record under way; then no further round begins. A target that never had a round
 * gets a record too, but not one that a callback adds meanwhile: who answers each record with
 * another target would never come to an end. What is here already is read before: it is not late.
 */
static void close_all(struct ht_engine *engine, enum ht_stop_reason reason)
{
    size_t count = engine->member_count;
    engine->interrupted = true;
    for (int i = 0; engine->opened && i < TURNS_MAX && take_events(engine); i++)
        ;
    engine->closed = true;
    ht_prober_close_all(engine->prober, engine->now, reason);
    ht_names_deliver(engine, true);
    for (size_t i = 0; i < count; i++) {
        struct ht_member *member = engine->members[i];
        ht_heap_remove(&engine->due, &member->timer);
        if (!member->removed && (member->in_round || !member->reported))
            ht_round_cut(member, reason);
    }
}

/* When the next round begins. While more than enough of them wait inside the prober, those that are
 * due wait here, where they cost nothing. */
static int64_t next_round_ns(const struct ht_engine *engine)
{
    const struct ht_heap_node *first = ht_heap_first(&engine->due);
    bool may_begin = !engine->interrupted && ht_prober_wants_rounds(engine->prober) > 0;
    return first != NULL && may_begin ? first->key_ns : HT_NEVER;
}

static void begin_rounds(struct ht_engine *engine)
{
    size_t wanted = ht_prober_wants_rounds(engine->prober);
    for (struct ht_heap_node *first;
         wanted > 0 && !engine->interrupted && (first = ht_heap_first(&engine->due)) != NULL &&
         first->key_ns <= engine->now.mono_ns;
         wanted--) {
        ht_heap_remove(&engine->due, first);
        ht_round_begin(member_of_timer(first));
    }
}

/* Sends what is due, one batch. */
static void send_batch(struct ht_engine *engine)
{
    size_t count = ht_prober_collect(engine->prober, engine->now, engine->batch, HT_BATCH_MAX);
    if (count == 0)
        return;
    ht_sockets_send(engine->sockets, engine->batch, count);
    engine->now = ht_clock_now();
    ht_prober_sent(engine->prober, engine->now, engine->batch, count);
}

static int64_t next_ns(const struct ht_engine *engine)
{
    int64_t next =
        ht_time_min(ht_prober_next_ns(engine->prober), ht_resolver_next_ns(engine->resolver));
    next = ht_time_min(next, next_round_ns(engine));
    next = ht_time_min(next, ht_names_next_ns(&engine->names));
    return engine->closed ? next : ht_time_min(next, engine->deadline_ns);
}

/* One turn: what came in goes first, and time advances only once all of it is read, so that
 * nothing that is already here counts as lost. True if there is more to do at once. */
static bool turn(struct ht_engine *engine)
{
    bool more = take_events(engine);
    if (!more)
        ht_prober_advance(engine->prober, engine->now);
    if (engine->deadline_ns <= engine->now.mono_ns && !engine->closed)
        close_all(engine, HT_STOP_DEADLINE);
    if (engine->interrupted && !engine->closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    ht_names_deliver(engine, false);
    begin_rounds(engine);
    send_batch(engine);
    return more || next_ns(engine) <= engine->now.mono_ns;
}

/* Answers that came while the machine was suspended came to nobody. */
static void notice_suspension(struct ht_engine *engine)
{
    int64_t least_ns;
    int64_t most_ns;
    ht_clock_suspended(&least_ns, &most_ns);
    if (least_ns <= engine->suspended_ns)
        return;
    engine->suspended_ns = most_ns;
    engine->resumed_ns = ht_clock_mono_ns();
}

/* Until there is something to do. Answers have to be read at once where our own clock tells when
 * they came; those that the kernel refused to hand over keep a socket readable, and wait. */
static void wait_for_events(struct ht_engine *engine)
{
    int64_t wake_ns = next_ns(engine);
    if (engine->read_again_ns > engine->now.mono_ns) {
        if (ht_prober_rounds(engine->prober) > 0)
            wake_ns = ht_time_min(wake_ns, engine->read_again_ns);
        ht_watch_until(&engine->watch, engine->sockets, wake_ns, true);
        return;
    }
    uint32_t pps = engine->options.pps;
    bool rests = pps != 0 && HT_NS_PER_S / pps <= REST_NS && !engine->unstamped &&
                 wake_ns != HT_NEVER && wake_ns - engine->now.mono_ns <= REST_NS;
    ht_watch_until(&engine->watch, engine->sockets, wake_ns, rests);
}

int ht_engine_dispatch(struct ht_engine *engine, struct ht_error *error)
{
    if (!engine->opened)
        return ht_error_set(error, HT_ERR_INVALID, "the engine was not opened");
    ht_watch_hush(&engine->watch);
    notice_suspension(engine);
    engine->busy = true;
    for (int i = 0; i < TURNS_MAX && engine->watch.sys_errno == 0 && turn(engine); i++)
        ;
    if (engine->interrupted && !engine->closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    engine->busy = false;
    free_removed(engine);
    wait_for_events(engine);
    if (engine->watch.sys_errno != 0)
        return ht_error_system(error, engine->watch.sys_errno, "event loop failed");
    return HT_OK;
}

void ht_engine_interrupt(struct ht_engine *engine)
{
    engine->interrupted = true;
    if (engine->busy)
        return; /* from a callback: the dispatch under way sees to it */
    engine->now = ht_clock_now();
    engine->busy = true;
    if (!engine->closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    engine->busy = false;
    free_removed(engine);
}
