/* Events that wait for the record of their round. */
#ifndef HT_MODEL_EVENT_LIST_H
#define HT_MODEL_EVENT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/event.h"

/* Most events of one list: a record has a few, the rest is for a reader that is held up. */
#define HT_EVENTS_MAX 64

/* Copies, in the order in which they came. {0}: none. */
struct ht_event_list {
    struct ht_event **events; /* owned, as are the events */
    size_t count;
};

void ht_event_list_fini(struct ht_event_list *list);

/* Appends a copy; of more than HT_EVENTS_MAX the oldest goes. False: no memory, or that. */
bool ht_event_list_add(struct ht_event_list *list, const struct ht_event *event);

/* Puts all of `earlier`, which is empty then, before those of the list; of more than HT_EVENTS_MAX
 * the oldest go. False: some are lost, for that or for want of memory. */
bool ht_event_list_prepend(struct ht_event_list *list, struct ht_event_list *earlier);

/* What the list has, which is empty then. */
struct ht_event_list ht_event_list_take(struct ht_event_list *list);

#endif
