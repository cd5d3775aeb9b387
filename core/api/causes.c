#include "api/causes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/address.h"
#include "history/common_cause.h"

/* Names of targets that a common cause lists. */
#define NAMES_MAX 20

/* Room that names leave in the message for " and 4294967295 more". */
#define MORE_MAX 24

/* An event that waits; its address is the ticket. */
struct held_event {
    struct ht_event *event;                      /* owned */
    const struct ht_scheduled_target *scheduled; /* NULL: it is gone */
    uint32_t id;                                 /* its id */
};

static struct held_event *of_ticket(uint64_t ticket)
{
    return (struct held_event *)(uintptr_t)ticket; /* NOLINT(performance-no-int-to-ptr) */
}

static void free_held(struct held_event *held)
{
    if (held != NULL)
        ht_event_free(held->event);
    free(held);
}

/* NULL: no memory. */
static struct held_event *hold(const struct ht_scheduled_target *scheduled,
                               const struct ht_event *event)
{
    struct held_event *held = malloc(sizeof *held);
    if (held == NULL)
        return NULL;
    *held = (struct held_event){
        .event = ht_event_copy(event), .scheduled = scheduled, .id = scheduled->id};
    if (held->event != NULL)
        return held;
    free(held);
    return NULL;
}

static void notify(const struct ht_engine *engine, const struct ht_event *event)
{
    if (engine->options.on_notice != NULL)
        engine->options.on_notice(engine->options.user, event);
}

/* True unless its target was removed: what the caller had in `user` may have gone with it. */
static bool is_alive(const struct held_event *held)
{
    return held->scheduled != NULL && !held->scheduled->removed;
}

void ht_causes_take(const struct ht_scheduled_target *scheduled, const struct ht_event *event,
                    const struct ht_address *chain, size_t length)
{
    struct ht_engine *engine = scheduled->engine;
    struct held_event *held = hold(scheduled, event);
    enum ht_cause_answer answer = HT_CAUSE_ALONE;
    if (held != NULL)
        answer = ht_common_causes_add(&engine->causes, (uint8_t)event->kind, held->id, chain,
                                      length, engine->now.mono_ns, (uintptr_t)held);
    if (answer == HT_CAUSE_WAITS)
        return;
    free_held(held);
    if (answer == HT_CAUSE_ALONE)
        notify(engine, event);
}

/* The names of the first targets, each once. */
static size_t gather_names(const struct ht_cause_outcome *outcome, const char *names[NAMES_MAX])
{
    uint32_t ids[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < outcome->count && count < NAMES_MAX; i++) {
        const struct held_event *held = of_ticket(outcome->tickets[i]);
        size_t k = 0;
        while (k < count && ids[k] != held->id)
            k++;
        if (k < count)
            continue;
        ids[count] = held->id;
        names[count++] = held->event->name;
    }
    return count;
}

/* As many names as there is room for, and how many are left out. */
static void list_names(struct ht_event *event)
{
    size_t length = strlen(event->message);
    size_t listed = 0;
    for (; listed < event->name_count; listed++) {
        size_t left = sizeof event->message - length;
        size_t needed = strlen(event->names[listed]) + 2;
        if (needed + MORE_MAX >= left)
            break;
        (void)snprintf(event->message + length, left, "%s%s", listed > 0 ? ", " : ": ",
                       event->names[listed]);
        length += needed;
    }
    if (listed > 0 && listed < event->targets)
        (void)snprintf(event->message + length, sizeof event->message - length, " and %zu more",
                       event->targets - listed);
}

static void describe(struct ht_event *event)
{
    char after[HT_ADDRESS_TEXT_MAX];
    char by[HT_ADDRESS_TEXT_MAX];
    (void)snprintf(event->message, sizeof event->message, "%s of %u targets between %s and %s",
                   ht_event_name(event->of), (unsigned)event->targets,
                   ht_address_format(&event->after_address, after),
                   ht_address_format(&event->by_address, by));
    list_names(event);
}

static void tell_cause(const struct ht_engine *engine, const struct ht_cause_outcome *outcome,
                       const struct held_event *first)
{
    const char *names[NAMES_MAX];
    struct ht_event event = *first->event;
    event.kind = HT_EVENT_COMMON_CAUSE;
    event.of = (enum ht_event_kind)outcome->kind;
    event.has_place = false;
    event.after_hop = event.by_hop = 0;
    event.after_address = outcome->place.after;
    event.by_address = outcome->place.by;
    event.after_zone = ht_zones_name(&engine->zones, event.after_address.scope_id);
    event.by_zone = ht_zones_name(&engine->zones, event.by_address.scope_id);
    event.targets = (uint32_t)outcome->targets;
    event.names = names;
    event.name_count = gather_names(outcome, names);
    describe(&event);
    if (engine->options.on_event != NULL)
        engine->options.on_event(engine->options.user, &event);
    if (is_alive(first))
        notify(engine, &event);
}

static void tell(const struct ht_engine *engine, const struct ht_cause_outcome *outcome)
{
    size_t i = 0;
    while (i < outcome->count && !is_alive(of_ticket(outcome->tickets[i])))
        i++;
    if (i == outcome->count)
        return;
    const struct held_event *first = of_ticket(outcome->tickets[i]);
    if (outcome->common)
        tell_cause(engine, outcome, first);
    else
        notify(engine, first->event);
}

void ht_causes_tell(struct ht_engine *engine, bool all)
{
    struct ht_cause_outcome outcome;
    int64_t now_ns = all ? INT64_MAX : engine->now.mono_ns;
    while (engine->causes.count > 0 && ht_common_causes_take(&engine->causes, now_ns, &outcome)) {
        tell(engine, &outcome);
        for (size_t i = 0; i < outcome.count; i++)
            free_held(of_ticket(outcome.tickets[i]));
    }
}

void ht_causes_forget(const struct ht_scheduled_target *scheduled)
{
    const struct ht_common_causes *causes = &scheduled->engine->causes;
    for (size_t i = 0; i < causes->count; i++) {
        struct held_event *held = of_ticket(causes->waiting[i].ticket);
        if (held->scheduled == scheduled)
            held->scheduled = NULL;
    }
}

int64_t ht_causes_next_ns(const struct ht_engine *engine)
{
    return engine->causes.count > 0 ? ht_common_causes_due_ns(&engine->causes) : HT_NEVER;
}

void ht_causes_fini(struct ht_engine *engine)
{
    for (size_t i = 0; i < engine->causes.count; i++)
        free_held(of_ticket(engine->causes.waiting[i].ticket));
    ht_common_causes_fini(&engine->causes);
}
