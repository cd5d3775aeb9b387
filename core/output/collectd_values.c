#include "output/collectd_values.h"

#include <math.h>
#include <stdio.h>

#include "output/format.h"

static void latency_and_loss(const struct ht_rtt *rtt, double loss_percent, const char *instance,
                             ht_collectd_sink *sink, void *user)
{
    const struct ht_collectd_value values[] = {
        {"ping", instance, rtt->avg_ms, HT_MS_DECIMALS},
        {"ping_stddev", instance, rtt->stddev_ms, HT_MS_DECIMALS},
        {"ping_droprate", instance, loss_percent / 100, HT_RATIO_DECIMALS},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
}

static void gauges(const struct ht_report *report, ht_collectd_sink *sink, void *user)
{
    const double unknown = (double)NAN;
    double reached = report->status == HT_STATUS_REACHED ? 1 : 0;
    const struct ht_collectd_value values[] = {
        {"gauge", "hops", report->path_unknown ? unknown : report->hop_count, 0},
        {"gauge", "reached", report->reached_unknown ? unknown : reached, 0},
        {"gauge", "path_id", report->has_path_id ? report->path_id : unknown, 0},
        {"gauge", "result_code", report->status, 0},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
}

void ht_collectd_values(const struct ht_report *report, ht_collectd_sink *sink, void *user)
{
    latency_and_loss(&report->rtt, report->loss_percent, "", sink, user);
    gauges(report, sink, user);
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        char instance[sizeof "hop-255"];
        if (snprintf(instance, sizeof instance, "hop-%02u", (unsigned)hop->ttl) > 0)
            latency_and_loss(&hop->rtt, hop->loss_percent, instance, sink, user);
    }
}
