/* What the formats share: numbers that no locale touches, strings that cannot break out of their
 * place, times. Internal to output/. */
#ifndef HT_OUTPUT_FORMAT_H
#define HT_OUTPUT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "hoptrace/event.h"
#include "hoptrace/report.h"

/* Digits after the point. A loss has more than a time: 1 of 3,000 must not look like none. */
enum {
    HT_MS_DECIMALS = 3,
    HT_SECONDS_DECIMALS = 6,
    HT_PERCENT_DECIMALS = 6,
    HT_RATIO_DECIMALS = 8
};

/* Room for any number below, with its terminator. */
#define HT_NUMBER_MAX 32

/* Writes `value` as plain decimal, rounded to `most` digits after the point (at most 9), trailing
 * zeros dropped down to `least` of them; never an exponent. Returns the length; 0 and "" when
 * there is nothing to say: not finite, or 18 digits are not enough. */
size_t ht_format_number(char *out, double value, unsigned most, unsigned least);

/* Appends what ht_format_number writes. */
void ht_append_number(struct ht_text *text, double value, unsigned most, unsigned least);

/* Writes `value`, without a terminator, into room for HT_NUMBER_MAX. Returns the length. */
size_t ht_format_integer(char *out, int64_t value);

/* Appends it. */
void ht_append_integer(struct ht_text *text, int64_t value);

/* "2026-01-02T03:04:05.678901Z": RFC 3339, UTC, microseconds, cut and not rounded, so that it
 * names the same moment as the nanoseconds. `time_ns` counts from 1970. */
void ht_append_time(struct ht_text *text, int64_t time_ns);

/* How a format writes the characters that it cannot take as they are. */
struct ht_charset {
    const char *ascii[128]; /* what stands for the character; NULL: itself */
    const char *c1;         /* for the control characters U+0080 to U+009F; NULL: themselves */
    const char *bidi;       /* for those that reverse the text around them; NULL: themselves */
    const char *invalid;    /* for each byte that is not part of valid UTF-8; never NULL */
    const char *at_end;     /* for a backslash at the end; NULL: as in `ascii` */
};

/* U+FFFD, what Unicode has for what cannot be read. */
#define HT_REPLACEMENT "\xef\xbf\xbd"

/* Appends the string in the charset's spelling. NULL is the empty string. */
void ht_append_string(struct ht_text *text, const char *string, const struct ht_charset *charset);

/* The target's name; its host if it has none; never NULL. */
const char *ht_report_name(const struct ht_report *report);
const char *ht_event_target(const struct ht_event *event);

#endif
