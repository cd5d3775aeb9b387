#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/hop.h"

static void free_target(struct live_target *target)
{
    ht_report_free(target->last);
    free(target->hops);
    free(target);
}

void live_model_fini(struct live_model *model)
{
    for (size_t i = 0; i < model->target_count; i++)
        free_target(model->targets[i]);
    free(model->targets);
    *model = (struct live_model){0};
}

static bool make_room(struct live_model *model)
{
    struct live_target **targets = ht_array_room(model->targets, model->target_count,
                                                 &model->target_capacity, sizeof *targets);
    if (targets != NULL)
        model->targets = targets;
    return targets != NULL;
}

struct live_target *live_model_join(struct live_model *model, const char *name)
{
    struct live_target *target = make_room(model) ? calloc(1, sizeof *target) : NULL;
    if (target == NULL)
        return NULL;
    (void)snprintf(target->name, sizeof target->name, "%s", name);
    model->targets[model->target_count++] = target;
    return target;
}

static void hop_init(struct live_hop *hop)
{
    *hop = (struct live_hop){
        .last_ms = NAN, .best_ms = NAN, .worst_ms = NAN, .path_loss_percent = NAN};
    for (size_t i = 0; i < LIVE_HISTORY; i++)
        hop->history[i] = LIVE_NOT_SENT;
}

static bool make_hops(struct live_target *target, size_t count)
{
    if (count <= target->hop_count)
        return true;
    struct live_hop *hops = realloc(target->hops, count * sizeof *hops);
    if (hops == NULL)
        return false;
    target->hops = hops;
    while (target->hop_count < count)
        hop_init(&hops[target->hop_count++]);
    return true;
}

/* ---- addresses ---- */

static void note_address(struct live_target *target, struct live_hop *hop,
                         const struct ht_node *node)
{
    const struct ht_address *address = &node->facts.address;
    size_t index = 0;
    while (index < hop->address_count && !ht_address_equal(&hop->addresses[index].address, address))
        index++;
    if (index == LIVE_ADDRESSES)
        return;
    struct live_address *noted = &hop->addresses[index];
    if (index == hop->address_count) {
        *noted = (struct live_address){.address = *address};
        hop->address_count++;
    }
    noted->round = target->rounds;
    (void)snprintf(noted->zone, sizeof noted->zone, "%s", node->zone != NULL ? node->zone : "");
    if (node->hostname != NULL)
        (void)snprintf(noted->name, sizeof noted->name, "%s", node->hostname);
}

static void forget_old_addresses(const struct live_target *target, struct live_hop *hop)
{
    size_t kept = 0;
    for (size_t i = 0; i < hop->address_count; i++) {
        if (target->rounds - hop->addresses[i].round < LIVE_ROUNDS_SHOWN)
            hop->addresses[kept++] = hop->addresses[i];
    }
    hop->address_count = kept;
}

/* Puts the address before all others. */
static void put_first(struct live_hop *hop, const struct ht_address *address)
{
    for (size_t i = 1; i < hop->address_count; i++) {
        if (!ht_address_equal(&hop->addresses[i].address, address))
            continue;
        struct live_address found = hop->addresses[i];
        memmove(&hop->addresses[1], &hop->addresses[0], i * sizeof found);
        hop->addresses[0] = found;
    }
}

static void note_addresses(struct live_target *target, struct live_hop *hop,
                           const struct ht_hop *record)
{
    const struct ht_node *main_node = ht_hop_main_node(record);
    if (main_node == NULL)
        return;
    forget_old_addresses(target, hop);
    for (size_t i = 0; i < record->node_count; i++)
        note_address(target, hop, &record->nodes[i]);
    put_first(hop, &main_node->facts.address);
}

/* ---- counts ---- */

