/* What is going to happen, in the order of its time; equal times in the order of their entry. */
#ifndef HT_SCENARIO_QUEUE_H
#define HT_SCENARIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_DELIVERY, /* subject: struct delivery, owned */
    EVENT_RESEND,   /* subject: struct resending, owned */
    EVENT_START,    /* subject: struct script_target */
    EVENT_ACTION    /* subject: struct script_action */
};

struct event {
    int64_t time_ns;
    uint64_t order;
    enum event_kind kind;
    void *subject;
};

/* {0} is empty. */
struct queue {
    struct event *events;
    size_t count;
    uint64_t entered;
};

/* Frees the queue and what it owns of its subjects. */
void queue_fini(struct queue *queue);

void queue_add(struct queue *queue, int64_t time_ns, enum event_kind kind, void *subject);

/* HT_NEVER if the queue is empty. */
int64_t queue_next_ns(const struct queue *queue);

/* Takes out the first event if its time has come. */
bool queue_take(struct queue *queue, int64_t now_ns, struct event *event);

#endif
