/* The small words of a scenario file: times, numbers, ranges, lists. */
#ifndef HT_SCENARIO_VALUE_H
#define HT_SCENARIO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGES_MAX 12
#define TIMES_MAX  16

struct range {
    uint32_t first;
    uint32_t last;
};

/* "1,3,5-7" or "8-" (no end). No items: everything is within. */
struct ranges {
    struct range items[RANGES_MAX];
    size_t count;
};

/* "5ms", one for every ttl; "5ms..60ms", rising over the ttls of its rule; "5ms,9ms", by the
 * number of the probe, again from the start after the last. */
struct times {
    int64_t items_ns[TIMES_MAX];
    size_t count;
    bool rising;
};

/* Each returns false if the text is anything but one such value. */
bool value_number(const char *text, double *number);
bool value_unsigned(const char *text, uint32_t most, uint32_t *number);
bool value_time(const char *text, int64_t *time_ns); /* "1.5s", "-2h", "60ms", "20us", "0" */
bool value_ranges(const char *text, struct ranges *ranges);
bool value_times(const char *text, struct times *times);

bool ranges_hold(const struct ranges *ranges, uint32_t number);

/* Copies the part of *list before the next comma to `item` and moves *list behind it. False: the
 * list is at its end. A part that does not fit is cut. */
bool value_next(const char **list, char *item, size_t size);

#endif
