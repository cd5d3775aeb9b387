#include "values.h"

#include <math.h>
#include <stdio.h>

static void latency_and_loss(const struct ht_rtt *rtt, double loss_percent, const char *instance,
                             value_sink *sink, void *user)
{
    sink(user, "ping", instance, rtt->avg_ms);
    sink(user, "ping_stddev", instance, rtt->stddev_ms);
    sink(user, "ping_droprate", instance, loss_percent / 100.0);
}

void values_of(const struct ht_report *report, value_sink *sink, void *user)
{
    const double unknown = (double)NAN;
    double reached = report->status == HT_STATUS_REACHED ? 1.0 : 0.0;
    latency_and_loss(&report->rtt, report->loss_percent, "", sink, user);
    sink(user, "gauge", "hops", report->path_unknown ? unknown : (double)report->hop_count);
    sink(user, "gauge", "reached", report->reached_unknown ? unknown : reached);
    sink(user, "gauge", "path_id", report->has_path_id ? (double)report->path_id : unknown);
    sink(user, "gauge", "result_code", (double)report->status);
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        char instance[sizeof "hop-255"];
        if (snprintf(instance, sizeof instance, "hop-%02u", (unsigned)hop->ttl) > 0)
            latency_and_loss(&hop->rtt, hop->loss_percent, instance, sink, user);
    }
}
