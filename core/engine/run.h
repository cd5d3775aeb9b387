/* A round under way and its place among the others. */
#ifndef HT_ENGINE_RUN_H
#define HT_ENGINE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "engine/trace.h"

enum ht_run_state {
    HT_RUN_WAITING, /* nothing sent yet */
    HT_RUN_BLOCKED, /* nothing sent yet, another round has the same TCP flow */
    HT_RUN_ACTIVE,  /* under way, nothing due */
    HT_RUN_READY,   /* under way, a probe is due as soon as the pace allows */
    HT_RUN_DONE,    /* finished, its record is not closed yet */
    HT_RUN_STATES
};

struct ht_run {
    struct ht_trace trace; /* first: a pointer to the trace is one to its run */
    struct ht_heap_node timer;
    struct ht_previous *legacy; /* borrowed: what it leaves to the next round; NULL: nothing */
    struct ht_run *previous;    /* in the queue of its state */
    struct ht_run *next;
    struct ht_run *flow_next;  /* in its bucket of the flow table, while it is under way */
    uint32_t overflows_before; /* the prober's count when the round began */
    uint8_t state;             /* enum ht_run_state */
    uint8_t next_hop;          /* ttl of the next hop that listeners are to be told of */
    bool has_twin;             /* another run under way has, or had, the same flow tag */
    uint16_t next_node;        /* index of the next node that they are to be told of */
};

/* One queue for each state, first in first out. {0} is empty. */
struct ht_run_queues {
    struct ht_run *first[HT_RUN_STATES];
    struct ht_run *last[HT_RUN_STATES];
};

/* Puts a run that is in no queue at the end of one. */
void ht_run_link(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state);

/* Takes a run out of its queue. */
void ht_run_unlink(struct ht_run_queues *queues, struct ht_run *run);

/* Moves a run to the end of another queue; one that is there already keeps its place. */
void ht_run_move(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state);

/* Fetches a run into the cache. */
void ht_run_fetch(const struct ht_run *run);

/* Some run, or NULL if there is none. */
struct ht_run *ht_run_any(const struct ht_run_queues *queues);

struct ht_run *ht_run_of_trace(struct ht_trace *trace);
struct ht_run *ht_run_of_timer(struct ht_heap_node *timer);

#endif
