#include "records.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/event_list.h"

/* What a format that tells the present state says of a target. */
struct present {
    struct ht_report *last; /* owned: its last record */
    struct ht_totals totals;
};

/* What is known of a target from one record to the next. */
struct place {
    struct ht_event_list events; /* that wait for its next record */
    struct ht_hop_range hops;    /* of its records so far */
    size_t index;                /* in the list of places */
    int64_t interval_ns;

    /* Formats that want whole rounds. */
    size_t count; /* its records in the round that is being collected */
    bool awaited; /* the round is not complete without one */
    bool repeats; /* there may be several */

    struct present *present; /* owned; NULL: no record yet, or the format wants none of it */
};

/* A record that waits for the others of its round. */
struct kept {
    struct place *place;
    struct ht_report *report;
    struct ht_event_list events;
};

/* How often there is a round of all: each --interval, unless no target is measured so often. */
static int64_t round_interval_ns(const struct records *records)
{
    int64_t shortest_ns = HT_NEVER;
    for (size_t i = 0; i < records->place_count; i++)
        shortest_ns = ht_time_min(shortest_ns, records->places[i]->interval_ns);
    return ht_time_max(records->interval_ns, shortest_ns);
}

/* A round waits for those targets alone that have a record in each. */
static void settle(struct records *records)
{
    int64_t interval_ns = round_interval_ns(records);
    records->awaited = records->missing = 0;
    for (size_t i = 0; i < records->place_count; i++) {
        struct place *place = records->places[i];
        place->awaited = place->interval_ns <= interval_ns;
        place->repeats = place->interval_ns < interval_ns;
        records->awaited += place->awaited;
        records->missing += place->awaited && place->count == 0;
    }
    records->unsettled = false;
}

void records_init(struct records *records, const struct ht_output_format *format,
                  const struct ht_output_context *context, int64_t interval_ns,
                  struct ht_text *text)
{
    *records = (struct records){
        .format = format, .context = *context, .text = text, .interval_ns = interval_ns};
}

static bool make_place(struct records *records)
{
    struct place **places = ht_array_room(records->places, records->place_count,
                                          &records->place_capacity, sizeof *places);
    if (places != NULL)
        records->places = places;
    return places != NULL;
}

struct place *records_join(struct records *records, int64_t interval_ns)
{
    struct place *place = make_place(records) ? calloc(1, sizeof *place) : NULL;
    if (place == NULL)
        return NULL;
    place->interval_ns = interval_ns;
    place->index = records->place_count;
    records->places[records->place_count++] = place;
    records->unsettled = true;
    return place;
}

static void free_place(struct place *place)
{
    ht_event_list_fini(&place->events);
    if (place->present != NULL) {
        ht_report_free(place->present->last);
        ht_totals_fini(&place->present->totals);
    }
    free(place->present);
    free(place);
}

static void forget_kept(struct records *records)
{
    for (size_t i = 0; i < records->round_count; i++) {
        ht_report_free(records->round[i].report);
        ht_event_list_fini(&records->round[i].events);
    }
    records->round_count = 0;
}

static void begin_round(struct records *records)
{
    forget_kept(records);
    for (size_t i = 0; i < records->place_count; i++)
        records->places[i]->count = 0;
    records->taken = 0;
    records->missing = records->awaited;
}

void records_fini(struct records *records)
{
    forget_kept(records);
    free(records->round);
    for (size_t i = 0; i < records->place_count; i++)
        free_place(records->places[i]);
    free(records->places);
    *records = (struct records){0};
}

static struct ht_output_record record_of(struct place *place, const struct ht_report *report,
                                         const struct ht_event_list *events)
{
    return (struct ht_output_record){.report = report,
                                     .events = (const struct ht_event *const *)events->events,
                                     .event_count = events->count,
                                     .hops = &place->hops};
}

/* ---- whole rounds ---- */

/* The records of a round, as they came; of the present state, in the order of the targets. Returns
 * how many there are. */
static size_t list_round(const struct records *records, struct ht_output_record *round)
{
    static const struct ht_event_list none = {.count = 0};
    size_t count = 0;
    for (size_t i = 0; i < records->round_count; i++)
        round[count++] =
            record_of(records->round[i].place, records->round[i].report, &records->round[i].events);
    for (size_t i = 0; i < records->place_count; i++) {
        const struct present *present = records->places[i]->present;
        if (present == NULL)
            continue;
        round[count] = record_of(records->places[i], present->last, &none);
        if (records->interval_ns != 0)
            round[count].totals = &present->totals;
        count++;
    }
    return count;
}

static void write_round(struct records *records)
{
    struct ht_output_record *round =
        calloc(records->round_count + records->place_count + 1, sizeof *round);
    if (round == NULL) {
        records->no_memory = true;
        return;
    }
    /* Nobody has asked for the state before this one. */
    if (records->format->replaces)
        ht_text_clear(records->text);
    records->format->write(records->text, round, list_round(records, round), &records->context);
    free(round);
}

