/* Many durations in little memory: how many there were of each size, in steps of an eighth. */
#ifndef HT_BASE_DURATIONS_H
#define HT_BASE_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

/* Steps of each doubling; a power of two. Doublings of the longest duration, 2^46 ns (20 hours). */
#define HT_DURATION_STEPS     8
#define HT_DURATION_DOUBLINGS 44
#define HT_DURATION_CLASSES   ((size_t)HT_DURATION_STEPS * HT_DURATION_DOUBLINGS)

/* {0}: none yet. */
struct ht_durations {
    uint32_t counts[HT_DURATION_CLASSES];
    uint64_t count;
};

/* Adds one; below 0 it counts as 0. */
void ht_durations_add(struct ht_durations *durations, int64_t duration_ns);

/* The value at rank ceil(count * percent / 100), rounded up to the end of its class, by less than
 * an eighth; of durations below 8 ns and above 2^46 ns that bound. -1: there is none. */
int64_t ht_durations_percentile_ns(const struct ht_durations *durations, unsigned percent);

#endif
