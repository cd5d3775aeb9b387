/* The usual time of a path, and whether the present one is above it. Pure.
 *
 *   recent   the median of the medians of the last `span` = max(5, window / 4) rounds
 *   usual    the median of HT_USUAL_MAX values at most, each the median of the medians of `stride`
 *            = max(1, window / 20) rounds before those, so 10 windows of 20 rounds and more; frozen
 *            while risen
 *   spread   1.48 times the median of the values' distances from `usual` (of a normal distribution
 *            its standard deviation)
 *
 * In bytes: 4 for each recent round, 4 for each value, as far as rounds have come: 820 with a
 * window of 20. */
#ifndef HT_HISTORY_USUAL_TIME_H
#define HT_HISTORY_USUAL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HT_USUAL_MAX 200

/* Below as many values, a window of 20 rounds and more, there is no usual time. */
#define HT_USUAL_MIN 20

/* Rounds whose median is the present time. */
static inline uint16_t ht_recent_span(uint16_t window)
{
    return window / 4 > 5 ? (uint16_t)(window / 4) : 5;
}

/* The last medians of one target, in us, oldest first. {0}: none. */
struct ht_times {
    uint32_t *list; /* owned: [capacity] */
    uint16_t count;
    uint16_t capacity;
};

/* Appends one; beyond `most` the oldest goes. False: no memory, it is left out. */
bool ht_times_add(struct ht_times *times, uint32_t time_us, uint16_t most);
void ht_times_fini(struct ht_times *times);

/* Median by nearest rank of `count` of them, 250 at most; 0: there are none. */
uint32_t ht_times_median(const uint32_t *list, size_t count);

struct ht_usual_time {
    struct ht_times recent; /* medians of rounds */
    struct ht_times values;
    uint16_t since_value; /* rounds since the last value */
    uint16_t unusual;     /* recent rounds, the oldest, that do not become usual: it was risen */
};

/* Enters a round's median, above 0. `risen`: it does not become usual. */
void ht_usual_time_add(struct ht_usual_time *usual, uint32_t median_us, uint16_t window,
                       bool risen);

/* Recent rounds are all that is usual from now on. */
void ht_usual_time_restart(struct ht_usual_time *usual);

void ht_usual_time_fini(struct ht_usual_time *usual);

/* What the verdict looks at. */
struct ht_time_evidence {
    uint32_t usual_us; /* 0: not known */
    uint32_t spread_us;
    uint32_t high_us;   /* at most 1 % of the values are above */
    uint32_t recent_us; /* 0: not known */
    uint32_t most_us;   /* most recent rounds took as long or longer: 4 of 5; all 5 while there are
                           few values */
};

struct ht_time_evidence ht_usual_time_evidence(const struct ht_usual_time *usual, uint16_t window);

/* The percentage with which no time is high. */
#define HT_RTT_NEVER 10000

/* Excess over the usual time from which on a time has risen: the greatest of usual x `percent` /
 * 100, 3 spreads and 1 ms. */
double ht_time_excess_us(const struct ht_time_evidence *evidence, double percent);

/* Above the usual time by more than the excess, and in most recent rounds above 99 % of the values
 * (3 spreads alone are exceeded by chance where times are skewed: 16 to 31 times in 100,000 rounds
 * of 3 probes with an exponential jitter); above it by less than half of the excess. Both false
 * unless both times are known. */
bool ht_time_is_high(const struct ht_time_evidence *evidence, double percent);
bool ht_time_is_low(const struct ht_time_evidence *evidence, double percent);

#endif
