#include "api/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/scratch.h"
#include "history/where.h"
#include "probing/result/statistics.h"

static struct ht_path_memory *memory_of(const struct ht_scheduled_target *scheduled)
{
    return scheduled->remembered->memories[0];
}

static void judge(struct ht_scheduled_target *scheduled, const struct ht_round_result *round)
{
    const struct ht_settings *settings = &scheduled->target.settings;
    const struct ht_where_settings where = {.window = settings->window,
                                            .loss_warning = settings->loss_warning,
                                            .rtt_warning = settings->rtt_warning};
    ht_where_take(&memory_of(scheduled)->where, &where, round, &scheduled->news->verdict);
    scheduled->news->judged = true;
}

void ht_verdict_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                     uint8_t changed_ttl)
{
    struct ht_round_hop hops[UINT8_MAX];
    struct ht_round_result round = ht_round_result_of(report, hops);
    if (changed_ttl != 0)
        ht_where_forget(&memory_of(scheduled)->where, changed_ttl);
    judge(scheduled, &round);
}

static void fill_window(const struct ht_where *where, const struct ht_where_verdict *verdict,
                        struct ht_report_window *window)
{
    *window = (struct ht_report_window){
        .rounds = verdict->rounds,
        .sent = verdict->window.sent,
        .received = verdict->window.received,
        .loss_percent = ht_loss_percent(verdict->window.sent, verdict->window.received),
        .loss_significant = verdict->loss_significant,
        .has_loss_place = verdict->loss.by_hop != 0,
        .loss_after_hop = verdict->loss.after_hop,
        .loss_by_hop = verdict->loss.by_hop,
        .rtt_risen = verdict->rtt_risen,
        .has_rtt_place = verdict->rtt.by_hop != 0,
        .rtt_after_hop = verdict->rtt.after_hop,
        .rtt_by_hop = verdict->rtt.by_hop};
    ht_window_times_sum(&where->rtt, &window->rtt);
}

static void fill_hop(const struct ht_path_memory *memory, const float *path_loss,
                     struct ht_hop *hop)
{
    struct ht_counts window = ht_loss_window_sum(&memory->where.window, hop->ttl);
    const struct ht_known_hop *known = ht_path_memory_hop(memory, hop->ttl);
    hop->path_loss_percent = (double)path_loss[hop->ttl - 1];
    hop->window_loss_percent = ht_loss_percent(window.sent, window.received);
    if (known != NULL && known->limit_ns > 0)
        hop->rate_limit_pps = (double)HT_NS_PER_S / (double)known->limit_ns;
}

static void show_hops(struct ht_shown_window *shown, const struct ht_path_memory *memory,
                      struct ht_report *report)
{
    float path_loss[UINT8_MAX];
    void *room = shown->hops;
    bool done =
        ht_scratch_reserve(&room, sizeof *shown->hops, &shown->capacity, report->listed_hops);
    shown->hops = room;
    if (!done || report->listed_hops == 0)
        return;
    ht_where_path_loss(&memory->where, report->hop_count, path_loss);
    memcpy(shown->hops, report->hops, report->listed_hops * sizeof *shown->hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        fill_hop(memory, path_loss, &shown->hops[i]);
    report->hops = shown->hops;
}

void ht_verdict_show(struct ht_scheduled_target *scheduled, struct ht_report *report)
{
    static const struct ht_round_result none = {0};
    struct ht_shown_window *shown = &scheduled->engine->shown;
    if (!scheduled->news->judged)
        judge(scheduled, &none);
    fill_window(&memory_of(scheduled)->where, &scheduled->news->verdict, &shown->window);
    report->window = &shown->window;
    show_hops(shown, memory_of(scheduled), report);
}

void ht_verdict_fini(struct ht_shown_window *shown)
{
    free(shown->hops);
    *shown = (struct ht_shown_window){.capacity = 0};
}
