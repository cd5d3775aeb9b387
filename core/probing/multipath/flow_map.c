#include "probing/multipath/flow_map.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/inline_array.h"

/* Elements of the first arrays: a plain path's flows, 10, and nodes. */
#define CELLS_FIRST 12
#define NODES_FIRST 8
#define ROWS_MAX    255
#define VALUE_MAX   4095U

/* Grows an array whose capacity has 16 bits. */
static bool grow(const struct ht_inline_growth *growth, void **items, uint16_t *capacity,
                 size_t needed)
{
    size_t wide = *capacity;
    if (!ht_inline_array_grow(growth, items, &wide, needed))
        return false;
    *capacity = (uint16_t)wide;
    return true;
}

void ht_flow_map_fini(struct ht_flow_map *map)
{
    for (uint8_t i = 0; i < map->row_count; i++)
        free(map->rows[i].cells);
    free(map->rows);
    free(map->nodes);
    free(map->repetitions);
    *map = (struct ht_flow_map){0};
}

static struct ht_repetition *find_repetition(const struct ht_flow_map *map, uint16_t flow,
                                             uint8_t ttl)
{
    for (uint16_t i = 0; i < map->repetition_count; i++) {
        if (map->repetitions[i].flow == flow && map->repetitions[i].ttl == ttl)
            return &map->repetitions[i];
    }
    return NULL;
}

const struct ht_repetition *ht_flow_map_repetition(const struct ht_flow_map *map, uint16_t flow,
                                                   uint8_t ttl)
{
    return find_repetition(map, flow, ttl);
}

static struct ht_map_row *make_row(struct ht_flow_map *map, uint8_t ttl)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_map_row), .least = NODES_FIRST, .limit = ROWS_MAX};
    size_t capacity = map->row_capacity;
    void *rows = map->rows;
    if (!ht_inline_array_grow(&growth, &rows, &capacity, ttl))
        return NULL;
    map->rows = rows;
    map->row_capacity = (uint8_t)capacity;
    while (map->row_count < ttl)
        map->rows[map->row_count++] = (struct ht_map_row){0};
    return &map->rows[ttl - 1];
}

/* NULL, and the map has failed: no memory. */
static struct ht_flow_cell *make_cell(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_flow_cell), .least = CELLS_FIRST, .limit = HT_FLOWS_SEARCHED};
    HT_ASSERT(flow < HT_FLOWS_SEARCHED && ttl > 0);
    struct ht_map_row *row = make_row(map, ttl);
    void *cells = row != NULL ? row->cells : NULL;
    if (row == NULL || !grow(&growth, &cells, &row->capacity, flow + (size_t)1)) {
        map->failed = true;
        return NULL;
    }
    row->cells = cells;
    while (row->count <= flow)
        row->cells[row->count++] = (struct ht_flow_cell){0};
    if (map->flow_count <= flow)
        map->flow_count = (uint16_t)(flow + 1);
    return &row->cells[flow];
}

static uint16_t add_node(struct ht_flow_map *map, const struct ht_map_node *node)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_map_node), .least = NODES_FIRST, .limit = HT_MAP_NODES_MAX};
    void *nodes = map->nodes;
    if (!grow(&growth, &nodes, &map->node_capacity, map->node_count + (size_t)1)) {
        map->failed = true;
        return HT_NO_NODE;
    }
    map->nodes = nodes;
    map->nodes[map->node_count] = *node;
    return map->node_count++;
}

static uint16_t find(const struct ht_flow_map *map, const struct ht_map_node *node)
{
    for (uint16_t i = 0; i < map->node_count; i++) {
        const struct ht_map_node *known = &map->nodes[i];
        if (known->ttl == node->ttl && known->kind == node->kind && known->before == node->before &&
            ht_address_equal(&known->address, &node->address))
            return i;
    }
    return HT_NO_NODE;
}

static uint16_t node_of(struct ht_flow_map *map, const struct ht_map_node *node)
{
    uint16_t index = find(map, node);
    return index != HT_NO_NODE ? index : add_node(map, node);
}

static struct ht_map_node answering(uint8_t ttl, const struct ht_address *address, bool ends)
{
    return (struct ht_map_node){.address = *address,
                                .before = HT_NO_NODE,
                                .ttl = ttl,
                                .kind = ends ? HT_NODE_END : HT_NODE_ROUTER};
}

uint16_t ht_flow_map_find(const struct ht_flow_map *map, uint8_t ttl,
                          const struct ht_address *address, bool ends)
{
    struct ht_map_node node = answering(ttl, address, ends);
    return find(map, &node);
}

