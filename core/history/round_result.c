#include "history/round_result.h"

#include <string.h>

#define US_MAX 4e9

/* At least 1; 0 if unknown. */
static uint32_t us_of(double ms)
{
    double us = ms * 1000;
    if (!(us >= 0))
        return 0;
    return us < 1 ? 1 : us < US_MAX ? (uint32_t)us : (uint32_t)US_MAX;
}

static struct ht_round_hop round_hop(const struct ht_hop *hop)
{
    return (struct ht_round_hop){.counts = {hop->sent, hop->received},
                                 .median_us = hop->received > 0 ? us_of(hop->rtt.median_ms) : 0};
}

/* Flows may end at different ttls: each one's probes count at its own end. */
static void add_flow(const struct ht_flow_result *flow, bool first, struct ht_counts *counts)
{
    if (first)
        *counts = (struct ht_counts){0};
    counts->sent += flow->sent;
    counts->received += flow->received;
}

struct ht_round_result ht_round_result_of(const struct ht_report *report,
                                          struct ht_round_hop hops[static UINT8_MAX])
{
    struct ht_round_result round = {.hops = hops,
                                    .hop_count = report->hop_count,
                                    .end_to_end.counts.sent = report->sent > 0 ? report->probes : 0,
                                    .rtt = &report->rtt,
                                    .time_ns = report->time_ns,
                                    .answered = report->status == HT_STATUS_REACHED};
    for (size_t i = 0; i < report->flow_count; i++)
        add_flow(&report->flows[i], i == 0, &round.end_to_end.counts);
    memset(hops, 0, round.hop_count * sizeof *hops);
    for (size_t i = 0; i < report->listed_hops; i++)
        hops[report->hops[i].ttl - 1] = round_hop(&report->hops[i]);
    if (round.answered && report->flow_count == 0)
        round.end_to_end = hops[round.hop_count - 1];
    else if (round.answered)
        round.end_to_end.median_us = us_of(report->rtt.median_ms);
    return round;
}
