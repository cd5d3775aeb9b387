#include "base/durations.h"

/* Class 8 d + s, s from 0 to 7, has durations of which the highest bit is 2^(d + 2), for d > 0, and
 * the three bits behind it are s. Those below 8 ns are classes of their own. */
#define STEP_BITS 3U

_Static_assert(HT_DURATION_STEPS == 1 << STEP_BITS, "the steps of a doubling");

static size_t class_of(uint64_t duration_ns)
{
    if (duration_ns < HT_DURATION_STEPS)
        return (size_t)duration_ns;
    unsigned shift = 63U - (unsigned)__builtin_clzll(duration_ns) - STEP_BITS;
    size_t class = (size_t)(shift + 1) * HT_DURATION_STEPS +
                   (size_t)(duration_ns >> shift & (HT_DURATION_STEPS - 1));
    return class < HT_DURATION_CLASSES ? class : HT_DURATION_CLASSES - 1;
}

/* The longest duration of the class. */
static int64_t end_of(size_t class)
{
    if (class < HT_DURATION_STEPS)
        return (int64_t) class;
    size_t shift = class / HT_DURATION_STEPS - 1;
    return (int64_t)(((HT_DURATION_STEPS + class % HT_DURATION_STEPS + 1) << shift) - 1);
}

void ht_durations_add(struct ht_durations *durations, int64_t duration_ns)
{
    durations->counts[class_of(duration_ns > 0 ? (uint64_t)duration_ns : 0)]++;
    durations->count++;
}

int64_t ht_durations_percentile_ns(const struct ht_durations *durations, unsigned percent)
{
    if (durations->count == 0)
        return -1;
    uint64_t rank = (durations->count * percent + 99) / 100;
    uint64_t passed = 0;
    size_t class = 0;
    while (class < HT_DURATION_CLASSES - 1 && (passed += durations->counts[class]) < rank)
        class ++;
    return end_of(class);
}
