#include <stdlib.h>
#include <string.h>

#include "hoptrace/report.h"

/* How much a report points to. */
struct extent {
    size_t nodes;
    size_t mpls;
    size_t interfaces;
    size_t counts;
    size_t balancers;
    size_t limits;
    size_t flows; /* in lists */
    size_t bytes; /* of strings, terminators included */
};

/* Where in the new block the next thing of each kind goes. */
struct cursors {
    struct ht_node *nodes;
    struct ht_mpls *mpls;
    struct ht_interface *interfaces;
    uint32_t *counts;
    struct ht_mtu_limit *limits;
    struct ht_balancer *balancers;
    uint16_t *flows;
    char *bytes;
};

static size_t string_size(const char *string)
{
    return string != NULL ? strlen(string) + 1 : 0;
}

static void measure_hop(const struct ht_hop *hop, struct extent *extent)
{
    extent->nodes += hop->node_count;
    for (size_t i = 0; i < hop->node_count; i++) {
        extent->mpls += hop->nodes[i].facts.mpls_count;
        extent->interfaces += hop->nodes[i].facts.interface_count;
        extent->bytes += string_size(hop->nodes[i].zone) + string_size(hop->nodes[i].hostname) +
                         string_size(hop->nodes[i].as_name);
        extent->flows += hop->nodes[i].flow_count;
    }
}

static void measure_multipath(const struct ht_report *report, struct extent *extent)
{
    const struct ht_multipath *multipath = report->multipath;
    for (size_t i = 0; i < report->link_count; i++) {
        extent->bytes +=
            string_size(report->links[i].from_zone) + string_size(report->links[i].to_zone);
        extent->flows += report->links[i].flow_count;
    }
    if (multipath == NULL)
        return;
    extent->balancers = multipath->balancer_count;
    extent->bytes +=
        string_size(multipath->lossy_node_zone) + string_size(multipath->lossy_after_zone);
}

static struct extent measure(const struct ht_report *report)
{
    struct extent extent = {.counts = report->event_counts != NULL ? report->event_kinds : 0};
    extent.counts += report->as_path_count;
    extent.bytes = string_size(report->name) + string_size(report->host) +
                   string_size(report->error) + string_size(report->address_zone) +
                   string_size(report->source_zone);
    for (size_t i = 0; i < report->tag_count; i++)
        extent.bytes += string_size(report->tags[i].key) + string_size(report->tags[i].value);
    for (size_t i = 0; i < report->listed_hops; i++)
        measure_hop(&report->hops[i], &extent);
    measure_multipath(report, &extent);
    extent.limits = report->mtu != NULL ? report->mtu->limit_count : 0;
    extent.bytes += report->marking_count * sizeof *report->marking +
                    report->translator_count * sizeof *report->translators;
    return extent;
}

static const char *copy_string(const char *string, struct cursors *cursors)
{
    if (string == NULL)
        return NULL;
    size_t size = strlen(string) + 1;
    char *copy = cursors->bytes;
    memcpy(copy, string, size);
    cursors->bytes += size;
    return copy;
}

static const uint16_t *copy_flows(const uint16_t *flows, size_t count, struct cursors *cursors)
{
    if (count == 0)
        return flows;
    uint16_t *copy = memcpy(cursors->flows, flows, count * sizeof *flows);
    cursors->flows += count;
    return copy;
}

/* Copies what the facts of a node point to. */
static void copy_facts(struct ht_node_facts *copy, const struct ht_node_facts *facts,
                       struct cursors *cursors)
{
    copy->mpls = cursors->mpls;
    if (facts->mpls_count > 0)
        memcpy(cursors->mpls, facts->mpls, facts->mpls_count * sizeof *facts->mpls);
    cursors->mpls += facts->mpls_count;
    copy->interfaces = cursors->interfaces;
    if (facts->interface_count > 0)
        memcpy(cursors->interfaces, facts->interfaces,
               facts->interface_count * sizeof *facts->interfaces);
    cursors->interfaces += facts->interface_count;
}

static const struct ht_node *copy_nodes(const struct ht_hop *hop, struct cursors *cursors)
{
    struct ht_node *copies = cursors->nodes;
    cursors->nodes += hop->node_count;
    for (size_t i = 0; i < hop->node_count; i++) {
        const struct ht_node *node = &hop->nodes[i];
        copies[i] = *node;
        copies[i].zone = copy_string(node->zone, cursors);
        copies[i].hostname = copy_string(node->hostname, cursors);
        copies[i].as_name = copy_string(node->as_name, cursors);
        copies[i].flows = copy_flows(node->flows, node->flow_count, cursors);
        copy_facts(&copies[i].facts, &node->facts, cursors);
    }
    return copies;
}

