#include "history/window_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history/loss_window.h"

#define VALUES_A_ROUND 3
#define FIRST_CAPACITY 4

void ht_window_times_fini(struct ht_window_times *times)
{
    free(times->list);
    *times = (struct ht_window_times){0};
}

static bool reserve(struct ht_window_times *times, uint16_t window)
{
    if (times->count < times->capacity)
        return true;
    size_t capacity = times->capacity > 0 ? times->capacity * 2U : FIRST_CAPACITY;
    capacity = capacity < window ? capacity : window;
    struct ht_round_times *list = realloc(times->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    times->list = list;
    times->capacity = (uint16_t)capacity;
    return true;
}

void ht_window_times_add(struct ht_window_times *times, uint32_t replies, const struct ht_rtt *rtt,
                         uint16_t window)
{
    if (times->count >= window) {
        size_t over = times->count - window + 1U;
        times->count = (uint16_t)(times->count - over);
        memmove(times->list, times->list + over, times->count * sizeof *times->list);
    }
    if (!reserve(times, window))
        return;
    struct ht_round_times *round = &times->list[times->count++];
    *round = (struct ht_round_times){.replies = replies};
    if (replies == 0)
        return;
    round->min_ms = (float)rtt->min_ms;
    round->avg_ms = (float)rtt->avg_ms;
    round->max_ms = (float)rtt->max_ms;
    round->stddev_ms = (float)rtt->stddev_ms;
    round->median_ms = (float)rtt->median_ms;
    round->jitter_ms = replies > 1 ? (float)rtt->jitter_ms : 0;
}

struct value {
    float ms;
    uint32_t weight;
};

static int compare(const void *a, const void *b)
{
    float one = ((const struct value *)a)->ms;
    float other = ((const struct value *)b)->ms;
    return (one > other) - (one < other);
}

/* By nearest rank: the first value that with those before it is at least this share of all. */
static double rank(const struct value *values, size_t count, double share, double all)
{
    double sum = 0;
    size_t i = 0;
    for (; i + 1 < count; i++) {
        sum += values[i].weight;
        if (sum >= share * all)
            break;
    }
    return values[i].ms;
}

static void set_ranks(const struct ht_window_times *times, double replies, struct ht_rtt *rtt)
{
    struct value values[HT_WINDOW_MAX * VALUES_A_ROUND];
    size_t count = 0;
    for (uint16_t i = 0; i < times->count; i++) {
        const struct ht_round_times *round = &times->list[i];
        if (round->replies > 0)
            values[count++] = (struct value){round->min_ms, 1};
        if (round->replies > 1)
            values[count++] = (struct value){round->max_ms, 1};
        if (round->replies > 2)
            values[count++] = (struct value){round->median_ms, round->replies - 2};
    }
    qsort(values, count, sizeof *values, compare);
    rtt->median_ms = rank(values, count, 0.5, replies);
    rtt->p95_ms = rank(values, count, 0.95, replies);
}

void ht_window_times_sum(const struct ht_window_times *times, struct ht_rtt *rtt)
{
    double replies = 0;
    double pairs = 0;
    double sum = 0;
    double squares = 0;
    double jitter = 0;
    *rtt = (struct ht_rtt){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    for (uint16_t i = 0; i < times->count; i++) {
        const struct ht_round_times *round = &times->list[i];
        double n = round->replies;
        if (round->replies == 0)
            continue;
        rtt->min_ms = replies > 0 && rtt->min_ms < round->min_ms ? rtt->min_ms : round->min_ms;
        rtt->max_ms = replies > 0 && rtt->max_ms > round->max_ms ? rtt->max_ms : round->max_ms;
        replies += n;
        pairs += n - 1;
        sum += n * round->avg_ms;
        squares += n * ((double)round->stddev_ms * round->stddev_ms +
                        (double)round->avg_ms * round->avg_ms);
        jitter += (n - 1) * round->jitter_ms;
    }
    if (replies == 0)
        return;
    rtt->avg_ms = sum / replies;
    double variance = squares / replies - rtt->avg_ms * rtt->avg_ms;
    rtt->stddev_ms = variance > 0 ? sqrt(variance) : 0;
    rtt->jitter_ms = pairs > 0 ? jitter / pairs : NAN;
    set_ranks(times, replies, rtt);
}
