/* Reports -> text, one file for each format behind one table. */
#ifndef HT_OUTPUT_OUTPUT_H
#define HT_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "hoptrace/report.h"

/* What some formats need beside the report. */
struct ht_output_context {
    const char *hostname; /* putval: who measured */
    double interval_s;    /* putval: as it is said, 0 if unknown */
    double shortest_s;    /* putval: of any target between two reports, 0 if there is but one */
};

struct ht_output_format {
    const char *name; /* as after -o */

    /* Appends `count` reports. A failure (memory) is the text's sticky error. */
    void (*write)(struct ht_text *text, const struct ht_report *const *reports, size_t count,
                  const struct ht_output_context *context);

    /* True: the format puts records of several targets together, so a whole round must be written
     * at once. */
    bool whole_round;

    /* True: and there may be several of one target among them. */
    bool repeats;
};

/* The format of this name ("text", "json", "json-pretty", "json-array", "influx", "putval",
 * "prometheus"); NULL: no such format. */
const struct ht_output_format *ht_output_find(const char *name);

/* Pieces of the text format, for a terminal that shows a path as it is found: the head line, a
 * hop's row(s), the closing line. ht_output_find("text") writes all of them at once. */
void ht_text_output_head(struct ht_text *text, const struct ht_report *report);
void ht_text_output_hop(struct ht_text *text, const struct ht_hop *hop);
void ht_text_output_close(struct ht_text *text, const struct ht_report *report);

#endif
