#include "history/where.h"

#include <math.h>

#include "history/path_loss.h"

void ht_where_fini(struct ht_where *where)
{
    ht_loss_window_fini(&where->window);
    ht_window_times_fini(&where->rtt);
    ht_usual_time_fini(&where->usual);
    ht_hop_times_fini(&where->times);
    *where = (struct ht_where){0};
}

/* An event: to be told, or counted only. */
static struct ht_where_event *add_event(struct ht_where *where, uint16_t window,
                                        enum ht_where_kind kind, int64_t time_ns,
                                        struct ht_where_verdict *verdict)
{
    struct ht_where_event event = {.kind = kind, .time_ns = time_ns};
    event.told = ht_event_limit_take(&where->limits[kind], where->round, window, &event.untold);
    verdict->events[verdict->event_count++] = event;
    return &verdict->events[verdict->event_count - 1];
}

void ht_where_forget(struct ht_where *where, uint8_t ttl)
{
    ht_loss_window_forget(&where->window, ttl);
    ht_window_times_fini(&where->rtt);
    ht_usual_time_fini(&where->usual);
    ht_hop_times_forget(&where->times, ttl);
}

/* The round's counts go where they count; `unreached` and `reached`. */
static void take_reach(struct ht_where *where, uint16_t window, const struct ht_round_result *round,
                       struct ht_where_verdict *verdict)
{
    struct ht_counts counts = round->end_to_end.counts;
    enum ht_reach before = where->reach;
    where->reach = ht_reach_next(before, round->answered);
    if (where->reach == HT_REACH_UNREACHED) {
        if (before == HT_REACH_IN_DOUBT) {
            if (where->window.in_doubt)
                ht_loss_window_move_to_outage(&where->window);
            add_event(where, window, HT_WHERE_UNREACHED, where->doubt_ns, verdict);
        }
        ht_loss_window_add_outage(&where->window, round->hops, round->hop_count, counts);
        return;
    }
    if (before == HT_REACH_UNREACHED) {
        ht_loss_window_end_outage(&where->window);
        add_event(where, window, HT_WHERE_REACHED, round->time_ns, verdict);
    }
    if (where->reach == HT_REACH_IN_DOUBT)
        where->doubt_ns = round->time_ns;
    ht_window_times_add(&where->rtt, counts.received, round->rtt, window);
    (void)ht_loss_window_add(&where->window, round->hops, round->hop_count, counts,
                             where->reach == HT_REACH_IN_DOUBT);
}

static void take_loss(struct ht_where *where, const struct ht_where_settings *settings,
                      const struct ht_round_result *round, struct ht_where_verdict *verdict)
{
    bool before = where->loss.lossy;
    where->loss =
        ht_loss_next(where->loss, verdict->window, settings->window, settings->loss_warning);
    where->window.calm_is_kept = where->loss.lossy;
    if (!before)
        where->loss_place = (struct ht_span){0};
    if (where->loss.lossy != before)
        add_event(where, settings->window, before ? HT_WHERE_LOSS_ENDED : HT_WHERE_LOSS_BEGAN,
                  round->time_ns, verdict);
}

static void take_times(struct ht_where *where, const struct ht_where_settings *settings,
                       const struct ht_round_result *round, struct ht_where_verdict *verdict)
{
    bool before = where->time.risen;
    ht_usual_time_add(&where->usual, round->end_to_end.median_us, settings->window, before);
    ht_hop_times_add(&where->times, round->hops, round->hop_count, settings->window, before);
    verdict->time = ht_usual_time_evidence(&where->usual, settings->window);
    where->time =
        ht_time_next(where->time, &verdict->time, settings->window, settings->rtt_warning);
    if (!before)
        where->rtt_place = (struct ht_span){0};
    if (where->time.risen == before)
        return;
    struct ht_where_event *event =
        add_event(where, settings->window, before ? HT_WHERE_RTT_FELL : HT_WHERE_RTT_ROSE,
                  round->time_ns, verdict);
    if (before && !ht_time_is_low(&verdict->time, settings->rtt_warning)) {
        event->path_changed = verdict->time.usual_us == 0;
        event->became_usual = !event->path_changed;
        ht_usual_time_restart(&where->usual);
        ht_hop_times_restart(&where->times);
    }
}

