#include "history/flow_windows.h"

#include "base/address.h"

/* The lowest ttl at which the target is known to answer; 0: none. */
static uint8_t end_ttl(const struct ht_path_memory *memory)
{
    for (uint8_t i = 0; i < memory->hop_count; i++) {
        if (ht_known_has(&memory->hops[i], &memory->key.address))
            return (uint8_t)(i + 1);
    }
    return 0;
}

static struct ht_counts counts_of(const struct ht_path_memory *memory, const struct ht_report *own,
                                  const struct ht_flow_result *result)
{
    uint8_t ttl = end_ttl(memory);
    for (size_t i = 0; ttl != 0 && i < own->listed_hops; i++) {
        const struct ht_hop *hop = &own->hops[i];
        if (hop->ttl == ttl && hop->sent > 0)
            return (struct ht_counts){hop->sent, hop->received};
    }
    return (struct ht_counts){result->sent, result->received};
}

void ht_flow_window_take(struct ht_path_memory *memory, const struct ht_report *own,
                         const struct ht_flow_result *result, uint16_t window)
{
    struct ht_loss_window *ring = &memory->flow_window;
    struct ht_counts counts = counts_of(memory, own, result);
    ht_loss_window_resize(ring, window);
    ring->calm_is_kept = true; /* rounds that leave it tell nothing */
    if (counts.sent > 0)
        (void)ht_loss_window_add(ring, NULL, 0, counts, false);
}

struct ht_counts ht_flow_window_sum(const struct ht_path_memory *memory)
{
    return ht_loss_window_sum(&memory->flow_window, 0);
}
