#include "records.h"

#include <stdlib.h>

#include "output/format.h"

/* A target in the round that is being collected. */
struct place {
    size_t count; /* its records in it */
    bool awaited; /* the round is not complete without one */
    bool repeats; /* there may be several */
};

/* How often there is a round of all: each --interval, unless no target is measured so often. */
static int64_t round_interval_ns(const struct plan *plan)
{
    int64_t shortest_ns = HT_NEVER;
    for (size_t i = 0; i < plan->target_count; i++)
        shortest_ns = ht_time_min(shortest_ns, plan->targets[i].settings.interval_ns);
    return ht_time_max(plan->process.interval_ns, shortest_ns);
}

/* A format that takes several records of a target waits for those alone that have one in each
 * round. */
static bool make_places(struct records *records, const struct plan *plan)
{
    int64_t interval_ns = round_interval_ns(plan);
    records->places = calloc(plan->target_count, sizeof *records->places);
    if (records->places == NULL)
        return false;
    for (size_t i = 0; i < plan->target_count; i++) {
        int64_t own_ns = plan->targets[i].settings.interval_ns;
        struct place *place = &records->places[i];
        place->awaited = !records->format->repeats || own_ns <= interval_ns;
        place->repeats = records->format->repeats && own_ns < interval_ns;
        records->awaited += place->awaited;
    }
    records->missing = records->awaited;
    return true;
}

int records_init(struct records *records, const struct ht_output_format *format,
                 const struct ht_output_context *context, const struct plan *plan,
                 struct ht_text *text)
{
    *records = (struct records){.format = format, .context = *context, .text = text};
    return !format->whole_round || make_places(records, plan) ? HT_OK : HT_ERR_NOMEM;
}

static void forget_round(struct records *records)
{
    for (size_t i = 0; i < records->round_count; i++) {
        struct place *place = records->round[i]->user;
        place->count = 0;
        ht_report_free(records->round[i]);
    }
    records->round_count = 0;
    records->missing = records->awaited;
}

void records_fini(struct records *records)
{
    forget_round(records);
    free(records->round);
    free(records->places);
    *records = (struct records){0};
}

void *records_place(const struct records *records, size_t index)
{
    return records->places != NULL ? &records->places[index] : NULL;
}

/* ---- whole rounds ---- */

void records_finish(struct records *records)
{
    if (records->round_count == 0)
        return;
    records->format->write(records->text, (const struct ht_report *const *)records->round,
                           records->round_count, &records->context);
    forget_round(records);
}

static bool make_room(struct records *records)
{
    if (records->round_count < records->round_capacity)
        return true;
    size_t capacity = records->round_capacity * 2 + 16;
    struct ht_report **round = realloc(records->round, capacity * sizeof(struct ht_report *));
    if (round == NULL)
        return false;
    records->round = round;
    records->round_capacity = capacity;
    return true;
}

static bool keep(struct records *records, const struct ht_report *report)
{
    struct ht_report *copy = make_room(records) ? ht_report_copy(report) : NULL;
    if (copy != NULL)
        records->round[records->round_count++] = copy;
    return copy != NULL;
}

/* A target that reports again before all others did (they take longer than its interval) ends the
 * round: no record may be lost, nor wait for ever. */
static void collect(struct records *records, const struct ht_report *report)
{
    struct place *place = report->user;
    if (place->count > 0 && !place->repeats)
        records_finish(records);
    if (!keep(records, report)) {
        records->no_memory = true;
        return;
    }
    records->missing -= place->awaited && place->count == 0;
    place->count++;
    if (records->missing == 0)
        records_finish(records);
}

/* ---- hop by hop ---- */

static void show_hop(struct records *records, const struct ht_report *report,
                     const struct ht_hop *hop)
{
    if (hop->ttl <= records->last_ttl_shown)
        return;
    if (!records->head_shown)
        records->format->pieces->head(records->text, report);
    records->head_shown = true;
    records->last_ttl_shown = hop->ttl;
    records->format->pieces->hop(records->text, hop);
}

static void show_rest(struct records *records, const struct ht_report *report)
{
    if (!records->head_shown)
        records->format->pieces->head(records->text, report);
    records->head_shown = true;
    for (size_t i = 0; i < report->listed_hops; i++)
        show_hop(records, report, &report->hops[i]);
    records->format->pieces->close(records->text, report);
    records->head_shown = false;
    records->last_ttl_shown = 0;
}

void records_on_hop(struct records *records, const struct ht_report *so_far,
                    const struct ht_hop *hop)
{
    show_hop(records, so_far, hop);
}

static void write_dated(struct records *records, const struct ht_report *report)
{
    ht_append_time(records->text, report->time_ns);
    ht_text_putc(records->text, '\n');
    records->format->write(records->text, &report, 1, &records->context);
}

void records_on_report(struct records *records, const struct ht_report *report)
{
    if (records->streaming)
        show_rest(records, report);
    else if (records->format->whole_round)
        collect(records, report);
    else if (records->dated)
        write_dated(records, report);
    else
        records->format->write(records->text, &report, 1, &records->context);
}
