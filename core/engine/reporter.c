#include "engine/reporter.h"

#include <math.h>

#include "base/error.h"
#include "engine/hop_due.h"
#include "engine/path.h"
#include "engine/sentence.h"
#include "engine/sharing.h"

void ht_reporter_init(struct ht_reporter *reporter, const struct ht_prober_options *options)
{
    *reporter = (struct ht_reporter){.options = options, .summary.zones = options->zones};
}

void ht_reporter_fini(struct ht_reporter *reporter)
{
    ht_summary_fini(&reporter->summary);
}

static void fill_report(struct ht_reporter *reporter, const struct ht_run *run,
                        enum ht_stop_reason reason, struct ht_now now, struct ht_report *report)
{
    ht_summary_report(&reporter->summary, &run->trace, reason, now, report);
    if (run->trace.sent != 0)
        report->rx_overflows = reporter->overflows - run->overflows_before;
}

void ht_reporter_tell_hops(struct ht_reporter *reporter, struct ht_run *run, struct ht_now now)
{
    const struct ht_trace *trace = &run->trace;
    if (reporter->options->on_hop == NULL)
        return;
    uint8_t last_ttl = ht_path_hop_count(trace);
    while (run->next_hop <= last_ttl && run->next_hop != 0 &&
           ht_hop_due_complete(trace, run->next_hop)) {
        struct ht_report report;
        struct ht_hop hop;
        fill_report(reporter, run, ht_path_stop_reason(trace), now, &report);
        report.hops = NULL;
        report.listed_hops = 0;
        if (!ht_summary_hop(&reporter->summary, trace, run->next_hop, &hop))
            return;
        reporter->options->on_hop(reporter->options->user, &report, &hop);
        run->next_hop++;
    }
}

void ht_reporter_tell_nodes(const struct ht_reporter *reporter, struct ht_run *run)
{
    const struct ht_trace *trace = &run->trace;
    for (; run->tells_nodes && run->next_node < trace->node_count; run->next_node++)
        reporter->options->on_node(reporter->options->user, &trace->nodes[run->next_node].address);
}

void ht_reporter_publish(struct ht_reporter *reporter, struct ht_trace *trace, struct ht_now now)
{
    if (trace->sharing == NULL)
        return;
    uint8_t first_ttl = trace->asked.first_ttl;
    for (unsigned ttl = first_ttl; ttl < (unsigned)first_ttl + trace->hop_count; ttl++) {
        struct ht_hop hop;
        if (ht_sharing_wants(trace, (uint8_t)ttl) &&
            ht_summary_hop(&reporter->summary, trace, (uint8_t)ttl, &hop))
            ht_sharing_publish(trace, &hop, now.mono_ns);
    }
}

void ht_reporter_close(struct ht_reporter *reporter, struct ht_run *run, enum ht_stop_reason reason,
                       struct ht_now now)
{
    struct ht_report report;
    struct ht_error error;
    fill_report(reporter, run, reason, now, &report);
    if (ht_sentence_of_fault(&run->trace, reporter->options->zones, &error)) {
        report.status = HT_STATUS_ERROR;
        report.stop_reason = HT_STOP_ERROR;
        report.error = error.text;
        report.loss_percent = NAN;
        report.reached_unknown = report.path_unknown = false;
    } else if (ht_sentence_of_refusal(&report, &error)) {
        report.error = error.text;
    }
    if (run->legacy != NULL) {
        ht_previous_note(run->legacy, &report);
        ht_trace_leave(&run->trace, run->legacy);
    }
    reporter->options->on_report(reporter->options->user, &report);
}
