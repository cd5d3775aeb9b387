#include "flows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "hoptrace/time.h"
#include "support.h"

/* What is checked, and what was found wrong. */
struct check {
    const struct record *record;
    const struct record *flows;
    size_t count;
    bool searched; /* further flows were measured at single ttls: sums are at least those of `flows`
                    */
    size_t faults;
};

static void complain(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct check *check, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (check->faults++ < 5)
        printf("# %s, record %u, %zu flows: %s\n", check->record->report.name,
               check->record->number, check->count, text);
}

static void expect(struct check *check, const char *what, double says, double truth)
{
    if (isnan(says) != isnan(truth) || fabs(says - truth) > 0.0005)
        complain(check, "%s is %g, not %g", what, says, truth);
}

/* A count that further flows may add to. */
static void expect_sum_of(struct check *check, const char *what, uint32_t says, uint32_t truth)
{
    if (check->searched ? says < truth : says != truth)
        complain(check, "%s is %u, not %u", what, (unsigned)says, (unsigned)truth);
}

static double loss_of(uint32_t sent, uint32_t received)
{
    return sent == 0 ? (double)NAN : 100 * (1 - (double)received / (double)sent);
}

static bool is_reached(const struct record *flow)
{
    return flow->report.status == HT_STATUS_REACHED;
}

/* Probes of a flow at a ttl that tell of the path: none behind its end; where it has none,
 * those without an answer. */
static uint32_t sent_at(const struct record *flow, uint8_t ttl)
{
    const struct ht_hop *hop = record_hop(flow, ttl);
    if (hop != NULL)
        return hop->sent;
    bool ends = is_reached(flow) || flow->report.status == HT_STATUS_UNREACHABLE;
    uint32_t sent = 0;
    for (size_t i = 0; !ends && flow->round != NULL && i < flow->round->probe_count; i++)
        sent += flow->round->probes[i].ttl == ttl;
    return sent;
}

/* The sum, and the least and longest time, of one address (NULL: of all) at a ttl. */
struct sum {
    uint32_t received;
    double total_ms;
    double min_ms;
    double max_ms;
};

static void add(struct sum *sum, uint32_t received, const struct ht_rtt *rtt)
{
    if (received == 0)
        return;
    sum->min_ms = sum->received == 0 || rtt->min_ms < sum->min_ms ? rtt->min_ms : sum->min_ms;
    sum->max_ms = sum->received == 0 || rtt->max_ms > sum->max_ms ? rtt->max_ms : sum->max_ms;
    sum->received += received;
    sum->total_ms += rtt->avg_ms * received;
}

static void expect_sum(struct check *check, const char *what, const struct sum *sum,
                       uint32_t received, const struct ht_rtt *rtt)
{
    expect_sum_of(check, what, received, sum->received);
    if (sum->received == 0 || check->searched)
        return;
    expect(check, what, rtt->min_ms, sum->min_ms);
    expect(check, what, rtt->max_ms, sum->max_ms);
    expect(check, what, rtt->avg_ms, sum->total_ms / sum->received);
}

static bool names(const struct ht_node *node, uint16_t flow)
{
    for (size_t i = 0; i < node->flow_count; i++) {
        if (node->flows[i] == flow)
            return i == 0 || node->flows[i - 1] < flow;
    }
    return false;
}

static void check_node(struct check *check, const struct ht_hop *hop, const struct ht_node *node)
{
    struct sum sum = {0};
    uint32_t sent = 0;
    uint32_t answered = 0;
    size_t flows = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct ht_hop *own = record_hop(&check->flows[i], hop->ttl);
        const struct ht_node *listed = own != NULL ? record_node(own, &node->facts.address) : NULL;
        if (listed == NULL)
            continue;
        add(&sum, listed->facts.received, &listed->rtt);
        sent += own->sent;
        answered += own->received;
        if (!names(node, check->record->report.flows[i].flow))
            complain(check, "hop %u: flow %zu is not named at its node", hop->ttl, i);
        flows++;
    }
    expect_sum_of(check, "number of a node's flows", (uint32_t)node->flow_count, (uint32_t)flows);
    expect_sum(check, "node", &sum, node->facts.received, &node->rtt);
    expect_sum_of(check, "a node's sent", node->flows_sent, sent);
    if (!check->searched)
        expect(check, "a node's loss", node->loss_percent, loss_of(sent, answered));
}

static void check_hop(struct check *check, const struct ht_hop *hop)
{
    struct sum sum = {0};
    uint32_t sent = 0;
    size_t nodes = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct ht_hop *own = record_hop(&check->flows[i], hop->ttl);
        sent += sent_at(&check->flows[i], hop->ttl);
        if (own == NULL)
            continue;
        add(&sum, own->received, &own->rtt);
        for (size_t n = 0; n < own->node_count; n++)
            nodes += record_node(hop, &own->nodes[n].facts.address) == NULL;
    }
    expect(check, "nodes that are not listed", (double)nodes, 0);
    expect_sum_of(check, "a hop's sent", hop->sent, sent);
    if (!check->searched)
        expect(check, "a hop's loss", hop->loss_percent, loss_of(sent, sum.received));
    expect_sum(check, "hop", &sum, hop->received, &hop->rtt);
    for (size_t n = 0; n < hop->node_count; n++)
        check_node(check, hop, &hop->nodes[n]);
}

