#include "probing/result/flow_links.h"

#include <math.h>
#include <stdbool.h>

#include "base/address.h"
#include "model/hop.h"
#include "probing/multipath/path_view.h"
#include "probing/result/flow_merge.h"

/* --- links ------------------------------------------------------------------------------- */

/* Finds or adds a link among those from `first` on, all of one ttl. */
static size_t link_of(struct ht_flow_merge *merge, size_t first, size_t *count, uint8_t ttl,
                      const struct ht_node *from, const struct ht_node *to)
{
    size_t index = first;
    while (index < *count && !(ht_address_equal(&merge->links[index].from, &from->facts.address) &&
                               ht_address_equal(&merge->links[index].to, &to->facts.address)))
        index++;
    if (index < *count)
        return index;
    merge->links[index] = (struct ht_node_link){.ttl = ttl,
                                                .from = from->facts.address,
                                                .to = to->facts.address,
                                                .from_zone = from->zone,
                                                .to_zone = to->zone};
    merge->link_flows[index] = (struct ht_flow_set){{0}};
    ++*count;
    return index;
}

/* The links of one flow from a ttl to the next one. */
static void add_links(struct ht_flow_merge *merge, size_t first, size_t *count,
                      const struct ht_report *report, uint16_t flow, uint8_t ttl)
{
    const struct ht_hop *hop = ht_flow_hop(report, ttl);
    const struct ht_hop *next = ht_flow_hop(report, ttl + 1U);
    if (hop == NULL || next == NULL || (hop->node_count > 1 && next->node_count > 1))
        return;
    for (size_t i = 0; i < hop->node_count; i++) {
        for (size_t k = 0; k < next->node_count; k++) {
            size_t link = link_of(merge, first, count, ttl, &hop->nodes[i], &next->nodes[k]);
            ht_flow_set_add(&merge->link_flows[link], flow);
        }
    }
}

static void list_flows(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                       const struct ht_flow_set *flows, struct ht_node_link *link)
{
    uint16_t *numbers = &merge->flow_numbers[merge->numbers];
    for (uint16_t flow = ht_flow_set_next(flows, 0); flow < HT_FLOW_SET_MAX;
         flow = ht_flow_set_next(flows, flow + 1U))
        numbers[link->flow_count++] = rounds[flow]->flow.number;
    link->flows = numbers;
    merge->numbers += link->flow_count;
}

static void fill_links(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                       const struct ht_report *reports, uint16_t count,
                       const struct ht_path_view *view, struct ht_report *report)
{
    size_t links = 0;
    for (size_t i = 0; i + 1 < report->listed_hops; i++) {
        size_t first = links;
        uint8_t ttl = report->hops[i].ttl;
        for (uint16_t flow = 0; flow < count; flow++) {
            if (view == NULL || !ht_path_view_is_torn(view, rounds[flow]->flow.number, ttl))
                add_links(merge, first, &links, &reports[flow], flow, ttl);
        }
    }
    for (size_t i = 0; i < links; i++)
        list_flows(merge, rounds, &merge->link_flows[i], &merge->links[i]);
    report->links = merge->links;
    report->link_count = links;
}

/* --- paths ------------------------------------------------------------------------------- */

/* True if no ttl tells the paths of two flows apart. */
static bool same_path(const struct ht_report *a, const struct ht_report *b)
{
    bool both_end = a->status == HT_STATUS_REACHED && b->status == HT_STATUS_REACHED;
    if (both_end && a->hop_count != b->hop_count)
        return false;
    for (size_t i = 0; i < a->listed_hops; i++) {
        const struct ht_hop *other = ht_flow_hop(b, a->hops[i].ttl);
        const struct ht_node *node = ht_hop_main_node(&a->hops[i]);
        const struct ht_node *main = other != NULL ? ht_hop_main_node(other) : NULL;
        if (node != NULL && main != NULL &&
            !ht_address_equal(&node->facts.address, &main->facts.address))
            return false;
    }
    return true;
}

static uint16_t count_paths(struct ht_round *const *rounds, const struct ht_report *reports,
                            uint16_t count)
{
    uint16_t paths = 0;
    for (uint16_t flow = 0; flow < count; flow++) {
        uint16_t earlier = 0;
        if (rounds[flow]->log.asked.partial)
            continue;
        while (earlier < flow && (rounds[earlier]->log.asked.partial ||
                                  !same_path(&reports[earlier], &reports[flow])))
            earlier++;
        if (earlier == flow && reports[flow].hop_count > 0)
            paths++;
    }
    return paths;
}

/* --- balancers --------------------------------------------------------------------------- */

static bool by_packet(const struct ht_report *reports, uint16_t count, uint8_t ttl)
{
    for (uint16_t flow = 0; flow < count; flow++) {
        const struct ht_hop *hop = ht_flow_hop(&reports[flow], ttl);
        if (hop != NULL && hop->node_count > 1)
            return true;
    }
    return false;
}

static void fill_multipath(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                           const struct ht_report *reports, uint16_t count,
                           const struct ht_report *report)
{
    struct ht_multipath *multipath = &merge->multipath;
    *multipath = (struct ht_multipath){.flows = count,
                                       .paths = count_paths(rounds, reports, count),
                                       .confidence = NAN,
                                       .balancers = merge->balancers};
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        uint16_t width = (uint16_t)hop->node_count;
        if (width > multipath->width)
            multipath->width = width;
        if (width > 1)
            merge->balancers[multipath->balancer_count++] = (struct ht_balancer){
                .ttl = hop->ttl, .by_packet = by_packet(reports, count, hop->ttl), .width = width};
    }
}

void ht_flow_links_fill(struct ht_flow_merge *merge, struct ht_round *const *rounds,
                        const struct ht_report *reports, uint16_t count,
                        const struct ht_path_view *view, struct ht_report *report)
{
    fill_links(merge, rounds, reports, count, view, report);
    fill_multipath(merge, rounds, reports, count, report);
    report->multipath = &merge->multipath;
}