/* Hops before the destination that answered. */
static void gather_hops(const struct ht_where *where, struct ht_loss_hop *hops,
                        struct ht_loss_evidence *evidence)
{
    const struct ht_loss_window *window = &where->window;
    bool outage = where->reach == HT_REACH_UNREACHED;
    size_t last = where->destination_ttl > 0 ? where->destination_ttl : window->columns;
    if (last > HT_LOSS_HOPS_MAX)
        last = HT_LOSS_HOPS_MAX;
    *evidence = (struct ht_loss_evidence){.hops = hops, .destination_ttl = (uint8_t)last};
    for (size_t ttl = 1; ttl < last; ttl++) {
        struct ht_loss_hop hop = {.now = ht_loss_window_sum(window, ttl),
                                  .calm = ht_loss_window_calm(window, ttl),
                                  .ttl = (uint8_t)ttl};
        if (outage) {
            hop.calm = ht_counts_sum(hop.calm, hop.now);
            hop.now = ht_loss_window_outage(window, ttl);
        }
        if (hop.now.received > 0 || hop.calm.received > 0)
            hops[evidence->count++] = hop;
    }
}

static uint32_t least_lost(uint32_t sent, double warning)
{
    uint32_t least = (uint32_t)(sent * warning / 100) + 1;
    return least > HT_SIGNIFICANT_LOST ? least : HT_SIGNIFICANT_LOST;
}

/* Later places are of windows in which it fades. */
static void keep_narrowest(struct ht_span *kept, struct ht_span span)
{
    if (kept->by_hop == 0 || span.by_hop - span.after_hop <= kept->by_hop - kept->after_hop)
        *kept = span;
}

static void place_loss(struct ht_where *where, double warning, struct ht_where_verdict *verdict)
{
    struct ht_loss_hop hops[HT_LOSS_HOPS_MAX];
    struct ht_loss_evidence evidence;
    bool outage = where->reach == HT_REACH_UNREACHED;
    struct ht_counts counts = outage ? ht_loss_window_outage(&where->window, 0) : verdict->window;
    verdict->loss_significant = ht_loss_significant(counts, warning);
    if (!outage && !verdict->loss_significant)
        return;
    gather_hops(where, hops, &evidence);
    evidence.destination = counts;
    evidence.destination_calm = ht_loss_window_calm(&where->window, 0);
    evidence.least_lost = least_lost(counts.sent, warning);
    if (outage)
        where->outage_place = ht_total_loss_place(&evidence);
    else
        verdict->loss = ht_loss_place(&evidence);
    if (outage && verdict->loss_significant)
        verdict->loss = where->outage_place;
    if (!outage)
        keep_narrowest(&where->loss_place, verdict->loss);
}

static void place_times(struct ht_where *where, struct ht_where_verdict *verdict)
{
    struct ht_time_hop hops[HT_LOSS_HOPS_MAX];
    size_t count = 0;
    const struct ht_time_evidence *time = &verdict->time;
    verdict->rtt_risen = where->time.risen;
    if (!verdict->rtt_risen || time->recent_us <= time->usual_us)
        return;
    for (unsigned ttl = 1; ttl < where->destination_ttl; ttl++)
        hops[count++] = ht_hop_times_evidence(&where->times, (uint8_t)ttl);
    verdict->rtt =
        ht_rtt_place(hops, count, (double)time->recent_us - time->usual_us, where->destination_ttl);
    keep_narrowest(&where->rtt_place, verdict->rtt);
}

static void place_events(const struct ht_where *where, struct ht_where_verdict *verdict)
{
    for (uint8_t i = 0; i < verdict->event_count; i++) {
        struct ht_where_event *event = &verdict->events[i];
        switch (event->kind) {
        case HT_WHERE_LOSS_BEGAN:
        case HT_WHERE_LOSS_ENDED:
            event->place = where->loss_place;
            break;
        case HT_WHERE_UNREACHED:
        case HT_WHERE_REACHED:
            event->place = where->outage_place;
            break;
        default:
            event->place = where->rtt_place;
        }
    }
}

