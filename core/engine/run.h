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
    HT_RUN_READY,   /* under way, a probe is due as soon as the pace allows */
    HT_RUN_PATIENT, /* the same, but those that are ready or wait may go first */
    HT_RUN_PARTING, /* the same, and so may those that are patient: it is the last that it sends */
    HT_RUN_DONE,    /* finished, its record is not closed yet */
    HT_RUN_QUEUES,
    HT_RUN_ACTIVE = HT_RUN_QUEUES /* under way, nothing due; it has a timer */
};

struct ht_run {
    /* As in the trace: what each packet touches comes first. */
    struct ht_run *flow_next; /* of the same flow tag, while it is under way */
    struct ht_run *previous;  /* in the queue of its state */
    struct ht_run *next;
    struct ht_heap_node timer;
    uint8_t state;      /* enum ht_run_state */
    uint8_t next_hop;   /* ttl of the next hop that listeners are to be told of */
    uint16_t next_node; /* index of the next node that they are to be told of */
    bool has_twin;      /* another run under way has, or had, the same flow tag */
    bool lingers;       /* nothing is due, and its destination is known */
    bool tells_nodes;   /* somebody wants to know who answered */
    struct ht_trace trace;

    struct ht_previous *legacy; /* borrowed: what it leaves to the next round; NULL: nothing */
    int64_t done_ns;            /* when it was finished, if it is */
    uint32_t overflows_before;  /* the prober's count when the round began */
    struct ht_trace_room room;  /* the trace's */
};

/* One queue for each state but the last, which most are in, first in first out: who is put in or
 * taken out touches neighbours. {0} is empty. */
struct ht_run_queues {
    struct ht_run *first[HT_RUN_QUEUES];
    struct ht_run *last[HT_RUN_QUEUES];
};

/* Puts a run that is in no queue into a state, at the end of its queue if there is one. */
void ht_run_link(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state);

/* Takes a run out of its queue. */
void ht_run_unlink(struct ht_run_queues *queues, struct ht_run *run);

/* Moves a run to another state, as above; one that is in it already keeps its place. */
void ht_run_move(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state);

/* Fetches into the cache of a run what each packet touches. */
void ht_run_fetch(const struct ht_run *run);

/* The same, and what its first probes touch besides. */
void ht_run_fetch_first(const struct ht_run *run);

struct ht_run *ht_run_of_trace(struct ht_trace *trace);
struct ht_run *ht_run_of_timer(struct ht_heap_node *timer);

#endif
