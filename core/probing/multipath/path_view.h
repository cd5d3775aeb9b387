/* The graph that the cells of a map show: nodes, links, and how far each node was looked at.
 * Derived anew from the map each time; its storage is reused, for any number of targets. Pure.
 *
 * Node 0 is this host; node i + 1 is the map's node i.
 *
 * Where a flow is at a ttl (its position):
 *
 *   cell                       position
 *   answered by a router       that router
 *   ended                      the end; beyond, if the position at ttl - 1 is an end or beyond
 *   silent after enough tries  the silent node behind the position at ttl - 1
 *   void HT_PUT_OFF_MAX times  the same, if no flow was answered behind that position; else unknown
 *   else                       unknown
 *
 * The second to fourth wait where the position at ttl - 1 is unknown and ttl - 1 has no sole node:
 * (flow, ttl - 1) is to be asked.
 *
 * Sole: the only node of its ttl, where no flow has ended before. Flows whose cell there is open
 * are taken to pass it: the rule, met at the ttls before, says that they do.
 *
 * Tries until a cell is silent: 5 where routers answer behind the same node (it may be loss), else
 * 3, and 1 once two flows were tried as often behind this node.
 *
 * A link is shown by a flow that was seen at both ends. Behind a node that takes turns packet by
 * packet the positions of a flow are blurred, up to the ttl at which all flows through that node
 * meet one node again: between two blurred positions there is no link. From a blurred node to the
 * one at which they meet there is one if HT_BLURRED_LEAST flows showed the node: if it led
 * elsewhere, none of as many packets through it would have been seen there, in exp(-7) = 0.1 %. */
#ifndef HT_PROBING_MULTIPATH_PATH_VIEW_H
#define HT_PROBING_MULTIPATH_PATH_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/multipath/flow_map.h"

#define HT_HOST_NODE 0

/* Flows that prove the link behind a blurred node: see above. */
#define HT_BLURRED_LEAST 7

/* Positions of a flow that are no node: beyond its end; a cell that waits; unknown. */
#define HT_BEYOND  (UINT16_MAX - 2)
#define HT_WAITS   (UINT16_MAX - 1)
#define HT_UNKNOWN UINT16_MAX

/* Times that a probe is void until its cell is given up. */
#define HT_PUT_OFF_MAX 16

/* Index of no link. */
#define HT_NO_LINK UINT32_MAX

struct ht_path_link {
    uint32_t next; /* another link from the same node, or HT_NO_LINK */
    uint16_t from;
    uint16_t to;
    uint16_t flows; /* known at `to`, and known or taken to be at `from` */
    uint16_t shown; /* of these: seen at both; 0: not proven */
    bool covered;   /* by the flows chosen so far (cover.c) */
};

/* Whether a node takes turns packet by packet (by_packet.c). */
struct ht_node_turns {
    double share; /* greatest probability, at the ttls behind it up to `ttl`, that two flows through
                     it meet the same node */
    double worth; /* of a repetition at `ttl` that finds the same node again */
    float expected; /* ln of 1 / the probability that a node by packet looks as this one does when
                       the repetitions under way find the same again */
    float wanted;   /* of that; 0: none, it has one next node, is by packet, or cannot be told */
    uint8_t ttl;    /* 0: not reckoned yet */
};

struct ht_view_node {
    uint32_t first_link; /* from it, or HT_NO_LINK */
    uint32_t paths;      /* ways on from here (graph_facts.c) */
    uint32_t mark;       /* the last count of different nodes that it was in */
    uint16_t flows;      /* seen here; 0: the node is not (or no longer) part of the graph */
    uint16_t steady;     /* of these: not blurred */
    uint16_t links_to;   /* proven links to it */
    uint16_t successors;
    uint16_t counted; /* flows that count for the rule: their next position is known */
    uint16_t coming;  /* flows that will, when their probes are answered */
    uint16_t tried;   /* flows tried 3 times or more, and never answered, at the next ttl */
    uint16_t tally;   /* flows, in that count */
    uint16_t varied;  /* times that a repetition of a flow with another position showed it */
    uint16_t lacking; /* flows through it that the rule lacks (multipath.c) */
    struct ht_node_turns turns;
    uint8_t ttl;
    uint8_t kind;         /* enum ht_map_node_kind */
    uint8_t silent_row;   /* silent nodes in a row, this one among them */
    bool answered_next;   /* a flow through it was answered at the next ttl */
    bool answered_behind; /* it answers, or something behind it does */
    bool packet;          /* takes turns packet by packet */
    bool hidden;          /* blurred, where flows meet behind it: too few of them showed it */
};

/* One ttl behind a node that takes turns packet by packet. */
struct ht_blur {
    uint16_t node;  /* the one that takes turns */
    uint16_t nodes; /* different ones of the flows through it at this ttl */
    uint16_t known; /* flows through it with a known position at this ttl */
    uint16_t coming;
    uint8_t ttl;
    bool over; /* all flows meet one node here */
};

