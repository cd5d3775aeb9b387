#include "probing/result/round_events.h"

#include <math.h>

#include "hoptrace/error.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/hop_due.h"
#include "probing/log/round_state.h"
#include "probing/result/path.h"
#include "probing/result/sentence.h"
#include "probing/round/loss_verdict.h"
#include "probing/round/round.h"

void ht_round_events_init(struct ht_round_events *events, const struct ht_prober_options *options)
{
    *events = (struct ht_round_events){.options = options, .builder.zones = options->zones};
}

void ht_round_events_fini(struct ht_round_events *events)
{
    ht_report_builder_fini(&events->builder);
    ht_sightings_fini(&events->sightings);
}

static void fill_report(struct ht_round_events *events, const struct ht_round *round,
                        enum ht_stop_reason reason, struct ht_now now, struct ht_report *report)
{
    ht_report_builder_report(&events->builder, round, reason, now, report);
    if (round->log.left != 0)
        report->rx_overflows = events->overflows - round->told.overflows_before;
}

void ht_round_events_tell_hops(struct ht_round_events *events, struct ht_round *round,
                               struct ht_now now)
{
    if (events->options->on_hop == NULL)
        return;
    uint8_t last_ttl = ht_path_hop_count(&round->end);
    while (round->told.next_hop <= last_ttl && round->told.next_hop != 0 &&
           ht_hop_due_complete(&round->log, &round->end, round->told.next_hop) &&
           !ht_loss_undecided(&round->log, round->told.next_hop)) {
        struct ht_report report;
        struct ht_hop hop;
        fill_report(events, round, ht_path_stop_reason(&round->log, &round->end), now, &report);
        report.hops = NULL;
        report.listed_hops = 0;
        if (!ht_report_builder_hop(&events->builder, &round->log, round->told.next_hop, &hop))
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
            ht_report_builder_hop(&events->builder, &round->log, (uint8_t)ttl, &hop))
            ht_hop_cache_publish(round, &hop, now.mono_ns);
    }
}

/* True if the record tells what the path is like, as far as the round saw it. */
static bool is_verdict(const struct ht_report *report)
{
    return report->status != HT_STATUS_ERROR && report->stop_reason != HT_STOP_DEADLINE &&
           report->stop_reason != HT_STOP_INTERRUPTED;
}

void ht_round_events_close(struct ht_round_events *events, struct ht_round *round,
                           enum ht_stop_reason reason, struct ht_now now)
{
    struct ht_report report;
    struct ht_error error;
    fill_report(events, round, reason, now, &report);
    if (ht_sentence_of_fault(round, events->options->zones, &error)) {
        report.status = HT_STATUS_ERROR;
        report.stop_reason = HT_STOP_ERROR;
        report.error = error.text;
        report.loss_percent = NAN;
        report.reached_unknown = report.path_unknown = false;
    } else if (ht_sentence_of_refusal(&report, &error)) {
        report.error = error.text;
    }
    if (round->memory_out != NULL) {
        ht_round_memory_note(round->memory_out, &report);
        ht_round_leave(round, round->memory_out);
    }
    struct ht_sightings sightings;
    bool seen = round->look.known != NULL && is_verdict(&report) &&
                ht_sightings_of(&events->sightings, round, report.hop_count, &sightings);
    events->options->on_report(events->options->user, &report, seen ? &sightings : NULL);
}
