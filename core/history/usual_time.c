#include "history/usual_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "history/loss_window.h"

/* The longest list: the recent rounds of the longest window. */
#define TIMES_MAX (HT_WINDOW_MAX / 4)

#define SPREADS       3
#define MAD_TO_SIGMA  1.48
#define EXCESS_MIN_US 1000.0

/* Of at least 5 recent rounds, those that are above 99 % of the values in a rise. By chance 4 of 5
 * are above n values in 5 of C(n + 5, 4) cases, all 5 in 1 of C(n + 5, 5). Summed from 20 values to
 * 50, that is 1 life of 330, and 1 of 8,800. */
#define MOST_MIN     4
#define MOST_MIN_FEW 5
#define FEW_VALUES   50

bool ht_times_add(struct ht_times *times, uint32_t time_us, uint16_t most)
{
    if (times->count >= most) {
        size_t over = times->count - most + 1U;
        times->count = (uint16_t)(times->count - over);
        memmove(times->list, times->list + over, times->count * sizeof *times->list);
    }
    if (times->count == times->capacity) {
        size_t capacity = times->capacity > 0 ? times->capacity * 2U : 8;
        capacity = capacity < most ? capacity : most;
        uint32_t *list = realloc(times->list, capacity * sizeof *list);
        if (list == NULL)
            return false;
        times->list = list;
        times->capacity = (uint16_t)capacity;
    }
    times->list[times->count++] = time_us;
    return true;
}

void ht_times_fini(struct ht_times *times)
{
    free(times->list);
    *times = (struct ht_times){0};
}

/* Hoare's selection: the value that has `rank` others before it in order. */
static uint32_t select_rank(uint32_t *list, size_t count, size_t rank)
{
    size_t low = 0;
    size_t high = count - 1;
    while (low < high) {
        uint32_t pivot = list[low + (high - low) / 2];
        size_t i = low;
        size_t k = high;
        for (;;) {
            while (list[i] < pivot)
                i++;
            while (list[k] > pivot)
                k--;
            if (i >= k)
                break;
            uint32_t other = list[i];
            list[i++] = list[k];
            list[k--] = other;
        }
        if (rank <= k)
            high = k;
        else
            low = k + 1;
    }
    return list[rank];
}

/* The value that has `rank` others before it in order. */
static uint32_t value_at(const uint32_t *list, size_t count, size_t rank)
{
    uint32_t copy[TIMES_MAX];
    HT_ASSERT(count > rank && count <= TIMES_MAX);
    memcpy(copy, list, count * sizeof *copy);
    return select_rank(copy, count, rank);
}

uint32_t ht_times_median(const uint32_t *list, size_t count)
{
    return count > 0 ? value_at(list, count, (count - 1) / 2) : 0;
}

static uint16_t stride_of(uint16_t window)
{
    return window > 20 ? window / 20 : 1;
}

/* The oldest of the recent rounds is about to leave. */
static void retire(struct ht_usual_time *usual, uint16_t stride)
{
    if (usual->unusual > 0) {
        usual->unusual--;
        usual->since_value = 0;
    } else if (++usual->since_value >= stride) {
        usual->since_value = 0;
        (void)ht_times_add(&usual->values, ht_times_median(usual->recent.list, stride),
                           HT_USUAL_MAX);
    }
}

void ht_usual_time_add(struct ht_usual_time *usual, uint32_t median_us, uint16_t window, bool risen)
{
    uint16_t stride = stride_of(window);
    uint16_t span = ht_recent_span(window);
    const struct ht_times *recent = &usual->recent;
    if (risen)
        usual->unusual = span;
    else if (recent->count >= span)
        retire(usual, stride);
    (void)ht_times_add(&usual->recent, median_us, span);
}

void ht_usual_time_restart(struct ht_usual_time *usual)
{
    usual->values.count = 0;
    usual->since_value = usual->unusual = 0;
    for (uint16_t i = 0; i < usual->recent.count; i++)
        (void)ht_times_add(&usual->values, usual->recent.list[i], HT_USUAL_MAX);
}

void ht_usual_time_fini(struct ht_usual_time *usual)
{
    ht_times_fini(&usual->recent);
    ht_times_fini(&usual->values);
    usual->since_value = usual->unusual = 0;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* At most 1 % of the values are above. */
static size_t high_rank(size_t count)
{
    return count - 1 - count / 100;
}

/* Most recent rounds are at this one and above: more than half of them, and at least MOST_MIN. */
static size_t most_rank(size_t count, size_t values)
{
    size_t most = count / 2 + 1;
    size_t least = values < FEW_VALUES ? MOST_MIN_FEW : MOST_MIN;
    return count - (most > least ? most : least);
}

struct ht_time_evidence ht_usual_time_evidence(const struct ht_usual_time *usual, uint16_t window)
{
    struct ht_time_evidence evidence = {0};
    uint32_t distances[HT_USUAL_MAX];
    const struct ht_times *values = &usual->values;
    const struct ht_times *recent = &usual->recent;
    if (recent->count >= ht_recent_span(window)) {
        evidence.recent_us = ht_times_median(recent->list, recent->count);
        evidence.most_us =
            value_at(recent->list, recent->count, most_rank(recent->count, values->count));
    }
    if (values->count < HT_USUAL_MIN)
        return evidence;
    evidence.usual_us = ht_times_median(values->list, values->count);
    for (uint16_t i = 0; i < values->count; i++)
        distances[i] = distance(values->list[i], evidence.usual_us);
    uint32_t mad = ht_times_median(distances, values->count);
    evidence.spread_us = (uint32_t)(MAD_TO_SIGMA * mad);
    evidence.high_us = value_at(values->list, values->count, high_rank(values->count));
    return evidence;
}

double ht_time_excess_us(const struct ht_time_evidence *evidence, double percent)
{
    double excess = EXCESS_MIN_US;
    double share = evidence->usual_us * percent / 100;
    double spreads = SPREADS * (double)evidence->spread_us;
    excess = excess > share ? excess : share;
    return excess > spreads ? excess : spreads;
}

static bool known(const struct ht_time_evidence *evidence)
{
    return evidence->usual_us > 0 && evidence->recent_us > 0;
}

bool ht_time_is_high(const struct ht_time_evidence *evidence, double percent)
{
    return percent < HT_RTT_NEVER && known(evidence) && evidence->most_us > evidence->high_us &&
           evidence->recent_us > evidence->usual_us + ht_time_excess_us(evidence, percent);
}

bool ht_time_is_low(const struct ht_time_evidence *evidence, double percent)
{
    return known(evidence) &&
           evidence->recent_us < evidence->usual_us + ht_time_excess_us(evidence, percent) / 2;
}
