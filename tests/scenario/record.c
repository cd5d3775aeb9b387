#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static void *copy(const void *items, size_t count, size_t size)
{
    void *block = make(count * size + 1);
    if (count > 0)
        memcpy(block, items, count * size);
    return block;
}

static void copy_flows(struct record *record, const struct ht_report *report)
{
    if (report->flow_count == 0)
        return;
    struct ht_node_link *links = copy(report->links, report->link_count, sizeof *links);
    for (size_t i = 0; i < report->link_count; i++)
        links[i].flows = copy(links[i].flows, links[i].flow_count, sizeof *links[i].flows);
    struct ht_multipath *multipath = copy(report->multipath, 1, sizeof *multipath);
    multipath->balancers =
        copy(multipath->balancers, multipath->balancer_count, sizeof *multipath->balancers);
    record->report.flows = copy(report->flows, report->flow_count, sizeof *report->flows);
    record->report.links = links;
    record->report.multipath = multipath;
}

void record_init(struct record *record, const struct ht_report *report)
{
    *record = (struct record){.report = *report};
    struct ht_hop *hops = copy(report->hops, report->listed_hops, sizeof *hops);
    for (size_t i = 0; i < report->listed_hops; i++) {
        struct ht_node *nodes = copy(hops[i].nodes, hops[i].node_count, sizeof *nodes);
        for (size_t n = 0; n < hops[i].node_count; n++) {
            nodes[n].facts.mpls =
                copy(nodes[n].facts.mpls, nodes[n].facts.mpls_count, sizeof *nodes[n].facts.mpls);
            nodes[n].flows = copy(nodes[n].flows, nodes[n].flow_count, sizeof *nodes[n].flows);
        }
        hops[i].nodes = nodes;
    }
    record->report.hops = hops;
    if (report->mtu != NULL) {
        record->mtu = *report->mtu;
        record->mtu.limits =
            copy(report->mtu->limits, report->mtu->limit_count, sizeof *report->mtu->limits);
        record->report.mtu = &record->mtu;
    }
    copy_flows(record, report);
    if (report->error != NULL)
        record->report.error = copy(report->error, strlen(report->error), 1);
}

void record_fini(struct record *record)
{
    for (size_t i = 0; i < record->report.listed_hops; i++) {
        const struct ht_hop *hop = &record->report.hops[i];
        for (size_t n = 0; n < hop->node_count; n++) {
            free((void *)hop->nodes[n].facts.mpls);
            free((void *)hop->nodes[n].flows);
        }
        free((void *)hop->nodes);
    }
    free((void *)record->mtu.limits);
    for (size_t i = 0; i < record->report.link_count; i++)
        free((void *)record->report.links[i].flows);
    if (record->report.multipath != NULL)
        free((void *)record->report.multipath->balancers);
    free((void *)record->report.multipath);
    free((void *)record->report.links);
    free((void *)record->report.flows);
    free((void *)record->report.hops);
    free((void *)record->report.error);
}

const struct ht_hop *record_hop(const struct record *record, uint8_t ttl)
{
    for (size_t i = 0; i < record->report.listed_hops; i++) {
        if (record->report.hops[i].ttl == ttl)
            return &record->report.hops[i];
    }
    return NULL;
}

const struct ht_node *record_node(const struct ht_hop *hop, const struct ht_address *address)
{
    for (size_t i = 0; i < hop->node_count; i++) {
        if (ht_address_equal(&hop->nodes[i].facts.address, address))
            return &hop->nodes[i];
    }
    return NULL;
}
