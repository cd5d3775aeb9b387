#include "path.h"

#include <stdlib.h>

#include "random.h"

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t draw_us(struct path *path, uint8_t ttl)
{
    double ms = path->hop_ms * ttl + random_wait(&path->seed, path->jitter_ms);
    if (path->slow_ms[ttl - 1] > 0)
        ms += random_wait(&path->seed, path->slow_ms[ttl - 1]);
    if (path->rise_from > 0 && ttl >= path->rise_from)
        ms += path->rise_ms;
    return (uint32_t)(1000 * ms) + 1;
}

static struct ht_round_hop draw_hop(struct path *path, uint8_t ttl)
{
    uint32_t times[PATH_PROBES_MAX];
    bool behind = path->loss_from > 0 && ttl >= path->loss_from;
    double answered = (1 - path->silence[ttl - 1]) * (behind ? 1 - path->loss : 1);
    struct ht_round_hop hop = {.counts.sent = path->probes};
    for (uint16_t i = 0; i < path->probes; i++) {
        if (random_chance(&path->seed, answered))
            times[hop.counts.received++] = draw_us(path, ttl);
    }
    qsort(times, hop.counts.received, sizeof *times, compare);
    if (hop.counts.received > 0)
        hop.median_us = times[(hop.counts.received - 1) / 2];
    return hop;
}

struct ht_round_result path_round(struct path *path, struct ht_round_hop hops[PATH_HOPS_MAX])
{
    static const struct ht_rtt rtt = {0};
    struct ht_round_result round = {.hops = hops, .hop_count = path->hops, .rtt = &rtt};
    for (uint8_t ttl = 1; ttl <= path->hops; ttl++)
        hops[ttl - 1] = draw_hop(path, ttl);
    round.end_to_end = hops[path->hops - 1];
    round.answered = round.end_to_end.counts.received > 0;
    while (!round.answered && round.hop_count > 0 && hops[round.hop_count - 1].counts.received == 0)
        round.hop_count--;
    return round;
}
