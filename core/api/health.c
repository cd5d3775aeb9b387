#include "api/health.h"

#include <math.h>
#include <stdlib.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "net/clock.h"

/* A round is late from here on: less is a busy moment of this machine, and answers that wait for
 * each other take up to 20.6 ms. */
#define LATE_NS     (100 * HT_NS_PER_MS)
#define LATE_SHARES 10 /* of an interval */

bool ht_health_open(struct ht_engine *engine)
{
    if (engine->options.on_health == NULL)
        return true;
    engine->health = calloc(1, sizeof *engine->health);
    if (engine->health == NULL)
        return false;
    ht_usage_open(&engine->health->usage);
    engine->health->told_ns = engine->health->next_ns = HT_NEVER;
    return true;
}

void ht_health_close(struct ht_engine *engine)
{
    if (engine->health == NULL)
        return;
    ht_usage_close(&engine->health->usage);
    free(engine->health);
    engine->health = NULL;
}

/* From now on it is counted: the dispatching thread is known, and so is its time. */
static void begin(struct ht_engine *engine, int64_t now_ns)
{
    struct ht_health_state *health = engine->health;
    health->told_ns = now_ns;
    health->cpu_ns = ht_usage_cpu_ns();
    if (engine->options.health_interval_ns > 0)
        health->next_ns = ht_time_add(now_ns, engine->options.health_interval_ns);
}

void ht_health_note_wakeup(struct ht_engine *engine)
{
    struct ht_health_state *health = engine->health;
    if (health == NULL)
        return;
    int64_t now_ns = ht_clock_mono_ns();
    if (health->told_ns == HT_NEVER) {
        begin(engine, now_ns);
        return;
    }
    if (engine->watch.timer_ns > now_ns)
        return;
    health->counts.wakeups++;
    ht_durations_add(&health->late, now_ns - engine->watch.timer_ns);
}

void ht_health_note_begin(const struct ht_scheduled_target *scheduled, int64_t due_ns)
{
    struct ht_health_state *health = scheduled->engine->health;
    int64_t interval_ns = scheduled->target.settings.interval_ns;
    if (health != NULL &&
        scheduled->engine->now.mono_ns - due_ns > ht_time_max(LATE_NS, interval_ns / LATE_SHARES))
        health->counts.rounds_late++;
}

void ht_health_note_record(const struct ht_scheduled_target *scheduled,
                           const struct ht_report *report, int64_t point_ns)
{
    struct ht_health_state *health = scheduled->engine->health;
    const struct ht_schedule *schedule = &scheduled->schedule;
    if (health == NULL)
        return;
    health->counts.rounds++;
    health->counts.local_errors += report->local_errors;
    if (schedule->next_ns == HT_NEVER || schedule->point_ns <= point_ns)
        return;
    health->counts.rounds_left_out +=
        (uint64_t)((schedule->point_ns - point_ns) / schedule->interval_ns) - 1;
}

void ht_health_note_overflows(struct ht_engine *engine, uint32_t count)
{
    if (engine->health != NULL)
        engine->health->counts.rx_overflows += count;
}

int64_t ht_health_next_ns(const struct ht_engine *engine)
{
    return engine->health != NULL ? engine->health->next_ns : HT_NEVER;
}

static struct ht_health_counts totals_of(const struct ht_engine *engine)
{
    struct ht_prober_counters packets = ht_prober_counters(engine->prober);
    struct ht_health_counts totals = engine->health->counts;
    totals.sent = packets.sent;
    totals.received = packets.received;
    totals.strangers = packets.strangers;
    totals.forged = packets.forged;
    return totals;
}

static struct ht_health_counts difference(const struct ht_health_counts *totals,
                                          const struct ht_health_counts *before)
{
    return (struct ht_health_counts){
        .rounds = totals->rounds - before->rounds,
        .rounds_late = totals->rounds_late - before->rounds_late,
        .rounds_left_out = totals->rounds_left_out - before->rounds_left_out,
        .sent = totals->sent - before->sent,
        .received = totals->received - before->received,
        .strangers = totals->strangers - before->strangers,
        .forged = totals->forged - before->forged,
        .local_errors = totals->local_errors - before->local_errors,
        .rx_overflows = totals->rx_overflows - before->rx_overflows,
        .wakeups = totals->wakeups - before->wakeups,
    };
}

static double late_ms(const struct ht_durations *late)
{
    int64_t late_ns = ht_durations_percentile_ns(late, 99);
    return late_ns < 0 ? NAN : ht_ns_to_ms(late_ns);
}

static void tell(struct ht_engine *engine, struct ht_now now)
{
    struct ht_health_state *health = engine->health;
    const struct ht_health_counts totals = totals_of(engine);
    const struct ht_health_counts counts = difference(&totals, &health->told);
    int64_t cpu_ns = ht_usage_cpu_ns();
    struct ht_health told = {
        .time_ns = now.wall_ns,
        .duration_ns = now.mono_ns - health->told_ns,
        .targets = engine->targets.count,
        .counts = &counts,
        .totals = &totals,
        .wakeup_late_ms_p99 = late_ms(&health->late),
        .pps_needed = ht_load_needed(engine),
        .cpu_percent = NAN,
        .cpu_ns = cpu_ns,
        .memory_bytes = ht_usage_memory_bytes(&health->usage),
    };
    if (told.duration_ns > 0)
        told.cpu_percent = 100 * (double)(cpu_ns - health->cpu_ns) / (double)told.duration_ns;
    health->told = totals;
    health->late = (struct ht_durations){.count = 0};
    health->told_ns = now.mono_ns;
    health->cpu_ns = cpu_ns;
    engine->options.on_health(engine->options.user, &told);
}

void ht_health_tell(struct ht_engine *engine)
{
    struct ht_health_state *health = engine->health;
    int64_t interval_ns = engine->options.health_interval_ns;
    if (health == NULL || health->next_ns > engine->now.mono_ns)
        return;
    /* One that was missed is not made up for. */
    int64_t missed = (engine->now.mono_ns - health->next_ns) / interval_ns;
    health->next_ns += (missed + 1) * interval_ns;
    tell(engine, engine->now);
}

void ht_health_finish(struct ht_engine *engine)
{
    const struct ht_health_state *health = engine->health;
    if (health == NULL || health->counts.rounds == health->told.rounds)
        return;
    tell(engine, ht_clock_now());
}
