#include "api/trigger.h"

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "net/clock.h"

/* The engine's `due` holds the targets that wait for a trigger at HT_NEVER: they have rounds to
 * come, and none of them begins by the clock. */
int64_t ht_trigger_first_ns(const struct ht_engine *engine, int64_t now_ns)
{
    return engine->options.triggered ? HT_NEVER : now_ns;
}

/* A round that a trigger began leaves the clock's next one where it is. */
void ht_trigger_advance(struct ht_scheduled_target *scheduled, int64_t now_ns)
{
    struct ht_schedule *schedule = &scheduled->schedule;
    struct ht_schedule planned = *schedule;
    ht_schedule_advance(schedule, now_ns);
    if (schedule->rounds_left == 0 || planned.next_ns <= now_ns)
        return;
    schedule->next_ns = planned.next_ns;
    schedule->point_ns = planned.point_ns;
}

void ht_trigger_enter(struct ht_scheduled_target *scheduled)
{
    struct ht_engine *engine = scheduled->engine;
    const struct ht_schedule *schedule = &scheduled->schedule;
    bool asked_for = scheduled->triggered;
    scheduled->triggered = false;
    if (schedule->rounds_left > 0 && !engine->loop.interrupted)
        ht_heap_set(&engine->due, &scheduled->timer,
                    asked_for ? engine->now.mono_ns : schedule->next_ns);
}

/* True while the target's next round has its time. */
static bool is_entered(const struct ht_scheduled_target *scheduled)
{
    return scheduled->timer.slot != HT_HEAP_OUTSIDE;
}

static void trigger(struct ht_scheduled_target *scheduled, int64_t now_ns)
{
    struct ht_heap_node *timer = &scheduled->timer;
    if (scheduled->in_round)
        scheduled->triggered = true;
    else if (is_entered(scheduled))
        ht_heap_set(&scheduled->engine->due, timer, ht_time_min(timer->key_ns, now_ns));
}

void ht_engine_trigger(struct ht_engine *engine)
{
    int64_t now_ns = ht_clock_mono_ns();
    for (size_t i = 0; i < engine->targets.count; i++)
        trigger(engine->targets.list[i], now_ns);
    if (!engine->loop.busy)
        ht_watch_until(&engine->watch, engine->sockets, ht_time_min(engine->watch.timer_ns, now_ns),
                       engine->watch.resting);
}

static void end(struct ht_scheduled_target *scheduled, int64_t now_ns)
{
    struct ht_schedule *schedule = &scheduled->schedule;
    if (scheduled->in_round) {
        /* A record that waits for names is of a round that was counted already. */
        bool counted = scheduled->waiting.report != NULL;
        schedule->rounds_left = (counted ? 0U : 1U) + (scheduled->triggered ? 1U : 0U);
    } else if (is_entered(scheduled) && scheduled->timer.key_ns <= now_ns) {
        schedule->rounds_left = 1;
    } else {
        schedule->rounds_left = 0;
        ht_heap_remove(&scheduled->engine->due, &scheduled->timer);
    }
}

void ht_engine_finish(struct ht_engine *engine)
{
    int64_t now_ns = ht_clock_mono_ns();
    for (size_t i = 0; i < engine->targets.count; i++)
        end(engine->targets.list[i], now_ns);
}
