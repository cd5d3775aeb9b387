#include "queue.h"

#include <stdlib.h>

#include "hoptrace/time.h"
#include "support.h"

static bool before(const struct event *a, const struct event *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event kept = *a;
    *a = *b;
    *b = kept;
}

void queue_fini(struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->events[i].kind == EVENT_DELIVERY || queue->events[i].kind == EVENT_RESEND)
            free(queue->events[i].subject);
    }
    free(queue->events);
    *queue = (struct queue){0};
}

void queue_add(struct queue *queue, int64_t time_ns, enum event_kind kind, void *subject)
{
    queue->events = grow(queue->events, queue->count, sizeof *queue->events);
    size_t place = queue->count++;
    queue->events[place] = (struct event){
        .time_ns = time_ns, .order = queue->entered++, .kind = kind, .subject = subject};
    while (place > 0 && before(&queue->events[place], &queue->events[(place - 1) / 2])) {
        swap(&queue->events[place], &queue->events[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
}

int64_t queue_next_ns(const struct queue *queue)
{
    return queue->count > 0 ? queue->events[0].time_ns : HT_NEVER;
}

bool queue_take(struct queue *queue, int64_t now_ns, struct event *event)
{
    if (queue_next_ns(queue) > now_ns)
        return false;
    *event = queue->events[0];
    queue->events[0] = queue->events[--queue->count];
    size_t place = 0;
    for (size_t child = 1; child < queue->count; child = place * 2 + 1) {
        if (child + 1 < queue->count && before(&queue->events[child + 1], &queue->events[child]))
            child++;
        if (!before(&queue->events[child], &queue->events[place]))
            break;
        swap(&queue->events[place], &queue->events[child]);
        place = child;
    }
    return true;
}
