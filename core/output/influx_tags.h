/* The tags of a report or an event in influx lines: its own and the user's, sorted. Internal to
 * output/. */
#ifndef HT_OUTPUT_INFLUX_TAGS_H
#define HT_OUTPUT_INFLUX_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "hoptrace/event.h"
#include "hoptrace/report.h"

/* One tag: offsets into the bytes of its set, where both stand as they are written. */
struct ht_influx_tag {
    size_t key;
    size_t value; /* empty: claims the key and is not written */
};

/* The tags of a report or an event, by their keys. */
struct ht_tag_set {
    struct ht_text bytes;
    struct ht_influx_tag *tags;
    size_t count;
    size_t capacity;
    bool failed;
};

/* Makes the tags of a report in a set that is zero or has others. "hop" has its place among them
 * and its value in each line. A refusal of memory is the set's `failed`. */
void ht_tag_set_make(struct ht_tag_set *set, const struct ht_report *report);

/* The same of an event; with "flow", if its target has several flows. */
void ht_tag_set_make_of_event(struct ht_tag_set *set, const struct ht_event *event);

/* The same of a report, with one more tag: "flow", of one of its flows. */
void ht_tag_set_make_of_flow(struct ht_tag_set *set, const struct ht_report *report, uint16_t flow);

/* The same, with the tags "branch" and "hop" of one of several nodes of a hop. */
void ht_tag_set_make_of_node(struct ht_tag_set *set, const struct ht_report *report, uint8_t branch,
                             uint8_t ttl);
void ht_tag_set_fini(struct ht_tag_set *set);

/* Appends the tags; of equal keys only the first, which is ours if one of them is. Returns where
 * "hop" belongs. */
size_t ht_tag_set_write(const struct ht_tag_set *set, struct ht_text *text);

#endif