uint16_t ht_flow_map_silent_node(struct ht_flow_map *map, uint8_t ttl, uint16_t before)
{
    struct ht_map_node node = {.before = before, .ttl = ttl, .kind = HT_NODE_SILENT};
    return node_of(map, &node);
}

bool ht_flow_map_ask(struct ht_flow_map *map, uint16_t flow, uint8_t ttl, bool chosen)
{
    struct ht_flow_cell *cell = make_cell(map, flow, ttl);
    if (cell == NULL)
        return false;
    if (cell->result == HT_CELL_OPEN && cell->value == 0)
        cell->chosen = chosen;
    cell->awaited = 1;
    map->asked++;
    return true;
}

/* NULL, and the map has failed: no memory. */
static struct ht_repetition *make_repetition(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_repetition), .least = NODES_FIRST, .limit = UINT16_MAX};
    struct ht_repetition *entry = find_repetition(map, flow, ttl);
    void *entries = map->repetitions;
    if (entry != NULL)
        return entry;
    if (!grow(&growth, &entries, &map->repetition_capacity, map->repetition_count + (size_t)1)) {
        map->failed = true;
        return NULL;
    }
    map->repetitions = entries;
    entry = &map->repetitions[map->repetition_count++];
    *entry = (struct ht_repetition){.flow = flow, .ttl = ttl};
    return entry;
}

static void count_up(uint8_t *count)
{
    if (*count < UINT8_MAX)
        ++*count;
}

/* `node`: who answered now, index. */
static void repeat(struct ht_flow_map *map, uint16_t flow, uint8_t ttl, uint16_t node, bool same)
{
    struct ht_repetition *entry = make_repetition(map, flow, ttl);
    if (entry == NULL)
        return;
    if (same) {
        count_up(&entry->same);
    } else {
        entry->varied = true;
        entry->other = node;
    }
}

static void repeat_unanswered(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    struct ht_repetition *entry = make_repetition(map, flow, ttl);
    if (entry != NULL)
        count_up(&entry->unanswered);
}

static bool has_answer(const struct ht_flow_cell *cell)
{
    return cell->result == HT_CELL_ANSWERED || cell->result == HT_CELL_ENDED;
}

static void fill(struct ht_flow_cell *cell, uint16_t node, bool ends)
{
    cell->result = ends ? HT_CELL_ENDED : HT_CELL_ANSWERED;
    cell->value = node & VALUE_MAX;
}

void ht_flow_map_answer(struct ht_flow_map *map, uint16_t flow, uint8_t ttl,
                        const struct ht_address *address, bool ends)
{
    struct ht_flow_cell *cell = make_cell(map, flow, ttl);
    struct ht_map_node node = answering(ttl, address, ends);
    if (cell == NULL)
        return;
    bool asked = cell->awaited;
    cell->awaited = 0;
    uint16_t index = node_of(map, &node);
    if (index == HT_NO_NODE)
        return;
    if (has_answer(cell)) {
        if (asked || cell->value != index)
            repeat(map, flow, ttl, index, cell->value == index);
        return;
    }
    fill(cell, index, ends);
}

void ht_flow_map_move(struct ht_flow_map *map, uint16_t flow, uint8_t ttl,
                      const struct ht_address *address, bool ends)
{
    struct ht_flow_cell *cell = make_cell(map, flow, ttl);
    struct ht_map_node node = answering(ttl, address, ends);
    uint16_t index = cell != NULL ? node_of(map, &node) : HT_NO_NODE;
    if (index != HT_NO_NODE)
        fill(cell, index, ends);
}

/* The cell of a probe that was not answered, and was never before; else NULL. */
static struct ht_flow_cell *unanswered_cell(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    struct ht_flow_cell *cell = make_cell(map, flow, ttl);
    if (cell == NULL)
        return NULL;
    cell->awaited = 0;
    if (!has_answer(cell))
        return cell;
    repeat_unanswered(map, flow, ttl);
    return NULL;
}

void ht_flow_map_silence(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    struct ht_flow_cell *cell = unanswered_cell(map, flow, ttl);
    if (cell == NULL)
        return;
    unsigned tries = cell->result == HT_CELL_SILENT ? cell->value + 1U : 1U;
    cell->result = HT_CELL_SILENT;
    cell->value = (tries < VALUE_MAX ? tries : VALUE_MAX) & VALUE_MAX;
}

void ht_flow_map_put_off(struct ht_flow_map *map, uint16_t flow, uint8_t ttl)
{
    struct ht_flow_cell *cell = unanswered_cell(map, flow, ttl);
    if (cell != NULL && cell->result == HT_CELL_OPEN && cell->value < VALUE_MAX)
        cell->value = (cell->value + 1U) & VALUE_MAX;
}