/* What the flows through a node lost (lossy_branch.c). */
struct ht_node_loss {
    uint32_t sent;
    uint32_t lost;
    uint64_t set; /* equal for equal sets of flows; 0: the empty one */
    bool lossy;
};

/* {0} before the first use. */
struct ht_path_view {
    const struct ht_flow_map *map; /* borrowed: what it was built from */
    struct ht_view_node *nodes;    /* owned */
    struct ht_path_link *links;    /* owned */
    struct ht_blur *blurs;         /* owned: by rising ttl of the node, then of its own */
    struct ht_node_loss *losses;   /* owned: [node], with loss_capacity */
    uint16_t *positions;           /* owned: [ttl * HT_FLOWS_SEARCHED + flow], ttl 0 is this host */
    uint16_t *blurred_by;          /* owned: the same: the node that takes turns, or HT_UNKNOWN */
    uint16_t *sole;                /* owned: [ttl]: node, or HT_UNKNOWN */
    size_t node_capacity;
    size_t link_capacity;
    size_t blur_capacity;
    size_t loss_capacity;
    size_t cell_capacity; /* rows of positions, and of blurred_by */
    size_t sole_capacity;
    uint32_t link_count;
    uint16_t node_count;
    uint32_t blur_count;
    uint32_t seen;       /* N: nodes that end no flow, this host among them */
    uint32_t mark;       /* of the last count of different nodes */
    uint16_t flow_count; /* the map's when the view was built */
    uint8_t last_ttl;    /* the highest asked */
};

void ht_path_view_fini(struct ht_path_view *view);

/* Builds the view of a map; makes the map's silent nodes. False: no memory, the view is empty. */
bool ht_path_view_build(struct ht_path_view *view, struct ht_flow_map *map);

/* Position of a flow. */
static inline uint16_t ht_path_view_position(const struct ht_path_view *view, uint16_t flow,
                                             uint8_t ttl)
{
    if (ttl > view->last_ttl || flow >= view->flow_count)
        return HT_UNKNOWN;
    return view->positions[ttl * (size_t)HT_FLOWS_SEARCHED + flow];
}

/* True of a position that is a node. */
static inline bool ht_is_node(uint16_t position)
{
    return position < HT_BEYOND;
}

/* Position of a flow, or the sole node that it is taken to pass. */
static inline uint16_t ht_path_view_place(const struct ht_path_view *view, uint16_t flow,
                                          uint8_t ttl)
{
    uint16_t position = ht_path_view_position(view, flow, ttl);
    return position == HT_UNKNOWN && ttl <= view->last_ttl ? view->sole[ttl] : position;
}

/* The node that takes turns, and whose flows' positions are blurred for it; HT_UNKNOWN: none. */
static inline uint16_t ht_path_view_blurred_by(const struct ht_path_view *view, uint16_t flow,
                                               uint8_t ttl)
{
    if (ttl > view->last_ttl || flow >= view->flow_count)
        return HT_UNKNOWN;
    return view->blurred_by[ttl * (size_t)HT_FLOWS_SEARCHED + flow];
}

/* True if the nodes that the flow showed at this ttl and at the next one need not follow each
 * other: both are blurred, or the first one is hidden. */
static inline bool ht_path_view_is_torn(const struct ht_path_view *view, uint16_t flow, uint8_t ttl)
{
    uint16_t node = ht_path_view_place(view, flow, ttl);
    if (ht_path_view_blurred_by(view, flow, ttl) == HT_UNKNOWN)
        return false;
    return (ht_is_node(node) && view->nodes[node].hidden) ||
           ht_path_view_blurred_by(view, flow, (uint8_t)(ttl + 1)) != HT_UNKNOWN;
}

/* True if the cell's probes were void too often. */
static inline bool ht_path_view_is_given_up(const struct ht_path_view *view, uint16_t flow,
                                            uint8_t ttl)
{
    struct ht_flow_cell cell = ht_flow_map_cell(view->map, flow, ttl);
    return cell.result == HT_CELL_OPEN && cell.value >= HT_PUT_OFF_MAX;
}

/* True if a probe of the cell left, or is to leave again, and its position is not known. */
static inline bool ht_path_view_is_coming(const struct ht_path_view *view, uint16_t flow,
                                          uint8_t ttl)
{
    struct ht_flow_cell cell = ht_flow_map_cell(view->map, flow, ttl);
    bool known = ht_path_view_position(view, flow, ttl) != HT_UNKNOWN;
    bool put_off = cell.value > 0 && cell.value < HT_PUT_OFF_MAX;
    return !known && (cell.awaited || cell.result == HT_CELL_SILENT || put_off);
}

/* True if the cell was never asked, nor filled without. */
static inline bool ht_path_view_is_free(const struct ht_path_view *view, uint16_t flow, uint8_t ttl)
{
    struct ht_flow_cell cell = ht_flow_map_cell(view->map, flow, ttl);
    return cell.result == HT_CELL_OPEN && cell.value == 0 && !cell.awaited;
}

#endif
