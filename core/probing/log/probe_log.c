#include "probing/log/probe_log.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/inline_array.h"
#include "base/prefetch.h"
#include "hoptrace/time.h"
#include "probing/log/node_parts.h"

#define AWAITED_MASK ((1U << HT_AWAITED_BITS) - 1)

/* What a probe in a state adds to each count: 1 or 0. */
struct counts {
    uint8_t awaited;
    uint8_t sent;
    uint8_t received;
    uint8_t left;
    uint8_t excused;
    uint8_t local_errors;
};

static const struct counts counts_of[HT_PROBE_STATES] = {
    [HT_PROBE_LEAVING] = {.awaited = 1},
    [HT_PROBE_UNSENT] = {.local_errors = 1},
    [HT_PROBE_AWAITED] = {.awaited = 1, .sent = 1, .left = 1},
    [HT_PROBE_ANSWERED] = {.sent = 1, .received = 1, .left = 1},
    [HT_PROBE_LOST] = {.sent = 1, .left = 1},
    [HT_PROBE_VOID] = {.left = 1},
    [HT_PROBE_EXCUSED] = {.left = 1, .excused = 1},
    [HT_PROBE_UNREAD] = {.left = 1, .local_errors = 1},
    [HT_PROBE_OPEN] = {.left = 1},
    [HT_PROBE_UNNEEDED] = {.sent = 1, .left = 1},
    [HT_PROBE_SIZED] = {.left = 0},
};

void ht_probe_log_init(struct ht_probe_log *log, const struct ht_asked *asked,
                       struct ht_round_room *room)
{
    *log = (struct ht_probe_log){.asked = *asked, .room = room};
    if (room == NULL)
        return;
    log->probes = room->probes;
    log->hops = room->hops;
    log->nodes = room->nodes;
    log->next_nodes = room->next_nodes;
    log->probe_capacity = log->hop_capacity = log->node_capacity = HT_ROUND_ROOM;
}

void ht_probe_log_fini(struct ht_probe_log *log)
{
    struct ht_round_room *room = log->room;
    for (uint16_t i = 0; i < log->node_count; i++)
        ht_node_free_parts(&log->nodes[i]);
    ht_inline_array_free(room != NULL ? room->probes : NULL, log->probes);
    ht_inline_array_free(room != NULL ? room->hops : NULL, log->hops);
    ht_inline_array_free(room != NULL ? room->nodes : NULL, log->nodes);
    ht_inline_array_free(room != NULL ? room->next_nodes : NULL, log->next_nodes);
    free(log->further);
    log->further = NULL;
    log->probes = NULL;
    log->hops = NULL;
    log->nodes = NULL;
    log->next_nodes = NULL;
}

/* --- probes ------------------------------------------------------------------------------- */

static bool grow_probes(struct ht_probe_log *log)
{
    const struct ht_inline_growth growth = {.storage = log->room != NULL ? log->room->probes : NULL,
                                            .size = sizeof *log->probes,
                                            .least = HT_ROUND_ROOM,
                                            .limit = UINT32_MAX / sizeof *log->probes};
    size_t capacity = log->probe_capacity;
    void *probes = log->probes;
    if (!ht_inline_array_grow(&growth, &probes, &capacity, (size_t)log->probe_count + 1))
        return false;
    log->probes = probes;
    log->probe_capacity = (uint32_t)capacity;
    return true;
}

uint32_t ht_probe_log_add(struct ht_probe_log *log, uint8_t ttl, uint16_t number, int64_t now_ns)
{
    if (log->probe_count == log->probe_capacity && !grow_probes(log))
        return HT_NO_PROBE;
    log->probes[log->probe_count] = (struct ht_probe){.sent_ns = now_ns,
                                                      .number = number,
                                                      .node = HT_NO_NODE,
                                                      .ttl = ttl,
                                                      .state = HT_PROBE_LEAVING};
    ht_probe_log_hop(log, ttl)->awaited++;
    log->awaited++;
    return log->probe_count++;
}

bool ht_probe_log_make_further(struct ht_probe_log *log)
{
    if (log->further == NULL)
        log->further = calloc(UINT8_MAX + 1, sizeof *log->further);
    return log->further != NULL;
}

static inline void recount(struct ht_probe_log *log, struct ht_hop_state *hop, struct counts was,
                           struct counts is)
{
    hop->awaited = ((uint32_t)hop->awaited + is.awaited - was.awaited) & AWAITED_MASK;
    hop->sent = (uint16_t)(hop->sent + is.sent - was.sent);
    hop->received = (uint16_t)(hop->received + is.received - was.received);
    log->awaited += (uint32_t)is.awaited - was.awaited;
    log->received += (uint32_t)is.received - was.received;
    log->left += (uint32_t)is.left - was.left;
    log->excused += (uint32_t)is.excused - was.excused;
    log->local_errors += (uint32_t)is.local_errors - was.local_errors;
}

