#include "output/collectd_values.h"

#include <math.h>
#include <stdbool.h>
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
        {"gauge", "path_changes", report->remembered ? report->path_changes : unknown, 0},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
}

/* Also without memory, and where the place is unknown: as those above. */
static void window_gauges(const struct ht_report_window *window, ht_collectd_sink *sink, void *user)
{
    const double unknown = (double)NAN;
    bool placed = window != NULL && window->has_loss_place;
    const struct ht_collectd_value values[] = {
        {"gauge", "loss_significant", window != NULL ? window->loss_significant : unknown, 0},
        {"gauge", "loss_after_hop", placed ? window->loss_after_hop : unknown, 0},
        {"gauge", "loss_by_hop", placed ? window->loss_by_hop : unknown, 0},
        {"gauge", "rtt_risen", window != NULL ? window->rtt_risen : unknown, 0},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
}

/* `hop` NULL: an earlier record had this hop, and this one has not. */
static void hop_values(const struct ht_report *report, const struct ht_hop *hop, unsigned ttl,
                       ht_collectd_sink *sink, void *user)
{
    static const struct ht_rtt no_answer = {.avg_ms = (double)NAN, .stddev_ms = (double)NAN};
    const double unknown = (double)NAN;
    char instance[sizeof "path-255"];
    if (snprintf(instance, sizeof instance, "hop-%02u", ttl % 256) < 0)
        return;
    latency_and_loss(hop != NULL ? &hop->rtt : &no_answer,
                     hop != NULL ? hop->loss_percent : unknown, instance, sink, user);
    if (snprintf(instance, sizeof instance, "path-%02u", ttl % 256) < 0)
        return;
    double path_loss = hop != NULL && report->remembered ? hop->path_loss_percent : unknown;
    const struct ht_collectd_value value = {"ping_droprate", instance, path_loss / 100,
                                            HT_RATIO_DECIMALS};
    sink(user, &value);
}

/* `flow` NULL: an earlier record had this flow, and this one has not. */
static void flow_values(const struct ht_flow_result *flow, unsigned number, ht_collectd_sink *sink,
                        void *user)
{
    const double unknown = (double)NAN;
    char instance[sizeof "flow-999"];
    if (snprintf(instance, sizeof instance, "flow-%02u", number % 1000) < 0)
        return;
    const struct ht_collectd_value values[] = {
        {"ping", instance, flow != NULL ? flow->rtt.avg_ms : unknown, HT_MS_DECIMALS},
        {"ping_droprate", instance, flow != NULL ? flow->loss_percent / 100 : unknown,
         HT_RATIO_DECIMALS},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
}

/* NULL: it was not measured. */
static const struct ht_flow_result *flow_of(const struct ht_report *report, unsigned number)
{
    for (size_t i = 0; i < report->flow_count; i++) {
        if (report->flows[i].flow == number)
            return &report->flows[i];
    }
    return NULL;
}

/* What targets with several flows have besides. */
static void multipath_values(const struct ht_report *report, struct ht_hop_range *hops,
                             ht_collectd_sink *sink, void *user)
{
    const double unknown = (double)NAN;
    const struct ht_multipath *multipath = report->multipath;
    for (size_t i = 0; i < report->flow_count; i++)
        ht_flow_set_add(&hops->flows, report->flows[i].flow);
    if (ht_flow_set_next(&hops->flows, 0) == HT_FLOW_SET_MAX)
        return;
    const struct ht_collectd_value values[] = {
        {"gauge", "width", multipath != NULL ? multipath->width : unknown, 0},
        {"gauge", "lossy_flows", multipath != NULL ? multipath->lossy_flows : unknown, 0},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sink(user, &values[i]);
    for (unsigned flow = ht_flow_set_next(&hops->flows, 1); flow < HT_FLOW_SET_MAX;
         flow = ht_flow_set_next(&hops->flows, flow + 1))
        flow_values(flow_of(report, flow), flow, sink, user);
}

/* Of a target whose path MTU was known once. */
static void mtu_value(const struct ht_report *report, struct ht_hop_range *hops,
                      ht_collectd_sink *sink, void *user)
{
    const double unknown = (double)NAN;
    const struct ht_collectd_value value = {"gauge", "path_mtu",
                                            report->mtu != NULL ? report->mtu->path : unknown, 0};
    hops->mtu |= report->mtu != NULL;
    if (hops->mtu)
        sink(user, &value);
}

static void widen(struct ht_hop_range *hops, const struct ht_report *report)
{
    if (report->listed_hops == 0)
        return;
    uint8_t first = report->hops[0].ttl;
    uint8_t last = report->hops[report->listed_hops - 1].ttl;
    if (hops->first_ttl == 0 || first < hops->first_ttl)
        hops->first_ttl = first;
    if (last > hops->last_ttl)
        hops->last_ttl = last;
}

void ht_collectd_values(const struct ht_report *report, struct ht_hop_range *hops,
                        ht_collectd_sink *sink, void *user)
{
    latency_and_loss(&report->rtt, report->loss_percent, "", sink, user);
    gauges(report, sink, user);
    window_gauges(report->window, sink, user);
    mtu_value(report, hops, sink, user);
    multipath_values(report, hops, sink, user);
    if (report->hides_hop_values)
        return;
    widen(hops, report);
    size_t next = 0;
    for (unsigned ttl = hops->first_ttl; ttl <= hops->last_ttl && ttl > 0; ttl++) {
        const struct ht_hop *hop = next < report->listed_hops ? &report->hops[next] : NULL;
        bool listed = hop != NULL && hop->ttl == ttl;
        next += listed;
        hop_values(report, listed ? hop : NULL, ttl, sink, user);
    }
}