/* Copies the strings and arrays of the report itself. */
static void copy_parts(struct ht_report *copy, const struct ht_report *report, struct ht_tag *tags,
                       struct cursors *cursors)
{
    copy->tags = tags;
    copy->name = copy_string(report->name, cursors);
    copy->host = copy_string(report->host, cursors);
    copy->error = copy_string(report->error, cursors);
    copy->address_zone = copy_string(report->address_zone, cursors);
    copy->source_zone = copy_string(report->source_zone, cursors);
    for (size_t i = 0; i < report->tag_count; i++) {
        tags[i].key = copy_string(report->tags[i].key, cursors);
        tags[i].value = copy_string(report->tags[i].value, cursors);
    }
    if (report->event_counts != NULL) {
        memcpy(cursors->counts, report->event_counts,
               report->event_kinds * sizeof *report->event_counts);
        copy->event_counts = cursors->counts;
        cursors->counts += report->event_kinds;
    }
    if (report->as_path_count > 0) {
        memcpy(cursors->counts, report->as_path, report->as_path_count * sizeof *report->as_path);
        copy->as_path = cursors->counts;
    }
}

_Static_assert(_Alignof(struct ht_marking) == 1 && _Alignof(struct ht_translator) == 1,
               "they stand among bytes");

/* Copies what the network does to packets. */
static void copy_packets(struct ht_report *copy, const struct ht_report *report,
                         struct cursors *cursors)
{
    size_t size = report->marking_count * sizeof *report->marking;
    if (size > 0)
        copy->marking = memcpy(cursors->bytes, report->marking, size);
    cursors->bytes += size;
    size = report->translator_count * sizeof *report->translators;
    if (size > 0)
        copy->translators = memcpy(cursors->bytes, report->translators, size);
    cursors->bytes += size;
}

/* Copies the window, if there is one, to `at`. Returns what comes behind it. */
static void *copy_window(struct ht_report *copy, const struct ht_report *report,
                         struct ht_report_window *at)
{
    if (report->window == NULL)
        return at;
    *at = *report->window;
    copy->window = at;
    return at + 1;
}

/* Copies the path MTU, if it is known, to `at`. */
static void copy_mtu(struct ht_report *copy, const struct ht_report *report,
                     struct cursors *cursors, struct ht_mtu *at)
{
    if (report->mtu == NULL)
        return;
    *at = *report->mtu;
    if (at->limit_count > 0)
        memcpy(cursors->limits, report->mtu->limits, at->limit_count * sizeof *at->limits);
    at->limits = cursors->limits;
    copy->mtu = at;
}

/* Copies what several flows show together, if they do, to `at`. */
static void copy_multipath(struct ht_report *copy, const struct ht_report *report,
                           struct cursors *cursors, struct ht_multipath *at)
{
    const struct ht_multipath *multipath = report->multipath;
    if (multipath == NULL)
        return;
    *at = *multipath;
    at->lossy_node_zone = copy_string(multipath->lossy_node_zone, cursors);
    at->lossy_after_zone = copy_string(multipath->lossy_after_zone, cursors);
    at->balancers = cursors->balancers;
    if (multipath->balancer_count > 0)
        memcpy(cursors->balancers, multipath->balancers,
               multipath->balancer_count * sizeof *multipath->balancers);
    copy->multipath = at;
}

static void copy_links(struct ht_report *copy, const struct ht_report *report,
                       struct cursors *cursors, struct ht_node_link *at)
{
    copy->links = at;
    for (size_t i = 0; i < report->link_count; i++) {
        const struct ht_node_link *link = &report->links[i];
        at[i] = *link;
        at[i].from_zone = copy_string(link->from_zone, cursors);
        at[i].to_zone = copy_string(link->to_zone, cursors);
        at[i].flows = copy_flows(link->flows, link->flow_count, cursors);
    }
}

/* Copies the times to `at`. Returns what comes behind them. */
static void *copy_times(struct ht_report *copy, const struct ht_report *report, int64_t *at)
{
    copy->rtts_ns = at;
    if (report->rtt_count > 0)
        memcpy(at, report->rtts_ns, report->rtt_count * sizeof *at);
    return at + report->rtt_count;
}

static void *copy_results(struct ht_report *copy, const struct ht_report *report,
                          struct ht_flow_result *at)
{
    copy->flows = at;
    if (report->flow_count > 0)
        memcpy(at, report->flows, report->flow_count * sizeof *at);
    return at + report->flow_count;
}

