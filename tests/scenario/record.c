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

void record_init(struct record *record, const struct ht_report *report)
{
    *record = (struct record){.report = *report};
    struct ht_hop *hops = copy(report->hops, report->listed_hops, sizeof *hops);
    for (size_t i = 0; i < report->listed_hops; i++) {
        struct ht_node *nodes = copy(hops[i].nodes, hops[i].node_count, sizeof *nodes);
        for (size_t n = 0; n < hops[i].node_count; n++)
            nodes[n].facts.mpls =
                copy(nodes[n].facts.mpls, nodes[n].facts.mpls_count, sizeof *nodes[n].facts.mpls);
        hops[i].nodes = nodes;
    }
    record->report.hops = hops;
    if (report->error != NULL)
        record->report.error = copy(report->error, strlen(report->error), 1);
}

void record_fini(struct record *record)
{
    for (size_t i = 0; i < record->report.listed_hops; i++) {
        const struct ht_hop *hop = &record->report.hops[i];
        for (size_t n = 0; n < hop->node_count; n++)
            free((void *)hop->nodes[n].facts.mpls);
        free((void *)hop->nodes);
    }
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