/* Enters the round, of which something is known end to end. */
static void enter(struct ht_where *where, const struct ht_where_settings *settings,
                  const struct ht_round_result *round, struct ht_where_verdict *verdict)
{
    where->round = where->round < UINT32_MAX ? where->round + 1 : UINT32_MAX;
    if (round->answered)
        where->destination_ttl = (uint8_t)round->hop_count;
    take_reach(where, settings->window, round, verdict);
    verdict->window = ht_loss_window_sum(&where->window, 0);
    if (where->reach != HT_REACH_REACHED)
        return;
    take_loss(where, settings, round, verdict);
    if (round->end_to_end.median_us > 0)
        take_times(where, settings, round, verdict);
}

void ht_where_take(struct ht_where *where, const struct ht_where_settings *settings,
                   const struct ht_round_result *round, struct ht_where_verdict *verdict)
{
    *verdict = (struct ht_where_verdict){0};
    ht_loss_window_resize(&where->window, settings->window);
    if (round->answered || round->end_to_end.counts.sent > 0)
        enter(where, settings, round, verdict);
    verdict->window = ht_loss_window_sum(&where->window, 0);
    verdict->rounds = ht_loss_window_rounds(&where->window);
    if (verdict->time.usual_us == 0)
        verdict->time = ht_usual_time_evidence(&where->usual, settings->window);
    place_loss(where, settings->loss_warning, verdict);
    place_times(where, verdict);
    place_events(where, verdict);
}

void ht_where_path_loss(const struct ht_where *where, size_t hop_count, float *percent)
{
    struct ht_counts hops[HT_LOSS_HOPS_MAX];
    float fitted[HT_LOSS_HOPS_MAX + 1];
    struct ht_counts destination = ht_loss_window_sum(&where->window, 0);
    size_t before = where->destination_ttl > 0 ? where->destination_ttl - 1U : hop_count;
    for (size_t i = 0; i < before; i++)
        hops[i] = ht_loss_window_sum(&where->window, i + 1);
    if (destination.sent > 0)
        ht_path_loss(hops, before, destination, fitted);
    for (size_t i = 0; i < hop_count; i++)
        percent[i] = destination.sent == 0 ? NAN : fitted[i < before ? i : before];
}

static bool times_are_sound(const struct ht_times *times, uint16_t most)
{
    return times->count <= times->capacity && times->count <= most;
}

static bool hop_times_are_sound(const struct ht_hop_times *times)
{
    for (size_t i = 0; i < times->hop_count; i++) {
        if (times->usuals[i].count >= 2 * HT_HOP_BLOCKS)
            return false;
    }
    return times->hop_count == 0 ||
           (times->span >= ht_recent_span(0) && times->span <= ht_recent_span(HT_WINDOW_MAX) &&
            times->next < times->span && times->in_block < times->span);
}

bool ht_where_is_sound(const struct ht_where *where)
{
    return ht_loss_window_is_sound(&where->window) && where->rtt.count <= where->rtt.capacity &&
           where->rtt.count <= HT_WINDOW_MAX &&
           times_are_sound(&where->usual.recent, ht_recent_span(HT_WINDOW_MAX)) &&
           times_are_sound(&where->usual.values, HT_USUAL_MAX) &&
           hop_times_are_sound(&where->times) && where->reach <= HT_REACH_UNREACHED &&
           where->window.in_doubt <= (where->reach == HT_REACH_IN_DOUBT);
}

size_t ht_where_bytes(uint16_t window, size_t hop_count)
{
    size_t span = ht_recent_span(window);
    size_t columns = hop_count + 1;
    return sizeof(struct ht_where) + window * sizeof(struct ht_round_times) +
           columns * (window * sizeof(struct ht_loss_window_cell) +
                      sizeof(struct ht_loss_window_column)) +
           (span + HT_USUAL_MAX) * sizeof(uint32_t) +
           hop_count * (span * sizeof(uint32_t) + sizeof(struct ht_hop_usual));
}
