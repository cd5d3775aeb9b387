#include "probing/result/round_events.h"

#include <math.h>
#include <stdlib.h>

#include "hoptrace/error.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/hop_due.h"
#include "probing/log/round_state.h"
#include "probing/multipath/flow_search.h"
#include "probing/result/path.h"
#include "probing/result/sentence.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"
#include "probing/round/sizing.h"

void ht_round_events_init(struct ht_round_events *events, const struct ht_prober_options *options)
{
    *events = (struct ht_round_events){.options = options, .first.builder.zones = options->zones};
}

static void fini_record(struct ht_flow_record *record)
{
    ht_report_builder_fini(&record->builder);
    ht_sightings_fini(&record->room);
}

void ht_round_events_fini(struct ht_round_events *events)
{
    fini_record(&events->first);
    for (uint16_t i = 0; i < events->further_count; i++)
        fini_record(&events->further[i]);
    free(events->further);
    free(events->reports);
    free(events->seen);
    free(events->rounds);
    if (events->merge != NULL)
        ht_flow_merge_fini(events->merge);
    free(events->merge);
}

/* Makes an array of `events` hold `count` elements. False: no memory. */
static bool resize(void **items, size_t size, uint16_t count)
{
    void *grown = realloc(*items, count * size);
    if (grown != NULL)
        *items = grown;
    return grown != NULL;
}

bool ht_round_events_reserve(struct ht_round_events *events, uint16_t flows)
{
    if (events->merge == NULL)
        events->merge = calloc(1, sizeof *events->merge);
    if (events->merge == NULL || (flows <= events->further_count + 1 && events->rounds != NULL))
        return events->merge != NULL;
    void *further = events->further;
    void *reports = events->reports;
    void *seen = events->seen;
    void *rounds = events->rounds;
    bool done = resize(&further, sizeof *events->further, flows) &&
                resize(&reports, sizeof *events->reports, flows) &&
                resize(&seen, sizeof *events->seen, flows) &&
                resize(&rounds, sizeof *events->rounds, flows);
    events->further = further;
    events->reports = reports;
    events->seen = seen;
    events->rounds = rounds;
    for (uint16_t i = events->further_count; done && i + 1 < flows; i++)
        events->further[i] = (struct ht_flow_record){.builder.zones = events->options->zones};
    if (done)
        events->further_count = (uint16_t)(flows - 1);
    return done;
}

static void fill_report(struct ht_report_builder *builder, const struct ht_round_events *events,
                        const struct ht_round_ending *ending, struct ht_report *report)
{
    const struct ht_round *round = ending->round;
    ht_report_builder_report(builder, round, ending->reason, ending->now, report);
    if (round->log.left != 0)
        report->rx_overflows = events->overflows - round->told.overflows_before;
}

void ht_round_events_tell_hops(struct ht_round_events *events, struct ht_round *round,
                               struct ht_now now)
{
    if (events->options->on_hop == NULL || round->group != NULL)
        return;
    uint8_t last_ttl = ht_path_hop_count(&round->end);
    while (round->told.next_hop <= last_ttl && round->told.next_hop != 0 &&
           ht_hop_due_complete(&round->log, &round->end, round->told.next_hop) &&
           !ht_loss_undecided(&round->log, round->told.next_hop)) {
        struct ht_report report;
        struct ht_hop hop;
        const struct ht_round_ending so_far = {
            .round = round, .reason = ht_path_stop_reason(&round->log, &round->end), .now = now};
        fill_report(&events->first.builder, events, &so_far, &report);
        report.hops = NULL;
        report.listed_hops = 0;
        if (!ht_report_builder_hop(&events->first.builder, &round->log, round->told.next_hop, &hop))
            return;
        events->options->on_hop(events->options->user, &report, &hop);
        round->told.next_hop++;
    }
}

void ht_round_events_tell_nodes(const struct ht_round_events *events, struct ht_probe_log *log,
                                struct ht_told *told)
{
    for (; told->tells_nodes && told->next_node < log->node_count; told->next_node++)
        events->options->on_node(events->options->user, &log->nodes[told->next_node].address);
}

void ht_round_events_publish(struct ht_round_events *events, struct ht_round *round,
                             struct ht_now now)
{
    if (round->cache == NULL)
        return;
    uint8_t first_ttl = round->log.asked.first_ttl;
    for (unsigned ttl = first_ttl; ttl < (unsigned)first_ttl + round->end.window_hops; ttl++) {
        struct ht_hop hop;
        if (ht_hop_cache_wants(round, (uint8_t)ttl) &&
            ht_report_builder_hop(&events->first.builder, &round->log, (uint8_t)ttl, &hop))
            ht_hop_cache_publish(round, &hop, now.mono_ns);
    }
}

