#include "api/waiting.h"

#include <stddef.h>

#include "api/delivery.h"
#include "api/engine_internal.h"
#include "api/scheduled_target.h"

static struct ht_scheduled_target *target_of_waiter(struct ht_reverse_waiter *waiter)
{
    return (
        struct ht_scheduled_target *)(void *)((char *)waiter -
                                              offsetof(struct ht_scheduled_target, waiting.waiter));
}

static struct ht_scheduled_target *target_of_timer(struct ht_heap_node *timer)
{
    return (
        struct ht_scheduled_target *)(void *)((char *)timer -
                                              offsetof(struct ht_scheduled_target, waiting.timer));
}

/* Asks for every name of a report; true if some are not known yet. */
static bool ask_names(struct ht_engine *engine, const struct ht_report *report)
{
    bool missing = false;
    for (size_t i = 0; i < report->listed_hops; i++) {
        for (size_t k = 0; k < report->hops[i].node_count; k++)
            missing |=
                ht_reverse_ask(engine->names.reverse, &report->hops[i].nodes[k].facts.address,
                               engine->now.mono_ns) == HT_REVERSE_ASKED;
    }
    return missing;
}

/* Waits for the next name that is being asked for, in the order of the report. False: there is
 * none left. */
static bool wait_for_next(struct ht_scheduled_target *scheduled)
{
    struct ht_waiting_record *waiting = &scheduled->waiting;
    const struct ht_report *report = waiting->report;
    for (; waiting->hop < report->listed_hops; waiting->hop++, waiting->node = 0) {
        const struct ht_hop *hop = &report->hops[waiting->hop];
        for (; waiting->node < hop->node_count; waiting->node++) {
            if (ht_reverse_wait(scheduled->engine->names.reverse,
                                &hop->nodes[waiting->node].facts.address, &waiting->waiter))
                return true;
        }
    }
    return false;
}

/* The record that waited, the caller's to free; NULL: none did. No name is waited for any
 * more. */
static struct ht_report *take_waiting(struct ht_scheduled_target *scheduled)
{
    struct ht_report *report = scheduled->waiting.report;
    ht_reverse_unwait(&scheduled->waiting.waiter);
    ht_heap_remove(&scheduled->engine->waiting, &scheduled->waiting.timer);
    scheduled->waiting.report = NULL;
    return report;
}

static void deliver_waiting(struct ht_scheduled_target *scheduled)
{
    struct ht_report *report = take_waiting(scheduled);
    ht_delivery_record(scheduled, report);
    ht_report_free(report);
}

static void on_settled(struct ht_reverse_waiter *waiter)
{
    struct ht_scheduled_target *scheduled = target_of_waiter(waiter);
    if (!wait_for_next(scheduled))
        deliver_waiting(scheduled);
}

bool ht_waiting_keep(struct ht_scheduled_target *scheduled, const struct ht_report *report)
{
    struct ht_engine *engine = scheduled->engine;
    struct ht_heap *heap = &engine->waiting;
    if (scheduled->target.settings.numeric || scheduled->removed || engine->loop.interrupted ||
        !ask_names(engine, report) || !ht_heap_reserve(heap, heap->count + 1))
        return false;
    scheduled->waiting = (struct ht_waiting_record){.report = ht_report_copy(report),
                                                    .timer.slot = HT_HEAP_OUTSIDE,
                                                    .waiter.settled = on_settled};
    if (scheduled->waiting.report == NULL)
        return false;
    /* The next round begins when it is due, and not before this one's record. */
    int64_t until_ns =
        ht_time_min(ht_time_add(engine->now.mono_ns, HT_WAITING_NS), scheduled->schedule.next_ns);
    ht_heap_set(heap, &scheduled->waiting.timer, until_ns);
    if (wait_for_next(scheduled))
        return true;
    ht_report_free(take_waiting(scheduled));
    return false;
}

void ht_waiting_drop(struct ht_scheduled_target *scheduled)
{
    ht_report_free(take_waiting(scheduled));
}

void ht_waiting_deliver(struct ht_engine *engine, bool all)
{
    for (struct ht_heap_node *first; (first = ht_heap_first(&engine->waiting)) != NULL &&
                                     (all || first->key_ns <= engine->now.mono_ns);)
        deliver_waiting(target_of_timer(first));
}

int64_t ht_waiting_next_ns(const struct ht_engine *engine)
{
    const struct ht_heap_node *first = ht_heap_first(&engine->waiting);
    return first != NULL ? first->key_ns : HT_NEVER;
}
