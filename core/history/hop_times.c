#include "history/hop_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/usual_time.h"

#define MAD_TO_SIGMA       1.48
#define MEDIAN_TO_MEAN     1.25 /* standard error of a median to that of a mean */
#define NOISE_ERRORS       2
#define NOISE_MAX_US       1e9
#define RECENT_MAX         (HT_WINDOW_MAX / 4)
#define RECENT_ANSWERS_MIN 3

void ht_hop_times_fini(struct ht_hop_times *times)
{
    free(times->recent);
    free(times->usuals);
    *times = (struct ht_hop_times){0};
}

/* Another span: the recent rounds go. */
static bool lay_out(struct ht_hop_times *times, size_t hop_count, uint16_t span)
{
    uint32_t *recent = calloc((size_t)span * hop_count, sizeof *recent);
    struct ht_hop_usual *usuals =
        recent != NULL ? realloc(times->usuals, hop_count * sizeof *usuals) : NULL;
    if (usuals == NULL) {
        free(recent);
        return false;
    }
    for (size_t i = 0; i < span && span == times->span; i++)
        memcpy(&recent[i * hop_count], &times->recent[i * times->hop_count],
               times->hop_count * sizeof *recent);
    memset(&usuals[times->hop_count], 0, (hop_count - times->hop_count) * sizeof *usuals);
    free(times->recent);
    times->recent = recent;
    times->usuals = usuals;
    if (span != times->span)
        times->next = times->in_block = 0;
    times->span = span;
    times->hop_count = (uint8_t)hop_count;
    return true;
}

bool ht_hop_times_reserve(struct ht_hop_times *times, size_t hop_count, uint16_t window)
{
    uint16_t span = ht_recent_span(window);
    if (hop_count <= times->hop_count && (span == times->span || times->hop_count == 0))
        return true;
    return lay_out(times, hop_count > times->hop_count ? hop_count : times->hop_count, span);
}

/* A hop's recent times; returns how many. */
static size_t gather(const struct ht_hop_times *times, size_t hop, uint32_t *list)
{
    size_t count = 0;
    for (size_t i = 0; i < times->span; i++) {
        uint32_t time = times->recent[i * times->hop_count + hop];
        list[count] = time;
        count += time > 0;
    }
    return count;
}

/* Median of a hop's recent times; 0: too few. */
static uint32_t recent_of(const struct ht_hop_times *times, size_t hop)
{
    uint32_t list[RECENT_MAX];
    size_t count = gather(times, hop, list);
    return count >= RECENT_ANSWERS_MIN ? ht_times_median(list, count) : 0;
}

static void push_block(struct ht_hop_usual *usual, uint32_t block)
{
    if (block == 0)
        return;
    usual->blocks[usual->count % HT_HOP_BLOCKS] = block;
    if (++usual->count == 2 * HT_HOP_BLOCKS)
        usual->count = HT_HOP_BLOCKS;
}

void ht_hop_times_add(struct ht_hop_times *times, const struct ht_round_hop *hops, size_t hop_count,
                      uint16_t window, bool risen)
{
    if (!ht_hop_times_reserve(times, hop_count, window) || times->hop_count == 0)
        return;
    uint32_t *slot = &times->recent[(size_t)times->next * times->hop_count];
    for (size_t i = 0; i < times->hop_count; i++)
        slot[i] = i < hop_count ? hops[i].median_us : 0;
    times->next = (uint16_t)((times->next + 1) % times->span);
    times->in_block = risen ? 0 : (uint16_t)(times->in_block + 1);
    if (times->in_block < times->span)
        return;
    times->in_block = 0;
    for (size_t i = 0; i < times->hop_count; i++)
        push_block(&times->usuals[i], recent_of(times, i));
}

void ht_hop_times_forget(struct ht_hop_times *times, uint8_t ttl)
{
    for (size_t hop = ttl - 1U; hop < times->hop_count; hop++) {
        times->usuals[hop] = (struct ht_hop_usual){0};
        for (size_t i = 0; i < times->span; i++)
            times->recent[i * times->hop_count + hop] = 0;
    }
}

void ht_hop_times_restart(struct ht_hop_times *times)
{
    times->in_block = 0;
    for (size_t hop = 0; hop < times->hop_count; hop++) {
        times->usuals[hop] = (struct ht_hop_usual){0};
        push_block(&times->usuals[hop], recent_of(times, hop));
    }
}

/* 1.48 MAD. */
static double spread_of(const uint32_t *list, size_t count)
{
    uint32_t distances[RECENT_MAX];
    uint32_t median = ht_times_median(list, count);
    for (size_t i = 0; i < count; i++)
        distances[i] = list[i] > median ? list[i] - median : median - list[i];
    return MAD_TO_SIGMA * ht_times_median(distances, count);
}

/* See hop_times.h. */
static uint32_t noise_of(const struct ht_hop_times *times, size_t hop, size_t blocks)
{
    uint32_t list[RECENT_MAX];
    size_t count = gather(times, hop, list);
    double usual = spread_of(times->usuals[hop].blocks, blocks);
    double recent = MEDIAN_TO_MEAN * spread_of(list, count) / sqrt((double)count);
    double error = MEDIAN_TO_MEAN * usual / sqrt((double)blocks);
    recent = recent > usual ? recent : usual;
    double noise = NOISE_ERRORS * sqrt(error * error + recent * recent);
    return noise < NOISE_MAX_US ? (uint32_t)noise : (uint32_t)NOISE_MAX_US;
}

struct ht_time_hop ht_hop_times_evidence(const struct ht_hop_times *times, uint8_t ttl)
{
    struct ht_time_hop evidence = {.ttl = ttl};
    if (ttl > times->hop_count)
        return evidence;
    const struct ht_hop_usual *usual = &times->usuals[ttl - 1];
    size_t count = usual->count < HT_HOP_BLOCKS ? usual->count : HT_HOP_BLOCKS;
    evidence.recent_us = recent_of(times, ttl - 1U);
    if (count < HT_HOP_BLOCKS_MIN || evidence.recent_us == 0)
        return evidence;
    evidence.usual_us = ht_times_median(usual->blocks, count);
    evidence.noise_us = noise_of(times, ttl - 1U, count);
    return evidence;
}
