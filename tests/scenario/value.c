#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    double ns;
};

static const struct unit units[] = {
    {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9},
};

bool value_number(const char *text, double *number)
{
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0;
}

bool value_unsigned(const char *text, uint32_t most, uint32_t *number)
{
    char *end;
    errno = 0;
    unsigned long parsed = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || text[0] == '-' || parsed > most)
        return false;
    *number = (uint32_t)parsed;
    return true;
}

bool value_time(const char *text, int64_t *time_ns)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || errno != 0)
        return false;
    if (*end == '\0' && number == 0) {
        *time_ns = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *time_ns = (int64_t)llround(number * units[i].ns);
            return true;
        }
    }
    return false;
}

bool value_next(const char **list, char *item, size_t size)
{
    if (**list == '\0')
        return false;
    size_t length = strcspn(*list, ",");
    size_t kept = length < size ? length : size - 1;
    memcpy(item, *list, kept);
    item[kept] = '\0';
    *list += length;
    if (**list == ',')
        (*list)++;
    return true;
}

static bool value_range(char *text, struct range *range)
{
    char *dash = strchr(text, '-');
    if (dash == NULL) {
        range->last = 0;
        bool good = value_unsigned(text, UINT32_MAX, &range->first);
        range->last = range->first;
        return good;
    }
    *dash = '\0';
    range->last = UINT32_MAX;
    return value_unsigned(text, UINT32_MAX, &range->first) &&
           (dash[1] == '\0' || value_unsigned(dash + 1, UINT32_MAX, &range->last)) &&
           range->first <= range->last;
}

bool value_ranges(const char *text, struct ranges *ranges)
{
    char item[32];
    ranges->count = 0;
    while (value_next(&text, item, sizeof item)) {
        if (ranges->count == RANGES_MAX || !value_range(item, &ranges->items[ranges->count]))
            return false;
        ranges->count++;
    }
    return ranges->count > 0;
}

bool ranges_hold(const struct ranges *ranges, uint32_t number)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (number >= ranges->items[i].first && number <= ranges->items[i].last)
            return true;
    }
    return ranges->count == 0;
}

bool value_times(const char *text, struct times *times)
{
    char item[32];
    memset(times, 0, sizeof *times);
    while (value_next(&text, item, sizeof item)) {
        char *dots = strstr(item, "..");
        if (dots != NULL) {
            *dots = '\0';
            times->rising = true;
            times->count = 2;
            return *text == '\0' && value_time(item, &times->items_ns[0]) &&
                   value_time(dots + 2, &times->items_ns[1]);
        }
        if (times->count == TIMES_MAX || !value_time(item, &times->items_ns[times->count]))
            return false;
        times->count++;
    }
    return times->count > 0;
}
