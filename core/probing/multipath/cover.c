#include "probing/multipath/cover.h"

/* The proven link that the flow passes from this ttl to the next, or NULL. */
static struct ht_path_link *link_of(struct ht_path_view *view, uint16_t flow, uint8_t ttl)
{
    uint16_t from = ht_path_view_place(view, flow, ttl);
    uint16_t to = ht_path_view_position(view, flow, (uint8_t)(ttl + 1));
    if (!ht_is_node(from) || !ht_is_node(to))
        return NULL;
    for (uint32_t i = view->nodes[from].first_link; i != HT_NO_LINK; i = view->links[i].next) {
        if (view->links[i].to == to)
            return view->links[i].shown > 0 ? &view->links[i] : NULL;
    }
    return NULL;
}

/* Links of the flow that are not covered; `cover`: they are from now on. */
static uint32_t links_of(struct ht_path_view *view, uint16_t flow, bool cover)
{
    uint32_t count = 0;
    for (uint8_t ttl = 0; ttl < view->last_ttl; ttl++) {
        struct ht_path_link *link = link_of(view, flow, ttl);
        if (link == NULL || link->covered)
            continue;
        count++;
        link->covered = cover;
    }
    return count;
}

size_t ht_cover(struct ht_path_view *view, uint16_t *flows)
{
    size_t count = 0;
    for (uint32_t i = 0; i < view->link_count; i++)
        view->links[i].covered = false;
    while (view->flow_count > 0) {
        uint16_t best = 0;
        uint32_t most = 0;
        for (uint16_t flow = 0; flow < view->flow_count; flow++) {
            uint32_t links = links_of(view, flow, false);
            if (links > most) {
                most = links;
                best = flow;
            }
            if (count == 0)
                break;
        }
        if (most == 0 && count > 0)
            break;
        (void)links_of(view, best, true);
        flows[count++] = best;
    }
    return count;
}