/* Nearly all probes leave and are answered: of constant states few counts change. */
void ht_probe_log_set_state(struct ht_probe_log *log, struct ht_probe *probe,
                            enum ht_probe_state state)
{
    HT_ASSERT(probe >= log->probes && probe < log->probes + log->probe_count);
    HT_ASSERT(probe->state < HT_PROBE_STATES && state < HT_PROBE_STATES);
    struct ht_hop_state *hop = ht_probe_log_hop(log, probe->ttl);
    if (probe->state == HT_PROBE_LEAVING && state == HT_PROBE_AWAITED) {
        recount(log, hop, counts_of[HT_PROBE_LEAVING], counts_of[HT_PROBE_AWAITED]);
    } else if (probe->state == HT_PROBE_AWAITED && state == HT_PROBE_ANSWERED) {
        recount(log, hop, counts_of[HT_PROBE_AWAITED], counts_of[HT_PROBE_ANSWERED]);
    } else {
        recount(log, hop, counts_of[probe->state], counts_of[state]);
        uint32_t index = (uint32_t)(probe - log->probes);
        if (counts_of[state].awaited && index < log->oldest_awaited)
            log->oldest_awaited = index;
    }
    probe->state = (uint8_t)state;
}

const struct ht_probe *ht_probe_log_oldest(struct ht_probe_log *log)
{
    while (log->oldest_awaited < log->probe_count &&
           !counts_of[log->probes[log->oldest_awaited].state].awaited)
        log->oldest_awaited++;
    return log->oldest_awaited < log->probe_count ? &log->probes[log->oldest_awaited] : NULL;
}

bool ht_probe_log_holds(const struct ht_probe_log *log)
{
    struct ht_hop_state hops[UINT8_MAX + 1] = {0};
    uint32_t awaited = 0, left = 0, received = 0;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        const struct counts *counts = &counts_of[probe->state];
        hops[probe->ttl].awaited =
            ((uint32_t)hops[probe->ttl].awaited + counts->awaited) & AWAITED_MASK;
        hops[probe->ttl].sent = (uint16_t)(hops[probe->ttl].sent + counts->sent);
        hops[probe->ttl].received = (uint16_t)(hops[probe->ttl].received + counts->received);
        awaited += counts->awaited;
        left += counts->left;
        received += counts->received;
    }
    for (unsigned i = 0; i < log->made_hops; i++) {
        const struct ht_hop_state *is = &log->hops[i], *counted = &hops[log->asked.first_ttl + i];
        if (is->awaited != counted->awaited || is->sent != counted->sent ||
            is->received != counted->received)
            return false;
    }
    return log->awaited == awaited && log->left == left && log->received == received;
}

uint32_t ht_probe_log_open(const struct ht_probe_log *log, uint8_t ttl)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < log->probe_count; i++) {
        const struct ht_probe *probe = &log->probes[i];
        count += probe->state == HT_PROBE_OPEN && (ttl == 0 || probe->ttl == ttl);
    }
    return count;
}

/* --- hops --------------------------------------------------------------------------------- */

bool ht_probe_log_make_hops(struct ht_probe_log *log, size_t count, int64_t now_ns)
{
    const struct ht_inline_growth growth = {.storage = log->room != NULL ? log->room->hops : NULL,
                                            .size = sizeof *log->hops,
                                            .least = HT_ROUND_ROOM,
                                            .limit = UINT8_MAX};
    size_t capacity = log->hop_capacity;
    void *hops = log->hops;
    if (!ht_inline_array_grow(&growth, &hops, &capacity, count))
        return false;
    log->hops = hops;
    log->hop_capacity = (uint16_t)capacity;
    while (log->made_hops < count)
        log->hops[log->made_hops++] = (struct ht_hop_state){.not_before_ns = now_ns,
                                                            .first_sent_ns = HT_NEVER,
                                                            .last_sent_ns = HT_NEVER,
                                                            .first_node = HT_NO_NODE};
    return true;
}

/* --- nodes -------------------------------------------------------------------------------- */

_Static_assert(HT_NODES_MAX *UINT8_MAX < HT_NO_NODE, "the nodes of all ttls can be counted");

