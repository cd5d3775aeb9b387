/* What was found out of one target's flows: which flow passes which node at which ttl. Pure.
 *
 * A cell is one (flow, ttl). It is filled once; a later answer is a repetition. All else (links,
 * widths, whether the rule is met) is derived from the cells: path_view.h.
 *
 * Bytes, of a path of 15 nodes and 10 flows: about 1,100; each cell takes 2, a node 28. */
#ifndef HT_PROBING_MULTIPATH_FLOW_MAP_H
#define HT_PROBING_MULTIPATH_FLOW_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/settings.h"

/* Nodes of a target, with the silent ones. */
#define HT_MAP_NODES_MAX 4095

/* Index of no node. */
#define HT_NO_NODE UINT16_MAX

enum ht_cell_result {
    HT_CELL_OPEN,     /* nothing is known yet */
    HT_CELL_ANSWERED, /* a router answered: the flow goes on */
    HT_CELL_ENDED, /* the destination answered, or a router refused: the flow ends here or before */
    HT_CELL_SILENT /* unanswered as often as `value` tells */
};

struct ht_flow_cell {
    uint16_t value : 12; /* ANSWERED, ENDED: index of the node; OPEN: times it was put off; SILENT:
                            tries */
    uint16_t result : 2; /* enum ht_cell_result */
    uint16_t awaited : 1;
    uint16_t chosen : 1; /* asked because of what the flow showed at the next ttl: it says nothing
                            of how the node's flows are spread */
};

enum ht_map_node_kind {
    HT_NODE_ROUTER,
    HT_NODE_END,   /* flows end here */
    HT_NODE_SILENT /* routers that do not answer, all behind one node */
};

struct ht_map_node {
    struct ht_address address; /* of a silent one HT_IP_NONE */
    uint16_t before;           /* silent: index of the node before, HT_NO_NODE: this host */
    uint8_t ttl;
    uint8_t kind; /* enum ht_map_node_kind */
};

/* A cell that was asked again after it was answered. */
struct ht_repetition {
    uint16_t flow;
    uint16_t other; /* varied: index of the last other node */
    uint8_t ttl;
    uint8_t same;       /* answers from the cell's node, at most 255 */
    uint8_t unanswered; /* at most 255 */
    bool varied;        /* another node answered */
};

struct ht_map_row {
    struct ht_flow_cell *cells; /* owned: [flow] */
    uint16_t count;
    uint16_t capacity;
};

/* {0}: nothing is known. */
struct ht_flow_map {
    struct ht_map_row *rows;           /* owned: [ttl - 1] */
    struct ht_map_node *nodes;         /* owned, in the order of their first sight */
    struct ht_repetition *repetitions; /* owned */
    uint16_t node_count;
    uint16_t node_capacity;
    uint16_t repetition_count;
    uint16_t repetition_capacity;
    uint16_t flow_count; /* the highest flow asked, and 1 */
    uint8_t row_count;
    uint8_t row_capacity;
    bool failed;    /* memory, or HT_MAP_NODES_MAX: what came since is not in the map */
    uint32_t asked; /* probes asked for */
};

void ht_flow_map_fini(struct ht_flow_map *map);

/* The cell, {0} where nothing was asked. 1 <= ttl. */
static inline struct ht_flow_cell ht_flow_map_cell(const struct ht_flow_map *map, uint16_t flow,
                                                   uint8_t ttl)
{
    if (ttl > map->row_count || flow >= map->rows[ttl - 1].count)
        return (struct ht_flow_cell){0};
    return map->rows[ttl - 1].cells[flow];
}

/* The cell's repetitions, or NULL. */
const struct ht_repetition *ht_flow_map_repetition(const struct ht_flow_map *map, uint16_t flow,
                                                   uint8_t ttl);

/* A probe of (flow, ttl) is to leave. flow < HT_FLOWS_SEARCHED. False: no memory. */
bool ht_flow_map_ask(struct ht_flow_map *map, uint16_t flow, uint8_t ttl, bool chosen);

/* It was answered; it need not have been asked. `ends`: see HT_CELL_ENDED. Of a cell that was
 * answered before: a repetition, if it was asked or another node answered. */
void ht_flow_map_answer(struct ht_flow_map *map, uint16_t flow, uint8_t ttl,
                        const struct ht_address *address, bool ends);

/* The flow passes this node from now on. What else the map knows of the flow is taken to hold: a
 * round enters all ttls of a flow that moved. */
void ht_flow_map_move(struct ht_flow_map *map, uint16_t flow, uint8_t ttl,
                      const struct ht_address *address, bool ends);

/* The index of the node with this address, HT_NO_NODE: none was ever seen there. */
uint16_t ht_flow_map_find(const struct ht_flow_map *map, uint8_t ttl,
                          const struct ht_address *address, bool ends);

/* It was not answered in time. Of a cell that was answered before: a repetition without an answer.
 */
void ht_flow_map_silence(struct ht_flow_map *map, uint16_t flow, uint8_t ttl);

/* It counts for nothing, and is to be asked again. */
void ht_flow_map_put_off(struct ht_flow_map *map, uint16_t flow, uint8_t ttl);

/* The index of the silent node behind this one, made if it is not there. HT_NO_NODE: no memory. */
uint16_t ht_flow_map_silent_node(struct ht_flow_map *map, uint8_t ttl, uint16_t before);

#endif
