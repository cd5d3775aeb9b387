#include "history/round_memory.h"

#include <stddef.h>
#include <string.h>

const struct ht_round_memory ht_round_memory_none = {0};

void ht_round_memory_note(struct ht_round_memory *memory, const struct ht_report *report)
{
    memset(memory->silent_ttls, 0, sizeof memory->silent_ttls);
    memory->destination_ttl = 0;
    if (report->status == HT_STATUS_REACHED)
        memory->destination_ttl = report->hop_count;
    for (size_t i = 0; i < report->listed_hops; i++) {
        const struct ht_hop *hop = &report->hops[i];
        if (hop->node_count == 0 && hop->sent > 0)
            memory->silent_ttls[hop->ttl / 64] |= UINT64_C(1) << hop->ttl % 64;
    }
}
