#include "output/totals.h"

#include <stdlib.h>
#include <string.h>

#include "hoptrace/time.h"

#define MS HT_NS_PER_MS

/* 1, 2, 5 a decade, from 0.2 ms (a neighbour) to 5 s. */
const int64_t ht_rtt_bounds_ns[HT_RTT_BOUNDS] = {MS / 5,   MS / 2,    MS,        2 * MS,   5 * MS,
                                                 10 * MS,  20 * MS,   50 * MS,   100 * MS, 200 * MS,
                                                 500 * MS, 1000 * MS, 2000 * MS, 5000 * MS};

static void add_times(struct ht_totals *totals, const struct ht_report *report)
{
    for (size_t i = 0; i < report->rtt_count; i++) {
        size_t bucket = 0;
        while (bucket < HT_RTT_BOUNDS && report->rtts_ns[i] > ht_rtt_bounds_ns[bucket])
            bucket++;
        totals->rtts[bucket]++;
        totals->rtt_sum_ns += report->rtts_ns[i];
    }
}

static bool make_room(struct ht_totals *totals, uint8_t last_ttl)
{
    if (last_ttl <= totals->last_ttl)
        return true;
    struct ht_count_total *hops = realloc(totals->hops, last_ttl * sizeof *hops);
    if (hops == NULL)
        return false;
    memset(hops + totals->last_ttl, 0, (size_t)(last_ttl - totals->last_ttl) * sizeof *hops);
    totals->hops = hops;
    totals->last_ttl = last_ttl;
    return true;
}

bool ht_totals_add(struct ht_totals *totals, const struct ht_report *report)
{
    size_t listed = report->hides_hop_values ? 0 : report->listed_hops;
    bool good = listed == 0 || make_room(totals, report->hops[listed - 1].ttl);
    add_times(totals, report);
    totals->all.sent += report->sent;
    totals->all.received += report->received;
    for (size_t i = 0; i < listed && report->hops[i].ttl <= totals->last_ttl; i++) {
        struct ht_count_total *hop = &totals->hops[report->hops[i].ttl - 1];
        hop->sent += report->hops[i].sent;
        hop->received += report->hops[i].received;
    }
    return good;
}

void ht_totals_fini(struct ht_totals *totals)
{
    free(totals->hops);
    *totals = (struct ht_totals){.last_ttl = 0};
}
