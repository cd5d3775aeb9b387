#include "engine/run.h"

#include <stddef.h>

#include "base/fetch.h"

void ht_run_link(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state)
{
    run->state = (uint8_t)state;
    run->next = NULL;
    run->previous = NULL;
    if (state == HT_RUN_ACTIVE)
        return;
    run->previous = queues->last[state];
    if (run->previous != NULL)
        run->previous->next = run;
    else
        queues->first[state] = run;
    queues->last[state] = run;
}

void ht_run_unlink(struct ht_run_queues *queues, struct ht_run *run)
{
    if (run->state == HT_RUN_ACTIVE)
        return;
    if (run->previous != NULL)
        run->previous->next = run->next;
    else
        queues->first[run->state] = run->next;
    if (run->next != NULL)
        run->next->previous = run->previous;
    else
        queues->last[run->state] = run->previous;
}

void ht_run_move(struct ht_run_queues *queues, struct ht_run *run, enum ht_run_state state)
{
    if (run->state == (uint8_t)state)
        return;
    ht_run_unlink(queues, run);
    ht_run_link(queues, run, state);
}

void ht_run_fetch(const struct ht_run *run)
{
    ht_fetch(run, offsetof(struct ht_run, trace) + HT_TRACE_BUSY_BYTES);
}

void ht_run_fetch_first(const struct ht_run *run)
{
    ht_run_fetch(run);
    ht_fetch(run->room.probes, sizeof run->room.probes[0]);
    ht_fetch(run->room.hops, 2 * sizeof run->room.hops[0]);
}

struct ht_run *ht_run_of_trace(struct ht_trace *trace)
{
    return (struct ht_run *)(void *)((char *)trace - offsetof(struct ht_run, trace));
}

struct ht_run *ht_run_of_timer(struct ht_heap_node *timer)
{
    return (struct ht_run *)(void *)((char *)timer - offsetof(struct ht_run, timer));
}
