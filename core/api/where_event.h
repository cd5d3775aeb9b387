/* Events that tell where a path breaks, from the verdict on a round. */
#ifndef HT_API_WHERE_EVENT_H
#define HT_API_WHERE_EVENT_H

#include <stddef.h>

#include "history/where.h"
#include "hoptrace/event.h"
#include "hoptrace/report.h"

struct ht_scheduled_target;

enum ht_event_kind ht_where_event_kind(enum ht_where_kind kind);

/* Fills the facts and the message of an event of the round whose record this is, which has what
 * every event has already. */
void ht_where_event_fill(const struct ht_scheduled_target *scheduled,
                         const struct ht_report *report, const struct ht_where_event *found,
                         struct ht_event *event);

/* The addresses of the hops of its place that are known, in order. Returns how many, at most
 * UINT8_MAX + 1. */
size_t ht_where_event_chain(const struct ht_scheduled_target *scheduled,
                            const struct ht_report *report, struct ht_span place,
                            struct ht_address *chain);

#endif
