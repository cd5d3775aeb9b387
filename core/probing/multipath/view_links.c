#include "probing/multipath/view_links.h"

#include "base/inline_array.h"

/* NULL: no memory. */
static struct ht_path_link *link_between(struct ht_path_view *view, uint16_t from, uint16_t to)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_path_link), .least = 64, .limit = UINT32_MAX - 1};
    for (uint32_t i = view->nodes[from].first_link; i != HT_NO_LINK; i = view->links[i].next) {
        if (view->links[i].to == to)
            return &view->links[i];
    }
    void *links = view->links;
    if (!ht_inline_array_grow(&growth, &links, &view->link_capacity, view->link_count + (size_t)1))
        return NULL;
    view->links = links;
    struct ht_path_link *link = &view->links[view->link_count];
    *link = (struct ht_path_link){.next = view->nodes[from].first_link, .from = from, .to = to};
    view->nodes[from].first_link = view->link_count++;
    view->nodes[from].successors++;
    return link;
}

bool ht_view_links_show(struct ht_path_view *view, uint16_t from, uint16_t to)
{
    struct ht_path_link *link = link_between(view, from, to);
    if (link == NULL)
        return false;
    link->flows++;
    if (link->shown++ == 0)
        view->nodes[to].links_to++;
    return true;
}

/* True if the flow's next position is of those that the rule counts: it was not asked for what it
 * showed, and is not blurred. */
static bool counts(const struct ht_path_view *view, uint16_t flow, uint16_t from, uint8_t before)
{
    if (ht_path_view_blurred_by(view, flow, before) != HT_UNKNOWN)
        return false;
    return view->sole[before] == from || !ht_flow_map_cell(view->map, flow, before).chosen;
}

/* A step of one flow, between two nodes. False: no memory. */
static bool step(struct ht_path_view *view, uint16_t flow, uint16_t from, uint16_t to)
{
    uint8_t before = view->nodes[from].ttl;
    if (ht_path_view_is_torn(view, flow, before))
        return true;
    struct ht_path_link *link = link_between(view, from, to);
    if (link == NULL)
        return false;
    link->flows++;
    if (ht_path_view_position(view, flow, before) == from && link->shown++ == 0)
        view->nodes[to].links_to++;
    if (counts(view, flow, from, before))
        view->nodes[from].counted++;
    return true;
}

bool ht_view_links_add(struct ht_path_view *view, uint8_t ttl)
{
    uint8_t before = (uint8_t)(ttl - 1);
    for (uint16_t flow = 0; flow < view->flow_count; flow++) {
        uint16_t from = ht_path_view_place(view, flow, before);
        uint16_t to = ht_path_view_position(view, flow, ttl);
        if (!ht_is_node(from))
            continue;
        if (ht_is_node(to)) {
            if (!step(view, flow, from, to))
                return false;
        } else if (ht_path_view_is_coming(view, flow, ttl) && counts(view, flow, from, before)) {
            view->nodes[from].coming++;
        }
    }
    return true;
}