static void copy_hops(struct ht_report *copy, const struct ht_report *report,
                      struct cursors *cursors, struct ht_hop *at)
{
    copy->hops = at;
    for (size_t i = 0; i < report->listed_hops; i++) {
        at[i] = report->hops[i];
        at[i].nodes = copy_nodes(&report->hops[i], cursors);
    }
}

static size_t size_of(const struct ht_report *report, const struct extent *extent)
{
    return sizeof *report + report->rtt_count * sizeof *report->rtts_ns +
           (report->window != NULL ? sizeof *report->window : 0) +
           (report->multipath != NULL ? sizeof *report->multipath : 0) +
           (report->mtu != NULL ? sizeof *report->mtu : 0) +
           report->listed_hops * sizeof *report->hops + report->flow_count * sizeof *report->flows +
           report->link_count * sizeof *report->links + extent->nodes * sizeof(struct ht_node) +
           report->tag_count * sizeof *report->tags + extent->mpls * sizeof(struct ht_mpls) +
           extent->interfaces * sizeof(struct ht_interface) + extent->counts * sizeof(uint32_t) +
           extent->limits * sizeof(struct ht_mtu_limit) +
           extent->balancers * sizeof(struct ht_balancer) + extent->flows * sizeof(uint16_t) +
           extent->bytes;
}

/* Kinds in falling alignment, each a multiple of its own: nothing needs padding. */
_Static_assert(_Alignof(struct ht_report) >= _Alignof(int64_t) &&
                   _Alignof(int64_t) >= _Alignof(struct ht_report_window) &&
                   _Alignof(struct ht_report_window) >= _Alignof(struct ht_multipath) &&
                   _Alignof(struct ht_multipath) >= _Alignof(struct ht_mtu) &&
                   _Alignof(struct ht_mtu) >= _Alignof(struct ht_hop) &&
                   _Alignof(struct ht_hop) >= _Alignof(struct ht_flow_result) &&
                   _Alignof(struct ht_flow_result) >= _Alignof(struct ht_node_link) &&
                   _Alignof(struct ht_node_link) >= _Alignof(struct ht_node) &&
                   _Alignof(struct ht_node) >= _Alignof(struct ht_tag) &&
                   _Alignof(struct ht_tag) >= _Alignof(struct ht_mpls) &&
                   _Alignof(struct ht_mpls) >= _Alignof(struct ht_interface) &&
                   _Alignof(struct ht_interface) >= _Alignof(uint32_t) &&
                   _Alignof(uint32_t) >= _Alignof(struct ht_mtu_limit) &&
                   _Alignof(struct ht_mtu_limit) >= _Alignof(struct ht_balancer) &&
                   _Alignof(struct ht_balancer) >= _Alignof(uint16_t),
               "the block's order");

struct ht_report *ht_report_copy(const struct ht_report *report)
{
    struct extent extent = measure(report);
    struct ht_report *copy = malloc(size_of(report, &extent));
    if (copy == NULL)
        return NULL;
    *copy = *report;
    struct ht_report_window *window = copy_times(copy, report, (int64_t *)(copy + 1));
    struct ht_multipath *multipath = copy_window(copy, report, window);
    struct ht_mtu *mtu = (struct ht_mtu *)(multipath + (report->multipath != NULL));
    struct ht_hop *hops = (struct ht_hop *)(mtu + (report->mtu != NULL));
    struct ht_flow_result *flows = (struct ht_flow_result *)(hops + report->listed_hops);
    struct ht_node_link *links = copy_results(copy, report, flows);
    struct cursors cursors = {.nodes = (struct ht_node *)(links + report->link_count)};
    struct ht_tag *tags = (struct ht_tag *)(cursors.nodes + extent.nodes);
    cursors.mpls = (struct ht_mpls *)(tags + report->tag_count);
    cursors.interfaces = (struct ht_interface *)(cursors.mpls + extent.mpls);
    cursors.counts = (uint32_t *)(cursors.interfaces + extent.interfaces);
    cursors.limits = (struct ht_mtu_limit *)(cursors.counts + extent.counts);
    cursors.balancers = (struct ht_balancer *)(cursors.limits + extent.limits);
    cursors.flows = (uint16_t *)(cursors.balancers + extent.balancers);
    cursors.bytes = (char *)(cursors.flows + extent.flows);

    copy_parts(copy, report, tags, &cursors);
    copy_packets(copy, report, &cursors);
    copy_mtu(copy, report, &cursors, mtu);
    copy_multipath(copy, report, &cursors, multipath);
    copy_links(copy, report, &cursors, links);
    copy_hops(copy, report, &cursors, hops);
    return copy;
}

void ht_report_free(struct ht_report *report)
{
    free(report);
}
