#include "engine/reporter.h"

#include <math.h>

#include "base/error.h"
#include "engine/hop_due.h"
#include "engine/path.h"
#include "engine/sentence.h"
#include "engine/sharing.h"
#include "engine/trace.h"

void ht_reporter_init(struct ht_reporter *reporter, const struct ht_prober_options *options)
{
    *reporter = (struct ht_reporter){.options = options, .summary.zones = options->zones};
}

void ht_reporter_fini(struct ht_reporter *reporter)
{
    ht_summary_fini(&reporter->summary);
}

static void fill_report(struct ht_reporter *reporter, const struct ht_round *round,
                        enum ht_stop_reason reason, struct ht_now now, struct ht_report *report)
{
    ht_summary_report(&reporter->summary, round, reason, now, report);
    if (round->log.left != 0)
        report->rx_overflows = reporter->overflows - round->told.overflows_before;
}

void ht_reporter_tell_hops(struct ht_reporter *reporter, struct ht_round *round, struct ht_now now)
{
    if (reporter->options->on_hop == NULL)
        return;
    uint8_t last_ttl = ht_path_hop_count(round);
    while (round->told.next_hop <= last_ttl && round->told.next_hop != 0 &&
           ht_hop_due_complete(round, round->told.next_hop)) {
        struct ht_report report;
        struct ht_hop hop;
        fill_report(reporter, round, ht_path_stop_reason(round), now, &report);
        report.hops = NULL;
        report.listed_hops = 0;
        if (!ht_summary_hop(&reporter->summary, round, round->told.next_hop, &hop))
            return;
        reporter->options->on_hop(reporter->options->user, &report, &hop);
        round->told.next_hop++;
    }
}

void ht_reporter_tell_nodes(const struct ht_reporter *reporter, struct ht_round *round)
{
    for (; round->told.tells_nodes && round->told.next_node < round->log.node_count;
         round->told.next_node++)
        reporter->options->on_node(reporter->options->user,
                                   &round->log.nodes[round->told.next_node].address);
}

void ht_reporter_publish(struct ht_reporter *reporter, struct ht_round *round, struct ht_now now)
{
    if (round->sharing == NULL)
        return;
    uint8_t first_ttl = round->asked.first_ttl;
    for (unsigned ttl = first_ttl; ttl < (unsigned)first_ttl + round->end.window_hops; ttl++) {
        struct ht_hop hop;
        if (ht_sharing_wants(round, (uint8_t)ttl) &&
            ht_summary_hop(&reporter->summary, round, (uint8_t)ttl, &hop))
            ht_sharing_publish(round, &hop, now.mono_ns);
    }
}

void ht_reporter_close(struct ht_reporter *reporter, struct ht_round *round,
                       enum ht_stop_reason reason, struct ht_now now)
{
    struct ht_report report;
    struct ht_error error;
    fill_report(reporter, round, reason, now, &report);
    if (ht_sentence_of_fault(round, reporter->options->zones, &error)) {
        report.status = HT_STATUS_ERROR;
        report.stop_reason = HT_STOP_ERROR;
        report.error = error.text;
        report.loss_percent = NAN;
        report.reached_unknown = report.path_unknown = false;
    } else if (ht_sentence_of_refusal(&report, &error)) {
        report.error = error.text;
    }
    if (round->legacy != NULL) {
        ht_previous_note(round->legacy, &report);
        ht_round_leave(round, round->legacy);
    }
    reporter->options->on_report(reporter->options->user, &report);
}