/* The record of a flow; NULL: it was measured at single ttls. */
static const struct record *record_of(const struct check *check, uint16_t flow)
{
    for (size_t i = 0; i < check->count; i++) {
        if (check->record->report.flows[i].flow == flow)
            return &check->flows[i];
    }
    return NULL;
}

/* True if a search has found routers that take turns packet by packet: steps of a flow behind them
 * are uncertain. */
static bool takes_turns(const struct check *check)
{
    const struct ht_multipath *multipath = check->record->report.multipath;
    for (size_t i = 0; check->searched && i < multipath->balancer_count; i++) {
        if (multipath->balancers[i].by_packet)
            return true;
    }
    return false;
}

/* Each link is one of the flows it names, and each certain step of a flow is a link. */
static void check_links(struct check *check)
{
    const struct ht_report *report = &check->record->report;
    size_t steps = 0;
    size_t named = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct ht_report *flow = &check->flows[i].report;
        for (size_t k = 0; k + 1 < flow->listed_hops; k++) {
            size_t from = flow->hops[k].node_count;
            size_t to = flow->hops[k + 1].node_count;
            steps += from <= 1 || to <= 1 ? from * to : 0;
        }
    }
    for (size_t i = 0; i < report->link_count; i++) {
        const struct ht_node_link *link = &report->links[i];
        for (size_t k = 0; k < link->flow_count; k++) {
            const struct record *flow = record_of(check, link->flows[k]);
            named += flow != NULL;
            if (flow == NULL)
                continue;
            const struct ht_hop *from = record_hop(flow, link->ttl);
            const struct ht_hop *to = record_hop(flow, (uint8_t)(link->ttl + 1));
            if (from == NULL || to == NULL || record_node(from, &link->from) == NULL ||
                record_node(to, &link->to) == NULL)
                complain(check, "a link of ttl %u is none of flow %u", link->ttl, link->flows[k]);
        }
    }
    if (!takes_turns(check))
        expect(check, "links, each as often as flows take it,", (double)named, (double)steps);
}

static void check_flow(struct check *check, size_t index, struct sum *sum, uint32_t *sent)
{
    const struct ht_flow_result *result = &check->record->report.flows[index];
    const struct ht_report *flow = &check->flows[index].report;
    if (!check->searched)
        expect(check, "number of a flow", result->flow, (double)index);
    expect(check, "status of a flow", result->status, flow->status);
    expect(check, "hop_count of a flow", result->hop_count, flow->hop_count);
    expect(check, "path_id of a flow", result->path_id, flow->path_id);
    *sent += result->sent;
    if (!is_reached(&check->flows[index])) {
        expect(check, "received of a flow that ends before", result->received, 0);
        return;
    }
    const struct ht_hop *end = &flow->hops[flow->listed_hops - 1];
    expect(check, "sent of a flow", result->sent, end->sent);
    expect(check, "received of a flow", result->received, end->received);
    expect(check, "loss of a flow", result->loss_percent, flow->loss_percent);
    add(sum, end->received, &end->rtt);
}

static void check_whole(struct check *check)
{
    const struct ht_report *report = &check->record->report;
    struct sum sum = {0};
    uint32_t sent = 0;
    uint32_t all_sent = 0;
    uint32_t all_received = 0;
    uint8_t longest = 0;
    bool reached = false;
    int64_t ends_ns = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct ht_report *flow = &check->flows[i].report;
        check_flow(check, i, &sum, &sent);
        all_sent += flow->sent;
        all_received += flow->received;
        longest = flow->hop_count > longest ? flow->hop_count : longest;
        reached |= is_reached(&check->flows[i]);
        ends_ns = ht_time_max(ends_ns, flow->time_ns + flow->duration_ns);
    }
    expect_sum_of(check, "sent", report->sent, all_sent);
    expect_sum_of(check, "received", report->received, all_received);
    expect(check, "hop_count", report->hop_count, longest);
    expect(check, "reached", report->status == HT_STATUS_REACHED, reached);
    expect(check, "loss", report->loss_percent, loss_of(sent, sum.received));
    expect_sum(check, "end to end", &sum, sum.received, &report->rtt);
    if (!check->searched)
        expect(check, "end, ms", ht_ns_to_ms(report->time_ns + report->duration_ns - ends_ns), 0);
}

size_t flows_check(const struct record *record, const struct record *flows, size_t count)
{
    struct check check = {.record = record,
                          .flows = flows,
                          .count = count,
                          .searched = record->report.multipath->has_proof};
    check_whole(&check);
    for (size_t i = 0; i < record->report.listed_hops; i++)
        check_hop(&check, &record->report.hops[i]);
    check_links(&check);
    return check.faults;
}
