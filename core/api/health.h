/* The engine's own work, counted where on_health is wanted. Without it engine->health is NULL, and
 * each of these returns at once. */
#ifndef HT_API_HEALTH_H
#define HT_API_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/durations.h"
#include "hoptrace/health.h"
#include "hoptrace/report.h"
#include "net/usage.h"

struct ht_engine;
struct ht_scheduled_target;

struct ht_health_state {
    struct ht_health_counts counts; /* of what the prober does not count */
    struct ht_health_counts told;   /* the totals when they were told last */
    struct ht_durations late;       /* of the wake-ups since then */
    struct ht_usage usage;
    int64_t told_ns; /* when that was; HT_NEVER: nothing was dispatched yet */
    int64_t next_ns; /* when it is told next */
    int64_t cpu_ns;  /* of the dispatching thread at told_ns */
};

/* False: no memory. */
bool ht_health_open(struct ht_engine *engine);
void ht_health_close(struct ht_engine *engine);

/* A dispatch begins: late, if the timer has rung. */
void ht_health_note_wakeup(struct ht_engine *engine);

/* A round begins that was due at `due_ns`. */
void ht_health_note_begin(const struct ht_scheduled_target *scheduled, int64_t due_ns);

/* A record was closed. The schedule has moved on, from the point of the grid that the round stood
 * for, `point_ns`. */
void ht_health_note_record(const struct ht_scheduled_target *scheduled,
                           const struct ht_report *report, int64_t point_ns);

void ht_health_note_overflows(struct ht_engine *engine, uint32_t count);

/* Tells when it is time; when that is, HT_NEVER: never. */
void ht_health_tell(struct ht_engine *engine);
int64_t ht_health_next_ns(const struct ht_engine *engine);

/* The engine has come to an end: tells of what was not told yet. */
void ht_health_finish(struct ht_engine *engine);

#endif
