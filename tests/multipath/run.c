#include "run.h"

#include <stdlib.h>

#include "random.h"

#define UNDER_WAY_MAX 1024

struct ht_multipath_settings run_settings(double failure)
{
    return (struct ht_multipath_settings){.failure = failure,
                                          .probes_max = HT_MULTIPATH_PROBES_MAX,
                                          .flows_max = HT_FLOWS_SEARCHED,
                                          .ttl_max = 32,
                                          .gap_limit = 5};
}

static void answer(struct run *run, struct ht_multipath_probe probe, uint64_t *chance)
{
    uint8_t node = net_probe(run->net, run->seed, chance, probe.flow, probe.ttl);
    if (node == NET_LOST || node == NET_LIMITED) {
        ht_multipath_take(&run->map, probe,
                          node == NET_LOST ? HT_MULTIPATH_SILENT : HT_MULTIPATH_VOID, NULL);
        return;
    }
    struct ht_address address = net_address(node);
    bool end = run->net->nodes[node].end;
    ht_multipath_take(&run->map, probe, end ? HT_MULTIPATH_ENDED : HT_MULTIPATH_ANSWERED, &address);
}

static void show_flow_0(struct run *run, uint64_t *chance)
{
    for (uint8_t ttl = 1; ttl < run->settings.ttl_max; ttl++) {
        uint64_t same = run->seed;
        run->probes++;
        answer(run, (struct ht_multipath_probe){.flow = 0, .ttl = ttl}, chance);
        if (run->net->nodes[net_walk(run->net, run->seed, &same, 0, ttl)].next_count == 0)
            break;
    }
}

/* One in four times only some of the answers have come when more probes are asked for. */
void run_search(struct run *run)
{
    struct ht_multipath_probe under_way[UNDER_WAY_MAX];
    uint64_t chance = run->seed * 31;
    size_t count = 0;
    if (run->seed % 2 == 0)
        show_flow_0(run, &chance);
    do {
        count += ht_multipath_next(&run->map, &run->settings, run->view, under_way + count,
                                   UNDER_WAY_MAX - count, &run->progress);
        size_t left = random_chance(&chance, 0.25) ? count / 2 : 0;
        while (count > left) {
            size_t i = random_bits(&chance) % count;
            answer(run, under_way[i], &chance);
            under_way[i] = under_way[--count];
        }
        run->batches++;
    } while (!run->progress.finished);
    run->probes += run->map.asked;
}