/* True if the record tells what the path is like, as far as the round saw it. */
static bool is_verdict(const struct ht_report *report)
{
    return report->status != HT_STATUS_ERROR && report->stop_reason != HT_STOP_DEADLINE &&
           report->stop_reason != HT_STOP_INTERRUPTED;
}

/* Makes the record of one flow, and leaves its memory to the next round. */
static void make_record(struct ht_flow_record *record, const struct ht_round_events *events,
                        const struct ht_round_ending *ending, struct ht_report *report,
                        struct ht_flow_sightings *seen)
{
    struct ht_round *round = ending->round;
    fill_report(&record->builder, events, ending, report);
    if (ht_sentence_of_fault(round, events->options->zones, &record->error)) {
        report->status = HT_STATUS_ERROR;
        report->stop_reason = HT_STOP_ERROR;
        report->error = record->error.text;
        report->loss_percent = NAN;
        report->reached_unknown = report->path_unknown = false;
    } else if (ht_sentence_of_refusal(report, &record->error)) {
        report->error = record->error.text;
    }
    if (round->memory_out != NULL) {
        ht_round_memory_note(round->memory_out, report);
        ht_round_leave(round, round->memory_out);
    }
    report->mtu = ht_sizing_result(round);
    seen->report = report;
    seen->known = round->look.known != NULL && is_verdict(report) &&
                  ht_sightings_of(&record->room, round, report->hop_count, &seen->sightings);
}

void ht_round_events_close(struct ht_round_events *events, struct ht_round_ending ending)
{
    struct ht_report report;
    struct ht_flow_sightings seen;
    make_record(&events->first, events, &ending, &report, &seen);
    events->options->on_report(events->options->user, &report, &seen);
}

static void tell_merged_hops(const struct ht_round_events *events, const struct ht_report *report)
{
    struct ht_report so_far = *report;
    so_far.hops = NULL;
    so_far.listed_hops = 0;
    for (size_t i = 0; events->options->on_hop != NULL && i < report->listed_hops; i++)
        events->options->on_hop(events->options->user, &so_far, &report->hops[i]);
}

/* A record that was cut short proves nothing. */
static void note_proof(struct ht_flow_merge *merge, const struct ht_flow_search *search)
{
    merge->multipath.has_proof = true;
    merge->multipath.complete = search->over && search->progress.complete;
    merge->multipath.confidence = 100 * (1 - search->request.failure);
}

/* Takes from the record of a flow what lies behind a ttl. */
static void trim(struct ht_report *report, uint8_t last_ttl)
{
    size_t behind = report->hop_count > last_ttl ? report->hop_count - (size_t)last_ttl : 0;
    if (behind == 0)
        return;
    report->listed_hops -= behind < report->listed_hops ? behind : report->listed_hops;
    report->hop_count = last_ttl;
}

void ht_round_events_close_flows(struct ht_round_events *events,
                                 const struct ht_round_ending *endings, uint16_t count,
                                 struct ht_flow_search *search, struct ht_path_view *view)
{
    struct ht_round **rounds = events->rounds;
    struct ht_report *reports = events->reports;
    struct ht_flow_sightings *seen = events->seen;
    struct ht_report report;
    bool known = true;
    size_t whole = 0;
    for (uint16_t i = 0; i < count; i++) {
        struct ht_flow_record *record = i == 0 ? &events->first : &events->further[i - 1];
        rounds[i] = endings[i].round;
        if (!rounds[i]->log.asked.partial) {
            make_record(record, events, &endings[i], &reports[i], &seen[whole]);
            known &= seen[whole++].known;
        } else {
            fill_report(&record->builder, events, &endings[i], &reports[i]);
            trim(&reports[i], ht_flow_search_last_ttl(search, rounds[i]));
        }
    }
    bool viewed = search != NULL && ht_path_view_build(view, &search->map);
    ht_flow_merge_report(events->merge, rounds, reports, count, viewed ? view : NULL, &report);
    if (search != NULL)
        note_proof(events->merge, search);
    for (size_t i = 0; i < whole; i++)
        seen[i].known = known;
    tell_merged_hops(events, &report);
    events->options->on_report(events->options->user, &report, seen);
}
