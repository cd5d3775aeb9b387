/* Reports and events of the engine -> text of the chosen format. */
#ifndef HT_EXEC_RECORDS_H
#define HT_EXEC_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "hoptrace.h"
#include "output/output.h"

struct records {
    const struct ht_output_format *format;
    struct ht_output_context context;
    struct ht_text *text; /* borrowed: where they go */
    bool streaming;       /* hop by hop, for one target at a terminal */

    /* Streaming: what of the present round is shown. */
    bool head_shown;
    int last_ttl_shown;

    struct place **places; /* owned; one for each target, in any order */
    size_t place_count;
    size_t place_capacity;

    /* Formats that want whole rounds. */
    int64_t interval_ns; /* from one round of all targets to the next, unless all take longer */
    bool unsettled;      /* targets have come or gone since the two below were counted */
    size_t awaited;      /* targets that a round is not complete without ... */
    size_t missing;      /* ... and have no record in this one yet */
    size_t taken;        /* records of the present round */
    struct kept *round;  /* owned, with the copies in it, as they came */
    size_t round_count;
    size_t round_capacity;

    /* A format that tells the present state, and the health that was told last. */
    struct ht_health health;
    struct ht_health_counts health_totals;

    bool no_memory; /* a record was lost */
};

/* To be freed with records_fini. The text is borrowed, as are the context's strings. */
void records_init(struct records *records, const struct ht_output_format *format,
                  const struct ht_output_context *context, int64_t interval_ns,
                  struct ht_text *text);
void records_fini(struct records *records);

/* A target comes: its place among the records; NULL: no memory. */
struct place *records_join(struct records *records, int64_t interval_ns);

/* The target with this place goes: its events that wait for a record are written, a record that
 * waits for others is dropped. */
void records_leave(struct records *records, struct place *place);

/* What the engine's on_report, on_event and on_hop were given, and whose it is: `user` in it does
 * not matter. An event is written with the next record of its target; if there is none any more, by
 * records_finish. */
void records_on_report(struct records *records, struct place *place,
                       const struct ht_report *report);
void records_on_event(struct records *records, struct place *place, const struct ht_event *event);
void records_on_hop(struct records *records, const struct ht_report *so_far,
                    const struct ht_hop *hop);

/* What the engine's on_health was given. */
void records_on_health(struct records *records, const struct ht_health *health);

/* Writes what waits for a round that will not be complete any more, and the events that wait for a
 * record. */
void records_finish(struct records *records);

#endif
