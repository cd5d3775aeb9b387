#include "history/common_cause.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

void ht_common_causes_fini(struct ht_common_causes *causes)
{
    for (size_t i = 0; i < causes->count; i++)
        free(causes->waiting[i].chain);
    free(causes->waiting);
    free(causes->tickets);
    *causes = (struct ht_common_causes){0};
}

static bool chain_has(const struct ht_address *chain, size_t length, const struct ht_link *link)
{
    for (size_t i = 0; i + 1 < length; i++) {
        if (ht_address_equal(&chain[i], &link->after) && ht_address_equal(&chain[i + 1], &link->by))
            return true;
    }
    return false;
}

static struct ht_link link_at(const struct ht_waiting_event *event, size_t index)
{
    return (struct ht_link){event->chain[index], event->chain[index + 1]};
}

/* A cause that was told, and that such an event belongs to; NULL: none. */
static struct ht_known_cause *find_known(struct ht_common_causes *causes, uint8_t kind,
                                         const struct ht_address *chain, size_t length,
                                         int64_t time_ns)
{
    for (size_t i = 0; i < causes->known_count; i++) {
        struct ht_known_cause *known = &causes->known[i];
        if (known->kind == kind && time_ns - known->time_ns <= HT_CAUSE_KEEP_NS &&
            chain_has(chain, length, &known->link))
            return known;
    }
    return NULL;
}

static bool reserve(struct ht_common_causes *causes)
{
    if (causes->count < causes->capacity)
        return true;
    size_t capacity = causes->capacity > 0 ? causes->capacity * 2 : FIRST_CAPACITY;
    struct ht_waiting_event *waiting = realloc(causes->waiting, capacity * sizeof *waiting);
    if (waiting == NULL)
        return false;
    causes->waiting = waiting;
    uint64_t *tickets = realloc(causes->tickets, capacity * sizeof *tickets);
    if (tickets == NULL)
        return false;
    causes->tickets = tickets;
    causes->capacity = capacity;
    return true;
}

enum ht_cause_answer ht_common_causes_add(struct ht_common_causes *causes, uint8_t kind,
                                          uint32_t target, const struct ht_address *chain,
                                          size_t length, int64_t time_ns, uint64_t ticket)
{
    length = length < HT_CHAIN_MAX ? length : HT_CHAIN_MAX;
    struct ht_known_cause *known = find_known(causes, kind, chain, length, time_ns);
    if (known != NULL) {
        known->time_ns = time_ns;
        return HT_CAUSE_JOINS;
    }
    if (length < 2 || !reserve(causes))
        return HT_CAUSE_ALONE;
    struct ht_address *copy = malloc(length * sizeof *copy);
    if (copy == NULL)
        return HT_CAUSE_ALONE;
    memcpy(copy, chain, length * sizeof *copy);
    causes->waiting[causes->count++] = (struct ht_waiting_event){.chain = copy,
                                                                 .time_ns = time_ns,
                                                                 .ticket = ticket,
                                                                 .target = target,
                                                                 .kind = kind,
                                                                 .length = (uint8_t)length};
    return HT_CAUSE_WAITS;
}

static bool belongs(const struct ht_waiting_event *event, uint8_t kind, const struct ht_link *link)
{
    return event->kind == kind && chain_has(event->chain, event->length, link);
}

static int compare(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

/* Targets of which an event of this kind with this link waits. */
static size_t count_targets(const struct ht_common_causes *causes, uint8_t kind,
                            const struct ht_link *link)
{
    uint32_t targets[HT_CAUSE_WAITING_MAX];
    size_t count = 0;
    size_t distinct = 0;
    for (size_t i = 0; i < causes->count && count < HT_CAUSE_WAITING_MAX; i++) {
        if (belongs(&causes->waiting[i], kind, link))
            targets[count++] = causes->waiting[i].target;
    }
    qsort(targets, count, sizeof *targets, compare);
    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || targets[i] != targets[i - 1];
    return distinct;
}

/* The link that most targets have, and how far those in a row behind it that as many have reach. */
struct best_link {
    size_t targets;
    struct ht_link link;
    struct ht_address end;
};

static struct best_link find_best(const struct ht_common_causes *causes,
                                  const struct ht_waiting_event *event)
{
    struct best_link best = {0};
    bool in_a_row = false;
    for (size_t i = 0; i + 1 < event->length; i++) {
        struct ht_link link = link_at(event, i);
        size_t targets = count_targets(causes, event->kind, &link);
        if (targets > best.targets)
            best = (struct best_link){.targets = targets, .link = link};
        in_a_row = targets == best.targets &&
                   (in_a_row || ht_address_equal(&link.after, &best.link.after));
        if (in_a_row)
            best.end = link.by;
    }
    return best;
}

static void remember(struct ht_common_causes *causes, uint8_t kind, const struct ht_link *link,
                     int64_t time_ns)
{
    size_t oldest = 0;
    for (size_t i = 1; i < causes->known_count; i++) {
        if (causes->known[i].time_ns < causes->known[oldest].time_ns)
            oldest = i;
    }
    if (causes->known_count < HT_CAUSES_MAX)
        oldest = causes->known_count++;
    causes->known[oldest] =
        (struct ht_known_cause){.link = *link, .time_ns = time_ns, .kind = kind};
}

/* Takes out the events that belong to the cause, or the first one alone; notes their tickets. */
static void take_out(struct ht_common_causes *causes, const struct best_link *best,
                     struct ht_cause_outcome *outcome)
{
    size_t left = 0;
    for (size_t i = 0; i < causes->count; i++) {
        struct ht_waiting_event *event = &causes->waiting[i];
        if (i == 0 || (outcome->common && belongs(event, outcome->kind, &best->link))) {
            causes->tickets[outcome->count++] = event->ticket;
            free(event->chain);
        } else {
            causes->waiting[left++] = *event;
        }
    }
    causes->count = left;
}

bool ht_common_causes_take(struct ht_common_causes *causes, int64_t now_ns,
                           struct ht_cause_outcome *outcome)
{
    if (ht_common_causes_due_ns(causes) > now_ns)
        return false;
    const struct ht_waiting_event *first = &causes->waiting[0];
    struct best_link best = find_best(causes, first);
    *outcome = (struct ht_cause_outcome){.common = best.targets >= HT_CAUSE_TARGETS,
                                         .kind = first->kind,
                                         .place = {best.link.after, best.end},
                                         .time_ns = first->time_ns,
                                         .tickets = causes->tickets,
                                         .targets = best.targets};
    if (!outcome->common)
        outcome->targets = 1;
    else
        remember(causes, first->kind, &best.link, now_ns);
    take_out(causes, &best, outcome);
    return true;
}

int64_t ht_common_causes_due_ns(const struct ht_common_causes *causes)
{
    if (causes->count == 0)
        return INT64_MAX;
    if (causes->count > HT_CAUSE_WAITING_MAX)
        return INT64_MIN;
    return causes->waiting[0].time_ns + HT_CAUSE_NS;
}