/* A round of one probe has no jitter of its own: the difference to the round before is one. */
static void note_jitter(struct live_hop *hop, const struct ht_rtt *rtt)
{
    double jitter_ms = isnan(rtt->jitter_ms) ? fabs(rtt->avg_ms - hop->last_ms) : rtt->jitter_ms;
    if (isnan(jitter_ms))
        return;
    hop->jitter_sum_ms += jitter_ms;
    hop->jitter_count++;
}

static void note_times(struct live_hop *hop, const struct ht_hop *record)
{
    if (record->received == 0 || isnan(record->rtt.avg_ms))
        return;
    note_jitter(hop, &record->rtt);
    hop->last_ms = record->rtt.avg_ms;
    hop->best_ms = fmin(hop->best_ms, record->rtt.min_ms);
    hop->worst_ms = fmax(hop->worst_ms, record->rtt.max_ms);
    hop->sum_ms += record->rtt.avg_ms * record->received;
}

static void note_hop(struct live_target *target, const struct ht_hop *record)
{
    struct live_hop *hop = &target->hops[record->ttl - 1];
    float *now = &hop->history[LIVE_HISTORY - 1];
    hop->round = target->rounds;
    hop->sent += record->sent;
    hop->received += record->received;
    hop->path_loss_percent = record->path_loss_percent;
    note_times(hop, record);
    note_addresses(target, hop, record);
    if (record->received > 0)
        *now = (float)record->rtt.avg_ms;
    else if (record->sent > 0)
        *now = LIVE_LOST;
}

static void begin_round(struct live_target *target)
{
    target->rounds++;
    for (size_t i = 0; i < target->hop_count; i++) {
        float *history = target->hops[i].history;
        memmove(history, history + 1, (LIVE_HISTORY - 1) * sizeof *history);
        history[LIVE_HISTORY - 1] = LIVE_NOT_SENT;
    }
}

bool live_model_report(struct live_target *target, const struct ht_report *report)
{
    if (report->stop_reason == HT_STOP_INTERRUPTED)
        return true;
    size_t last_ttl = report->listed_hops > 0 ? report->hops[report->listed_hops - 1].ttl : 0;
    struct ht_report *copy = ht_report_copy(report);
    if (copy == NULL || !make_hops(target, last_ttl)) {
        ht_report_free(copy);
        return false;
    }
    ht_report_free(target->last);
    target->last = copy;
    begin_round(target);
    for (size_t i = 0; i < report->listed_hops; i++)
        note_hop(target, &report->hops[i]);
    return true;
}

void live_model_event(struct live_model *model, const struct ht_event *event)
{
    if (model->event_count == LIVE_EVENTS)
        memmove(&model->events[0], &model->events[1],
                --model->event_count * sizeof model->events[0]);
    struct live_event *noted = &model->events[model->event_count++];
    *noted = (struct live_event){.time_ns = event->time_ns, .severity = event->severity};
    (void)snprintf(noted->message, sizeof noted->message, "%s", event->message);
}

void live_model_restart(struct live_model *model)
{
    for (size_t i = 0; i < model->target_count; i++) {
        struct live_target *target = model->targets[i];
        ht_report_free(target->last);
        target->last = NULL;
        target->rounds = 0;
        target->hop_count = 0;
    }
}

/* ---- figures ---- */

double live_hop_loss_percent(const struct live_hop *hop)
{
    return hop->sent > 0 ? 100.0 * (1.0 - (double)hop->received / (double)hop->sent) : (double)NAN;
}

double live_hop_average_ms(const struct live_hop *hop)
{
    return hop->received > 0 ? hop->sum_ms / (double)hop->received : (double)NAN;
}

double live_hop_jitter_ms(const struct live_hop *hop)
{
    return hop->jitter_count > 0 ? hop->jitter_sum_ms / hop->jitter_count : (double)NAN;
}

bool live_hop_is_shown(const struct live_target *target, const struct live_hop *hop)
{
    return hop->round > 0 && target->rounds - hop->round < LIVE_ROUNDS_SHOWN;
}
