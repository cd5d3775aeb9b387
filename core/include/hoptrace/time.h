/* Time as a number: nanoseconds in a signed 64-bit integer, on a monotonic clock unless a name
 * says `wall`. Nothing here reads a clock. */
#ifndef HT_HOPTRACE_TIME_H
#define HT_HOPTRACE_TIME_H

#include <stdint.h>

#include "hoptrace/export.h"

HT_BEGIN_C

/* "No such moment", later than every other time. */
#define HT_NEVER INT64_MAX

#define HT_NS_PER_US INT64_C(1000)
#define HT_NS_PER_MS INT64_C(1000000)
#define HT_NS_PER_S  INT64_C(1000000000)

/* time + duration, where both are not negative; HT_NEVER absorbs, and so does an overflow. */
static inline int64_t ht_time_add(int64_t time_ns, int64_t duration_ns)
{
    int64_t sum;
    if (time_ns == HT_NEVER || duration_ns == HT_NEVER ||
        __builtin_add_overflow(time_ns, duration_ns, &sum))
        return HT_NEVER;
    return sum;
}

/* Both clocks, read together: durations come from the first alone. */
struct ht_now {
    int64_t mono_ns; /* CLOCK_MONOTONIC */
    int64_t wall_ns; /* CLOCK_REALTIME, since 1970; may step at any time */
};

static inline int64_t ht_time_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t ht_time_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline double ht_ns_to_ms(int64_t duration_ns)
{
    return (double)duration_ns / (double)HT_NS_PER_MS;
}

HT_END_C

#endif