static bool grow_nodes(struct ht_probe_log *log)
{
    const struct ht_round_room *room = log->room;
    const struct ht_inline_growth growth = {.storage = room != NULL ? room->nodes : NULL,
                                            .size = sizeof *log->nodes,
                                            .least = HT_ROUND_ROOM,
                                            .limit = HT_NO_NODE - 1};
    const struct ht_inline_growth growth_of_next = {.storage =
                                                        room != NULL ? room->next_nodes : NULL,
                                                    .size = sizeof *log->next_nodes,
                                                    .least = HT_ROUND_ROOM,
                                                    .limit = HT_NO_NODE - 1};
    size_t capacity = log->node_capacity, capacity_of_next = log->node_capacity;
    void *nodes = log->nodes, *next_nodes = log->next_nodes;
    bool grown = ht_inline_array_grow(&growth, &nodes, &capacity, (size_t)log->node_count + 1);
    log->nodes = nodes;
    grown = grown && ht_inline_array_grow(&growth_of_next, &next_nodes, &capacity_of_next,
                                          (size_t)log->node_count + 1);
    log->next_nodes = next_nodes;
    if (grown)
        log->node_capacity = (uint16_t)capacity;
    return grown;
}

/* Adds a node behind the last one of its ttl, if that has any. HT_NO_NODE: no memory. */
static uint16_t add_node(struct ht_probe_log *log, uint8_t ttl, uint16_t last,
                         const struct ht_address *address)
{
    if (log->node_count == log->node_capacity && !grow_nodes(log))
        return HT_NO_NODE;
    log->nodes[log->node_count] = (struct ht_node_facts){.address = *address};
    log->next_nodes[log->node_count] = HT_NO_NODE;
    if (last == HT_NO_NODE)
        ht_probe_log_hop(log, ttl)->first_node = log->node_count;
    else
        log->next_nodes[last] = log->node_count;
    return log->node_count++;
}

bool ht_probe_log_node_for(struct ht_probe_log *log, uint8_t ttl, const struct ht_address *address,
                           uint16_t *node)
{
    uint16_t last = HT_NO_NODE;
    unsigned count = 0;
    for (uint16_t i = ht_probe_log_hop(log, ttl)->first_node; i != HT_NO_NODE;
         i = log->next_nodes[i], count++) {
        last = i;
        if (!ht_address_equal(&log->nodes[i].address, address))
            continue;
        *node = i;
        return true;
    }
    *node = count < HT_NODES_MAX ? add_node(log, ttl, last, address) : HT_NO_NODE;
    return count == HT_NODES_MAX || *node != HT_NO_NODE;
}

bool ht_probe_log_is_proven(const struct ht_probe_log *log, uint8_t ttl,
                            const struct ht_address *address)
{
    for (uint16_t i = ht_probe_log_hop(log, ttl)->first_node; i != HT_NO_NODE;
         i = log->next_nodes[i]) {
        if (log->nodes[i].proven && ht_address_equal(&log->nodes[i].address, address))
            return true;
    }
    return false;
}

void ht_probe_log_prove(struct ht_probe_log *log, uint32_t index)
{
    if (log->probes[index].node != HT_NO_NODE)
        log->nodes[log->probes[index].node].proven = true;
}

/* --- prefetching -------------------------------------------------------------------------- */

void ht_probe_log_fetch(const struct ht_probe_log *log, uint32_t probe)
{
    if (probe < log->probe_count)
        ht_prefetch(&log->probes[probe], sizeof *log->probes);
}

/* The probe's hop (of a distance probe: all from the window's end on), the hop behind, which tells
 * whether the window goes on there, and the slots of the next node. */
void ht_probe_log_fetch_answered(const struct ht_probe_log *log, uint32_t probe,
                                 uint16_t window_hops)
{
    if (probe < log->probe_count) {
        size_t hop = log->probes[probe].ttl - log->asked.first_ttl;
        size_t from = hop < window_hops ? hop : window_hops;
        ht_prefetch(&log->hops[from], (hop - from + 2) * sizeof *log->hops);
    }
    if (log->node_count < log->node_capacity) {
        ht_prefetch(&log->nodes[log->node_count], sizeof *log->nodes);
        ht_prefetch(&log->next_nodes[log->node_count], sizeof *log->next_nodes);
    }
}

void ht_probe_log_fetch_all(const struct ht_probe_log *log, uint16_t window_hops)
{
    ht_prefetch(log->probes, log->probe_count * sizeof *log->probes);
    ht_prefetch(log->hops, window_hops * sizeof *log->hops);
    ht_prefetch(log->nodes, log->node_count * sizeof *log->nodes);
}
