#include "api/grid.h"

#include <stdlib.h>
#include <unistd.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "net/clock.h"

/* A target and the share of its interval that passes until its grid has its next point. */
struct first_round {
    struct ht_scheduled_target *scheduled;
    double share;
};

void ht_grid_init(struct ht_grid *grid, struct ht_now now)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0)
        name[0] = '\0';
    ht_spread_init(&grid->spread, name);
    grid->origin_ns = now.mono_ns - now.wall_ns;
}

void ht_grid_fini(struct ht_grid *grid)
{
    ht_spread_fini(&grid->spread);
}

/* Whether rounds of the target follow a grid of this host's. */
static bool has_grid(const struct ht_scheduled_target *scheduled)
{
    const struct ht_engine_options *options = &scheduled->engine->options;
    return scheduled->target.settings.interval_ns > 0 && !options->triggered &&
           options->deadline_ns == 0;
}

/* The first point of the target's grid that is not before this time. */
static int64_t point_from(const struct ht_scheduled_target *scheduled, int64_t time_ns)
{
    const struct ht_grid *grid = &scheduled->engine->grid;
    int64_t interval_ns = scheduled->target.settings.interval_ns;
    int64_t offset_ns = ht_spread_offset_ns(&grid->spread, interval_ns, scheduled->phase);
    int64_t behind_ns = (time_ns - grid->origin_ns - offset_ns) % interval_ns;
    if (behind_ns < 0)
        behind_ns += interval_ns;
    return behind_ns == 0 ? time_ns : time_ns + interval_ns - behind_ns;
}

/* For want of memory a target goes on from its first round's time. */
static bool take_phase(struct ht_scheduled_target *scheduled)
{
    scheduled->has_phase =
        ht_spread_take(&scheduled->engine->grid.spread, scheduled->target.settings.interval_ns,
                       scheduled->target.name, &scheduled->phase);
    return scheduled->has_phase;
}

/* The round that begins at next_ns stands for the grid's point that is nearest to it. */
static void set_point(struct ht_scheduled_target *scheduled)
{
    struct ht_schedule *schedule = &scheduled->schedule;
    schedule->point_ns = point_from(scheduled, schedule->next_ns - schedule->interval_ns / 2);
}

void ht_grid_enter(struct ht_scheduled_target *scheduled)
{
    if (scheduled->engine->opened && has_grid(scheduled) && take_phase(scheduled))
        set_point(scheduled);
}

void ht_grid_leave(struct ht_scheduled_target *scheduled)
{
    if (scheduled->has_phase)
        ht_spread_leave(&scheduled->engine->grid.spread, scheduled->target.settings.interval_ns,
                        scheduled->phase);
    scheduled->has_phase = false;
}

static int compare(const void *a, const void *b)
{
    const struct first_round *x = a;
    const struct first_round *y = b;
    if (x->share != y->share)
        return x->share < y->share ? -1 : 1;
    return (x->scheduled->index > y->scheduled->index) -
           (x->scheduled->index < y->scheduled->index);
}

/* Lists those that have a phase by their grids' next points. */
static size_t list_first_rounds(struct ht_engine *engine, struct first_round *first, int64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->targets.count; i++) {
        struct ht_scheduled_target *scheduled = engine->targets.list[i];
        if (!has_grid(scheduled) || !take_phase(scheduled))
            continue;
        int64_t left_ns = point_from(scheduled, now_ns) - now_ns;
        first[count++] = (struct first_round){
            .scheduled = scheduled,
            .share = (double)left_ns / (double)scheduled->target.settings.interval_ns};
    }
    qsort(first, count, sizeof *first, compare);
    return count;
}

void ht_grid_begin(struct ht_engine *engine)
{
    struct ht_targets *targets = &engine->targets;
    struct first_round *first = calloc(targets->count + 1, sizeof *first);
    if (first == NULL || engine->loop.interrupted) {
        free(first);
        return;
    }
    for (size_t i = 0; i < targets->count; i++) {
        if (has_grid(targets->list[i]))
            (void)ht_spread_expect(&engine->grid.spread,
                                   targets->list[i]->target.settings.interval_ns);
    }
    int64_t now_ns = ht_clock_now().mono_ns;
    size_t count = list_first_rounds(engine, first, now_ns);
    for (size_t i = 0; i < count; i++) {
        struct ht_scheduled_target *scheduled = first[i].scheduled;
        struct ht_schedule *schedule = &scheduled->schedule;
        schedule->next_ns = now_ns + ht_schedule_offset_ns(i, count, schedule->interval_ns);
        set_point(scheduled);
        ht_heap_set(&engine->due, &scheduled->timer, schedule->next_ns);
    }
    free(first);
}
