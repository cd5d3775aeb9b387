/* The writers behind the table of output.c, one for each format. Internal to output/.
 * All take what ht_output_format.write takes. */
#ifndef HT_OUTPUT_WRITERS_H
#define HT_OUTPUT_WRITERS_H

#include "output/output.h"

/* One line for each event, one for the target and one for each hop. */
void ht_write_influx(struct ht_text *text, const struct ht_output_record *records, size_t count,
                     const struct ht_output_context *context);

/* Schemas hoptrace/1 and hoptrace-event/1, one object a line. */
void ht_write_json(struct ht_text *text, const struct ht_output_record *records, size_t count,
                   const struct ht_output_context *context);

/* The same, indented. */
void ht_write_json_pretty(struct ht_text *text, const struct ht_output_record *records,
                          size_t count, const struct ht_output_context *context);

/* The same, all in one array, which is one line. */
void ht_write_json_array(struct ht_text *text, const struct ht_output_record *records, size_t count,
                         const struct ht_output_context *context);

/* For a person: a line for each event, head line, a row for each hop, closing line. */
void ht_write_text(struct ht_text *text, const struct ht_output_record *records, size_t count,
                   const struct ht_output_context *context);

/* Its pieces: the head line, a hop's row(s), an event's line, the closing line. */
void ht_text_output_head(struct ht_text *text, const struct ht_report *report);
void ht_text_output_hop(struct ht_text *text, const struct ht_hop *hop, bool coloured);
void ht_text_output_event(struct ht_text *text, const struct ht_event *event, bool coloured);
void ht_text_output_close(struct ht_text *text, const struct ht_report *report, bool coloured);

/* For collectd's exec plugin. */
void ht_write_putval(struct ht_text *text, const struct ht_output_record *records, size_t count,
                     const struct ht_output_context *context);

/* A Graphviz digraph a record, in the order of its hops. Events are comments before it. */
void ht_write_dot(struct ht_text *text, const struct ht_output_record *records, size_t count,
                  const struct ht_output_context *context);

/* Text exposition format, the lines of a metric together. */
void ht_write_prometheus(struct ht_text *text, const struct ht_output_record *records, size_t count,
                         const struct ht_output_context *context);

/* An engine's own health, as ht_output_format.write_self takes it: schema hoptrace-self/1, the line
 * traceroute_self, values without a plugin instance, a line of names and numbers. */
void ht_write_self_json(struct ht_text *text, const struct ht_health *health,
                        const struct ht_output_context *context);
void ht_write_self_json_pretty(struct ht_text *text, const struct ht_health *health,
                               const struct ht_output_context *context);
void ht_write_self_json_array(struct ht_text *text, const struct ht_health *health,
                              const struct ht_output_context *context);
void ht_write_self_influx(struct ht_text *text, const struct ht_health *health,
                          const struct ht_output_context *context);
void ht_write_self_putval(struct ht_text *text, const struct ht_health *health,
                          const struct ht_output_context *context);
void ht_write_self_text(struct ht_text *text, const struct ht_health *health,
                        const struct ht_output_context *context);

/* Its metrics, a part of the page. */
void ht_write_self_prometheus(struct ht_text *text, const struct ht_health *health);

#endif