static void finish_round(struct records *records)
{
    if (records->taken == 0)
        return;
    write_round(records);
    begin_round(records);
}

/* The events of a target that has no further record. */
static void write_last_events(struct records *records, struct place *place)
{
    struct ht_event_list *events = &place->events;
    struct ht_output_record record = {
        .events = (const struct ht_event *const *)events->events,
        .event_count = events->count,
    };
    if (events->count > 0 && !records->format->replaces)
        records->format->write(records->text, &record, 1, &records->context);
    ht_event_list_fini(events);
}

void records_finish(struct records *records)
{
    finish_round(records);
    for (size_t i = 0; i < records->place_count; i++)
        write_last_events(records, records->places[i]);
}

/* Takes the target's records out of the round that is being collected. */
static void drop_kept(struct records *records, const struct place *place)
{
    size_t count = 0;
    for (size_t i = 0; i < records->round_count; i++) {
        struct kept *kept = &records->round[i];
        if (kept->place != place) {
            records->round[count++] = *kept;
            continue;
        }
        ht_report_free(kept->report);
        ht_event_list_fini(&kept->events);
    }
    records->round_count = count;
}

void records_leave(struct records *records, struct place *place)
{
    struct place *last = records->places[--records->place_count];
    write_last_events(records, place);
    if (records->round_count > 0 && place->count > 0)
        drop_kept(records, place);
    records->taken -= place->count;
    records->places[place->index] = last;
    last->index = place->index;
    free_place(place);
    records->unsettled = true;
}

static bool make_room(struct records *records)
{
    struct kept *round = ht_array_room(records->round, records->round_count,
                                       &records->round_capacity, sizeof *round);
    if (round != NULL)
        records->round = round;
    return round != NULL;
}

/* Takes the copy over. False: no memory. */
static bool keep_present(struct place *place, struct ht_report *copy)
{
    if (place->present == NULL)
        place->present = calloc(1, sizeof *place->present);
    if (place->present == NULL) {
        ht_report_free(copy);
        return false;
    }
    ht_report_free(place->present->last);
    place->present->last = copy;
    return ht_totals_add(&place->present->totals, copy);
}

static bool keep(struct records *records, struct place *place, const struct ht_report *report)
{
    struct ht_report *copy = make_room(records) ? ht_report_copy(report) : NULL;
    if (copy == NULL)
        return false;
    if (records->format->replaces)
        return keep_present(place, copy);
    records->round[records->round_count++] =
        (struct kept){.place = place, .report = copy, .events = ht_event_list_take(&place->events)};
    return true;
}

/* A target that reports again before all others did (they take longer than its interval) ends the
 * round: no record may be lost, nor wait for ever. */
static void collect(struct records *records, struct place *place, const struct ht_report *report)
{
    if (records->unsettled)
        settle(records);
    if (place->count > 0 && (!place->repeats || records->missing == 0))
        finish_round(records);
    if (!keep(records, place, report)) {
        records->no_memory = true;
        return;
    }
    records->missing -= place->awaited && place->count == 0;
    place->count++;
    records->taken++;
    if (records->missing == 0)
        finish_round(records);
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
    records->format->pieces->hop(records->text, hop, records->context.coloured);
}

static void show_rest(struct records *records, const struct place *place,
                      const struct ht_report *report)
{
    const struct ht_output_pieces *pieces = records->format->pieces;
    if (!records->head_shown)
        pieces->head(records->text, report);
    records->head_shown = true;
    for (size_t i = 0; i < report->listed_hops; i++)
        show_hop(records, report, &report->hops[i]);
    for (size_t i = 0; i < place->events.count; i++)
        pieces->event(records->text, place->events.events[i], records->context.coloured);
    pieces->close(records->text, report, records->context.coloured);
    records->head_shown = false;
    records->last_ttl_shown = 0;
}

void records_on_hop(struct records *records, const struct ht_report *so_far,
                    const struct ht_hop *hop)
{
    show_hop(records, so_far, hop);
}

/* ---- what the engine has to tell ---- */

void records_on_event(struct records *records, struct place *place, const struct ht_event *event)
{
    if (!ht_event_list_add(&place->events, event))
        records->no_memory = true;
}

void records_on_report(struct records *records, struct place *place, const struct ht_report *report)
{
    if (records->format->whole_round) {
        collect(records, place, report);
    } else if (records->streaming) {
        show_rest(records, place, report);
    } else {
        struct ht_output_record record = record_of(place, report, &place->events);
        records->format->write(records->text, &record, 1, &records->context);
    }
    ht_event_list_fini(&place->events);
}

void records_on_health(struct records *records, const struct ht_health *health)
{
    const struct ht_output_format *format = records->format;
    if (format->write_self != NULL) {
        format->write_self(records->text, health, &records->context);
        return;
    }
    records->health = *health;
    records->health_totals = *health->totals;
    records->health.totals = records->health.counts = &records->health_totals;
    records->context.health = &records->health;
}
