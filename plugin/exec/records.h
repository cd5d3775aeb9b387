/* Reports and events of the engine -> text of the chosen format. */
#ifndef HT_EXEC_RECORDS_H
#define HT_EXEC_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace.h"
#include "output/output.h"
#include "plan.h"

struct records {
    const struct ht_output_format *format;
    struct ht_output_context context;
    struct ht_text *text; /* borrowed: where they go */
    bool streaming;       /* hop by hop, for one target at a terminal */

    /* Streaming: what of the present round is shown. */
    bool head_shown;
    int last_ttl_shown;

    struct place *places; /* owned; one for each target */
    size_t place_count;

    /* Formats that want whole rounds. */
    size_t awaited;     /* targets that a round is not complete without ... */
    size_t missing;     /* ... and have no record in this one yet */
    struct kept *round; /* owned, with the copies in it, as they came */
    size_t round_count;
    size_t round_capacity;

    bool no_memory; /* a record was lost */
};

/* HT_OK or HT_ERR_NOMEM; to be freed with records_fini in any case. The text is borrowed, as are
 * the context's strings; the plan is only read. */
int records_init(struct records *records, const struct ht_output_format *format,
                 const struct ht_output_context *context, const struct plan *plan,
                 struct ht_text *text);
void records_fini(struct records *records);

/* What the `user` of the target at this index has to be. */
void *records_place(const struct records *records, size_t index);

/* What the engine's on_report, on_event and on_hop were given. An event is written with the next
 * record of its target; if there is none any more, by records_finish. */
void records_on_report(struct records *records, const struct ht_report *report);
void records_on_event(struct records *records, const struct ht_event *event);
void records_on_hop(struct records *records, const struct ht_report *so_far,
                    const struct ht_hop *hop);

/* Writes what waits for a round that will not be complete any more, and the events that wait for a
 * record. */
void records_finish(struct records *records);

#endif
