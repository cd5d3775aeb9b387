/* Reports and events -> text, one file for each format behind one table. */
#ifndef HT_OUTPUT_OUTPUT_H
#define HT_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace/event.h"
#include "hoptrace/health.h"
#include "hoptrace/report.h"
#include "output/collectd_values.h"
#include "output/totals.h"

/* A report with what its round has found to be different. */
struct ht_output_record {
    const struct ht_report *report;       /* NULL: events alone, found after their round was told */
    const struct ht_event *const *events; /* those that belong to it, in their order */
    size_t event_count;
    struct ht_hop_range
        *hops; /* putval: of this target's records so far; NULL: this is the first */
    const struct ht_totals *totals; /* Prometheus: of this target's records so far; NULL: there is
                                       one round only */
};

/* What some formats need beside the records. */
struct ht_output_context {
    const char *hostname; /* putval: who measured */
    double interval_s;    /* putval: as it is said, 0 if unknown */
    double shortest_s;    /* putval: of any target between two reports, 0 if there is but one */
    bool dated;           /* text: each record and event begins with its time */
    bool coloured;        /* text: what is lost or failed has a colour, for a terminal */
    const struct ht_health *health; /* Prometheus: when last told; NULL: it is not */
};

/* The pieces of a record that can be shown while it is found: each appends one. `coloured` as in
 * the context. */
struct ht_output_pieces {
    void (*head)(struct ht_text *text, const struct ht_report *report);
    void (*hop)(struct ht_text *text, const struct ht_hop *hop, bool coloured);
    void (*event)(struct ht_text *text, const struct ht_event *event, bool coloured);
    void (*close)(struct ht_text *text, const struct ht_report *report, bool coloured);
};

/* One row of the table of formats: what a front end asks of a format is a column. */
struct ht_output_format {
    const char *name; /* as after -o */

    /* Appends `count` records, the events of each before its report. A failure (memory) is the
     * text's sticky error. */
    void (*write)(struct ht_text *text, const struct ht_output_record *records, size_t count,
                  const struct ht_output_context *context);

    /* Appends the engine's own health. NULL: it is a part of the state that `write` tells
     * (context.health), or the format has no place for it. */
    void (*write_self)(struct ht_text *text, const struct ht_health *health,
                       const struct ht_output_context *context);

    /* What `write` puts together, for a terminal that shows a path hop by hop; NULL: a record has
     * no pieces. */
    const struct ht_output_pieces *pieces;

    /* True: the format puts records of several targets together, so a whole round must be written
     * at once. */
    bool whole_round;

    /* True: and each text tells the present state, of each target its last record, and takes the
     * place of the one before. False: and there may be several of one target among them. */
    bool replaces;

    /* True: collectd's exec plugin reads it. Then COLLECTD_INTERVAL is the interval, the end of
     * stdin is no wish to stop, and events are notifications. */
    bool for_collectd;

    /* True: a variant for which the command line has a letter; lists of formats leave it out. */
    bool unlisted;
};

/* The format of this name; NULL: no such format. */
const struct ht_output_format *ht_output_find(const char *name);

/* The format of those who ask for none. */
const struct ht_output_format *ht_output_default(void);

/* Appends the names of the formats, with commas between them. */
void ht_output_names(struct ht_text *text);

#endif
