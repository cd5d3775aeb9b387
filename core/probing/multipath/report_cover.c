#include "probing/multipath/report_cover.h"

#include "base/address.h"
#include "model/hop.h"
#include "probing/multipath/cover.h"

/* Tries that make a cell silent anywhere (path_view.h). */
#define SILENT_TRIES 5

static void enter_hop(struct ht_flow_map *map, uint16_t flow, const struct ht_report *own,
                      const struct ht_hop *hop)
{
    const struct ht_node *main = ht_hop_main_node(hop);
    for (int i = 0; main == NULL && i < SILENT_TRIES; i++)
        ht_flow_map_silence(map, flow, hop->ttl);
    if (main == NULL)
        return;
    bool ends = own->status == HT_STATUS_REACHED && hop->ttl == own->hop_count;
    ht_flow_map_answer(map, flow, hop->ttl, &main->facts.address, ends);
    for (size_t i = 0; i < hop->node_count; i++) {
        if (&hop->nodes[i] != main)
            ht_flow_map_answer(map, flow, hop->ttl, &hop->nodes[i].facts.address, false);
    }
}

bool ht_report_cover(struct ht_branch_search *search, const struct ht_report *report,
                     const struct ht_flow_sightings *seen, struct ht_flow_set *cover)
{
    uint16_t flows[HT_FLOWS_SEARCHED];
    ht_flow_map_fini(&search->map);
    for (size_t i = 0; i < report->flow_count; i++) {
        const struct ht_report *own = seen[i].report;
        for (size_t k = 0; k < own->listed_hops; k++)
            enter_hop(&search->map, report->flows[i].flow, own, &own->hops[k]);
    }
    *cover = (struct ht_flow_set){{1}};
    if (search->map.failed || !ht_path_view_build(&search->view, &search->map))
        return false;
    size_t count = ht_cover(&search->view, flows);
    for (size_t i = 0; i < count; i++)
        ht_flow_set_add(cover, flows[i]);
    return true;
}
