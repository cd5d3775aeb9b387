#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

#include "api/causes.h"
#include "api/engine_internal.h"
#include "api/memory.h"
#include "api/rounds.h"
#include "api/scheduled_target.h"
#include "api/waiting.h"
#include "model/protocol.h"
#include "net/clock.h"
#include "net/zone_names.h"

/* Turns of receiving and sending in one dispatch, at most: then the thread is given back to the
 * caller. */
#define TURNS_MAX 64

/* When the next probe leaves within this time, answers do not wake the thread before, even where
 * they are not to wait. */
#define REST_NS (2 * HT_NS_PER_MS)

/* Packets in a dispatch; with fewer they come one by one, and the next one does not wait. */
#define MOVED_FEW 2

/* Batches of packets read from one socket before something else gets its turn. */
#define RECEIVE_BATCHES_MAX 16

/* Pause before the next read when the kernel refuses to hand over what was received. */
#define READ_PAUSE_NS (10 * HT_NS_PER_MS)

static struct ht_scheduled_target *target_of_timer(struct ht_heap_node *timer)
{
    return (struct ht_scheduled_target *)(void *)((char *)timer -
                                                  offsetof(struct ht_scheduled_target, timer));
}

static void note_missed(struct ht_engine *engine, uint8_t ip_version, struct ht_missed missed)
{
    struct ht_now now = ht_clock_now();
    if (missed.overflows > 0)
        ht_prober_overflowed(engine->prober, now, missed.overflows);
    ht_health_note_overflows(engine, missed.overflows);
    if (missed.sys_errno == 0)
        return;
    engine->loop.read_again_ns = now.mono_ns + READ_PAUSE_NS;
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
        engine->loop.moved += count;
        engine->loop.unstamped |= !packets[0].kernel_stamp;
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
    engine->now = engine->loop.looked = ht_clock_now();
    int count = epoll_wait(engine->watch.epoll_fd, events, 16, 0);
    if (count < 0 && errno != EINTR)
        engine->watch.sys_errno = errno;
    for (size_t i = 0; engine->watch.resting && i < HT_WATCHED_SOCKETS; i++)
        more |= receive(engine, &ht_watched_sockets[i]);
    for (int i = 0; i < count; i++) {
        uint64_t tag = events[i].data.u64;
        if (tag < HT_WATCHED_SOCKETS && !engine->watch.resting)
            more |= receive(engine, &ht_watched_sockets[tag]);
        else if (tag == HT_TAG_RESOLVER)
            ht_resolver_process(engine->resolver, engine->now.mono_ns);
        else if (tag == HT_TAG_NAMES)
            names = true;
        else if (tag == HT_TAG_ADDRESSES)
            ht_address_changes_read(&engine->address_changes, engine->now.mono_ns);
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
    size_t count = engine->targets.count;
    engine->loop.interrupted = true;
    for (int i = 0; engine->opened && i < TURNS_MAX && take_events(engine); i++)
        ;
    engine->loop.closed = true;
    ht_prober_close_all(engine->prober, engine->now, reason);
    ht_waiting_deliver(engine, true);
    for (size_t i = 0; i < count; i++) {
        struct ht_scheduled_target *scheduled = engine->targets.list[i];
        ht_heap_remove(&engine->due, &scheduled->timer);
        if (!scheduled->removed && (scheduled->in_round || !scheduled->reported))
            ht_round_cut(scheduled, reason);
    }
    ht_causes_tell(engine, true);
}

/* When the next round begins. While more than enough of them wait inside the prober, those that are
 * due wait here, where they cost nothing. */
static int64_t next_round_ns(const struct ht_engine *engine)
{
    const struct ht_heap_node *first = ht_heap_first(&engine->due);
    bool may_begin = !engine->loop.interrupted && ht_prober_wants_rounds(engine->prober) > 0;
    return first != NULL && may_begin ? first->key_ns : HT_NEVER;
}

/* To the prober each flow of a target is a round. */
static void begin_rounds(struct ht_engine *engine)
{
    size_t wanted = ht_prober_wants_rounds(engine->prober);
    struct ht_heap_node *first;
    while (wanted > 0 && !engine->loop.interrupted &&
           (first = ht_heap_first(&engine->due)) != NULL && first->key_ns <= engine->now.mono_ns) {
        struct ht_scheduled_target *scheduled = target_of_timer(first);
        size_t flows = ht_settings_most_flows(&scheduled->target.settings);
        wanted -= flows < wanted ? flows : wanted;
        ht_heap_remove(&engine->due, first);
        ht_health_note_begin(scheduled, first->key_ns);
        ht_round_begin(scheduled);
    }
}

/* Sends what is due, one batch. Returns how many packets that was. The ceiling counts from when
 * they leave: reading and closing records may have taken some time. */
static size_t send_batch(struct ht_engine *engine)
{
    engine->now = ht_clock_now();
    size_t count = ht_prober_collect(engine->prober, engine->now, engine->loop.batch, HT_BATCH_MAX);
    if (count == 0)
        return 0;
    engine->loop.moved += count;
    ht_sockets_send(engine->sockets, engine->loop.batch, count);
    engine->now = ht_clock_now();
    ht_prober_sent(engine->prober, engine->now, engine->loop.batch, count);
    return count;
}

/* How long what comes in may wait; 0: not at all. Where our own clock tells when answers came, they
 * have to be read at once. */
static int64_t period_ns(const struct ht_engine *engine)
{
    return engine->loop.unstamped ? 0 : ht_prober_period_ns(engine->prober);
}

/* Sends what is due. While what comes in waits, what becomes due by the sending goes as well, and
 * then records are closed: it is some time until the next turn. */
static void send_due(struct ht_engine *engine, bool advances)
{
    size_t count = send_batch(engine);
    if (period_ns(engine) == 0)
        return;
    for (size_t sent = count; count > 0 && sent < HT_BATCH_MAX; sent += count)
        count = send_batch(engine);
    if (advances)
        ht_prober_advance(engine->prober, engine->loop.looked);
}

/* True if no record will come any more, and so no event. */
static bool is_over(const struct ht_engine *engine)
{
    return engine->rounds == 0 && ht_heap_first(&engine->due) == NULL;
}

static int64_t causes_ns(const struct ht_engine *engine)
{
    int64_t next_ns = ht_causes_next_ns(engine);
    return next_ns != HT_NEVER && is_over(engine) ? 0 : next_ns;
}

/* When there is something to do next, not regarding what comes in. */
static int64_t next_ns(const struct ht_engine *engine)
{
    int64_t next =
        ht_time_min(ht_prober_next_ns(engine->prober), ht_resolver_next_ns(engine->resolver));
    next = ht_time_min(next, next_round_ns(engine));
    next = ht_time_min(next, ht_reverse_next_ns(engine->names.reverse));
    next = ht_time_min(next, ht_waiting_next_ns(engine));
    next = ht_time_min(next, ht_memory_next_ns(engine));
    next = ht_time_min(next, ht_health_next_ns(engine));
    next = ht_time_min(next, causes_ns(engine));
    return engine->loop.closed ? next : ht_time_min(next, engine->loop.deadline_ns);
}

/* True if what comes in waits now: where it may, and there is enough of it, or more probes leave
 * soon. */
static bool waits(const struct ht_engine *engine)
{
    return period_ns(engine) > 0 &&
           (engine->loop.moved >= MOVED_FEW || ht_prober_send_ns(engine->prober) != HT_NEVER);
}

/* When the thread wakes up next. Where what comes in may wait, timers do as well; but probes leave
 * when they may. */
static int64_t wake_ns(const struct ht_engine *engine)
{
    int64_t may_wait_ns = period_ns(engine);
    if (may_wait_ns == 0)
        return next_ns(engine);
    int64_t latest_ns = ht_time_add(engine->now.mono_ns, may_wait_ns);
    if (!waits(engine))
        latest_ns = ht_time_max(latest_ns, next_ns(engine));
    latest_ns = ht_time_min(latest_ns, ht_prober_send_ns(engine->prober));
    return engine->loop.closed ? latest_ns : ht_time_min(latest_ns, engine->loop.deadline_ns);
}

/* One turn: what came in goes first, and time advances only once all of it is read, and only to
 * when the reading began, so that nothing that is already here counts as lost. True if there is
 * more to do at once. */
static bool turn(struct ht_engine *engine)
{
    bool more = take_events(engine);
    if (!more)
        ht_prober_advance(engine->prober, engine->loop.looked);
    if (engine->loop.deadline_ns <= engine->now.mono_ns && !engine->loop.closed)
        close_all(engine, HT_STOP_DEADLINE);
    if (engine->loop.interrupted && !engine->loop.closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    ht_waiting_deliver(engine, false);
    ht_causes_tell(engine, is_over(engine));
    ht_memory_save(engine);
    ht_health_tell(engine);
    begin_rounds(engine);
    send_due(engine, !more);
    return more || wake_ns(engine) <= engine->now.mono_ns;
}

/* Answers that came while the machine was suspended are lost. */
static void notice_suspension(struct ht_engine *engine)
{
    int64_t least_ns;
    int64_t most_ns;
    ht_clock_suspended(&least_ns, &most_ns);
    if (least_ns <= engine->loop.suspended_ns)
        return;
    engine->loop.suspended_ns = most_ns;
    engine->loop.resumed_ns = ht_clock_mono_ns();
}

/* Until there is something to do. Answers have to be read at once where our own clock tells when
 * they came; those that the kernel refused to hand over keep a socket readable, and wait. */
static void wait_for_events(struct ht_engine *engine)
{
    int64_t until_ns = wake_ns(engine);
    if (engine->loop.read_again_ns > engine->now.mono_ns) {
        if (ht_prober_rounds(engine->prober) > 0)
            until_ns = ht_time_min(until_ns, engine->loop.read_again_ns);
        ht_watch_until(&engine->watch, engine->sockets, until_ns, true);
        return;
    }
    uint32_t pps = engine->options.pps;
    bool rests = pps != 0 && HT_NS_PER_S / pps <= REST_NS && !engine->loop.unstamped &&
                 until_ns != HT_NEVER && until_ns - engine->now.mono_ns <= REST_NS;
    ht_watch_until(&engine->watch, engine->sockets, until_ns, rests || waits(engine));
}

int ht_engine_dispatch(struct ht_engine *engine, struct ht_error *error)
{
    if (!engine->opened)
        return ht_error_set(error, HT_ERR_INVALID, "the engine was not opened");
    ht_health_note_wakeup(engine);
    notice_suspension(engine);
    ht_memory_forget_left(engine);
    engine->loop.busy = true;
    engine->loop.moved = 0;
    for (int i = 0; i < TURNS_MAX && engine->watch.sys_errno == 0 && turn(engine); i++)
        ;
    if (engine->loop.interrupted && !engine->loop.closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    if (ht_engine_idle(engine))
        ht_health_finish(engine);
    engine->loop.busy = false;
    ht_targets_free_removed(engine);
    wait_for_events(engine);
    if (engine->watch.sys_errno != 0)
        return ht_error_system(error, engine->watch.sys_errno, "event loop failed");
    return HT_OK;
}

void ht_engine_interrupt(struct ht_engine *engine)
{
    engine->loop.interrupted = true;
    if (engine->loop.busy)
        return; /* from a callback: the dispatch under way sees to it */
    engine->now = ht_clock_now();
    engine->loop.busy = true;
    if (!engine->loop.closed)
        close_all(engine, HT_STOP_INTERRUPTED);
    if (ht_engine_idle(engine))
        ht_health_finish(engine);
    engine->loop.busy = false;
    ht_targets_free_removed(engine);
}
