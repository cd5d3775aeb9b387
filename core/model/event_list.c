#include "model/event_list.h"

#include <stdlib.h>
#include <string.h>

void ht_event_list_fini(struct ht_event_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        ht_event_free(list->events[i]);
    free(list->events);
    *list = (struct ht_event_list){0};
}

static void drop_oldest(struct ht_event_list *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ht_event_free(list->events[i]);
    list->count -= count;
    memmove(list->events, list->events + count, list->count * sizeof *list->events);
}

/* Room for `more` further events. */
static bool grow(struct ht_event_list *list, size_t more)
{
    struct ht_event **events =
        realloc(list->events, (list->count + more) * sizeof(struct ht_event *));
    if (events != NULL)
        list->events = events;
    return events != NULL;
}

bool ht_event_list_add(struct ht_event_list *list, const struct ht_event *event)
{
    bool full = list->count == HT_EVENTS_MAX;
    struct ht_event *copy = ht_event_copy(event);
    if (copy == NULL || (!full && !grow(list, 1))) {
        ht_event_free(copy);
        return false;
    }
    if (full)
        drop_oldest(list, 1);
    list->events[list->count++] = copy;
    return !full;
}

bool ht_event_list_prepend(struct ht_event_list *list, struct ht_event_list *earlier)
{
    size_t room = HT_EVENTS_MAX - list->count;
    size_t lost = earlier->count > room ? earlier->count - room : 0;
    if (earlier->count == 0)
        return true;
    if (!grow(list, earlier->count)) {
        ht_event_list_fini(earlier);
        return false;
    }
    drop_oldest(earlier, lost);
    memmove(list->events + earlier->count, list->events, list->count * sizeof *list->events);
    memcpy(list->events, earlier->events, earlier->count * sizeof *earlier->events);
    list->count += earlier->count;
    earlier->count = 0;
    ht_event_list_fini(earlier);
    return lost == 0;
}

struct ht_event_list ht_event_list_take(struct ht_event_list *list)
{
    struct ht_event_list taken = *list;
    *list = (struct ht_event_list){0};
    return taken;
}
