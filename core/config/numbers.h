/* Numbers as people write them. */
#ifndef HT_CONFIG_NUMBERS_H
#define HT_CONFIG_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* Strict readings of numbers, whatever the locale: false if `text` is anything but one decimal
 * number, or too large. Seconds: fractions allowed; what is finer than a nanosecond is cut off. */
bool ht_parse_integer(const char *text, int64_t *value);
bool ht_parse_seconds(const char *text, int64_t *value_ns);

/* Seconds to nanoseconds. Too large to be held, or not a number: the farthest value, which is out
 * of every range. */
int64_t ht_seconds_to_ns(double seconds);
int64_t ht_whole_seconds_to_ns(int64_t seconds);

#endif
