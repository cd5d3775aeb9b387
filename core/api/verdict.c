#include "api/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/branch_verdict.h"
#include "api/engine_internal.h"
#include "api/scheduled_target.h"
#include "base/scratch.h"
#include "history/where.h"
#include "hoptrace/time.h"
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

/* The strictest rate limit of the routers of a hop that flows pass, as the time of one answer; 0:
 * none is known. */
static int64_t limit_ns(const struct ht_remembered *remembered, uint8_t ttl)
{
    int64_t strictest_ns = 0;
    for (uint16_t flow = 0; flow == 0 || flow < remembered->flows_in_use; flow++) {
        const struct ht_known_hop *known = ht_path_memory_hop(remembered->memories[flow], ttl);
        if (known != NULL)
            strictest_ns = ht_time_max(strictest_ns, known->limit_ns);
    }
    return strictest_ns;
}

static void fill_hop(const struct ht_remembered *remembered, const float *path_loss,
                     struct ht_hop *hop)
{
    const struct ht_where *where = &remembered->memories[0]->where;
    struct ht_counts window = ht_loss_window_sum(&where->window, hop->ttl);
    int64_t strictest_ns = limit_ns(remembered, hop->ttl);
    hop->path_loss_percent = (double)path_loss[hop->ttl - 1];
    hop->window_loss_percent = ht_loss_percent(window.sent, window.received);
    if (strictest_ns > 0)
        hop->rate_limit_pps = (double)HT_NS_PER_S / (double)strictest_ns;
}

/* Shows the nodes of the hops with the numbers that they have had since they first appeared. */
static void show_branches(struct ht_shown_window *shown, struct ht_remembered *remembered,
                          size_t hops)
{
    size_t count = 0;
    for (size_t i = 0; i < hops; i++)
        count += shown->hops[i].node_count;
    void *room = shown->nodes;
    bool done = ht_scratch_reserve(&room, sizeof *shown->nodes, &shown->node_capacity, count);
    shown->nodes = room;
    if (!done || count == 0)
        return;
    struct ht_node *nodes = shown->nodes;
    for (size_t i = 0; i < hops; i++) {
        struct ht_hop *hop = &shown->hops[i];
        for (size_t k = 0; k < hop->node_count; k++) {
            nodes[k] = hop->nodes[k];
            nodes[k].branch = ht_branches_number(&remembered->branches, hop, &hop->nodes[k]);
        }
        hop->nodes = nodes;
        nodes += hop->node_count;
    }
}

static void show_hops(struct ht_shown_window *shown, struct ht_remembered *remembered,
                      struct ht_report *report)
{
    float path_loss[UINT8_MAX];
    void *room = shown->hops;
    bool done =
        ht_scratch_reserve(&room, sizeof *shown->hops, &shown->capacity, report->listed_hops);
    shown->hops = room;
    if (!done || report->listed_hops == 0)
        return;
    ht_where_path_loss(&remembered->memories[0]->where, report->hop_count, path_loss);
    memcpy(shown->hops, report->hops, report->listed_hops * sizeof *shown->hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        fill_hop(remembered, path_loss, &shown->hops[i]);
    if (report->flow_count > 0)
        show_branches(shown, remembered, report->listed_hops);
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
    show_hops(shown, scheduled->remembered, report);
    ht_branch_verdict_show(scheduled, report);
}

void ht_verdict_fini(struct ht_shown_window *shown)
{
    free(shown->hops);
    free(shown->nodes);
    *shown = (struct ht_shown_window){.capacity = 0};
}
