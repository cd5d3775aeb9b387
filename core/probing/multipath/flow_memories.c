#include "probing/multipath/flow_memories.h"

#include "base/address.h"
#include "history/flow_windows.h"

/* Tries that make a cell silent anywhere (path_view.h). */
#define SILENT_TRIES 5

/* Part of the main address's answers from which on another address takes turns with it: fewer are
 * of a time before the flow moved. */
#define TURNS_PART 8

static bool is_end(const struct ht_path_memory *memory, const struct ht_address *address)
{
    return ht_address_equal(address, &memory->key.address);
}

/* Enters the known addresses of a ttl. True: the flow ends there. */
static bool enter_hop(const struct ht_path_memory *memory, const struct ht_known_hop *hop,
                      uint16_t flow, uint8_t ttl, struct ht_flow_map *map)
{
    const struct ht_known_address *main = ht_known_main(hop);
    bool ends = is_end(memory, &main->address);
    ht_flow_map_answer(map, flow, ttl, &main->address, ends);
    for (uint16_t i = 0; i < hop->known; i++) {
        const struct ht_known_address *other = &hop->addresses[i];
        if (other != main && other->answers >= main->answers / TURNS_PART)
            ht_flow_map_answer(map, flow, ttl, &other->address, is_end(memory, &other->address));
    }
    return ends;
}

static void enter_flow(const struct ht_path_memory *memory, uint16_t flow, uint8_t last_ttl,
                       struct ht_flow_map *map)
{
    bool ended = false;
    for (unsigned ttl = 1; ttl <= last_ttl && !ended; ttl++) {
        const struct ht_known_hop *hop = ht_path_memory_hop(memory, (uint8_t)ttl);
        if (hop != NULL && hop->known > 0) {
            ended = enter_hop(memory, hop, flow, (uint8_t)ttl, map);
            continue;
        }
        for (int i = 0; i < SILENT_TRIES; i++)
            ht_flow_map_silence(map, flow, (uint8_t)ttl);
    }
}

/* The highest ttl at which some flow knows an address. */
static uint8_t farthest(struct ht_path_memory *const *memories, uint16_t count)
{
    uint8_t last = 0;
    for (uint16_t flow = 0; flow < count; flow++) {
        uint8_t ttl = memories[flow]->hop_count;
        while (ttl > last && ht_path_memory_hop(memories[flow], ttl)->known == 0)
            ttl--;
        last = ttl > last ? ttl : last;
    }
    return last;
}

void ht_flow_memories_map(struct ht_path_memory *const *memories, uint16_t count,
                          struct ht_flow_map *map)
{
    uint8_t last = farthest(memories, count);
    for (uint16_t flow = 0; flow < count; flow++)
        enter_flow(memories[flow], flow, last, map);
}

void ht_branch_search_fini(struct ht_branch_search *search)
{
    ht_flow_map_fini(&search->map);
    ht_path_view_fini(&search->view);
}

bool ht_flow_memories_lossy(struct ht_branch_search *search, struct ht_path_memory *const *memories,
                            uint16_t count, struct ht_lossy_branch *branch)
{
    struct ht_counts counts[HT_FLOWS_SEARCHED] = {{0}};
    bool lost = false;
    *branch = (struct ht_lossy_branch){.node = HT_UNKNOWN, .after = HT_UNKNOWN};
    for (uint16_t flow = 0; flow < count; flow++) {
        counts[flow] = ht_flow_window_sum(memories[flow]);
        lost |= ht_counts_lost(counts[flow]) > 0;
    }
    if (!lost)
        return true;
    ht_flow_map_fini(&search->map);
    ht_flow_memories_map(memories, count, &search->map);
    return !search->map.failed && ht_path_view_build(&search->view, &search->map) &&
           ht_lossy_branch_find(&search->view, counts, branch);
}

struct ht_address ht_branch_search_address(const struct ht_branch_search *search, uint16_t node)
{
    if (!ht_is_node(node) || node == HT_HOST_NODE)
        return (struct ht_address){.version = HT_IP_NONE};
    return search->map.nodes[node - 1].address;
}
