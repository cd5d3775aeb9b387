#include "output/format.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hoptrace/time.h"

/* Below this a scaled number fits an int64_t with room to spare. */
#define LARGEST_SCALED 1e18

/* Writes the digits of `value` so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return end;
}

/* As digits_before, exactly `count` digits, but without the trailing zeros beyond `least`.
 * Returns how many digits are left; they stand at `out`. */
static size_t fraction_digits(char *out, uint64_t value, unsigned count, unsigned least)
{
    for (unsigned i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    while (count > least && out[count - 1] == '0')
        count--;
    return count;
}

/* As llround, which is a call into another library. `value` fits. */
static int64_t round_half_away(double value)
{
    int64_t whole = (int64_t)value;
    double rest = value - (double)whole; /* exact */
    return whole + (rest >= 0.5) - (rest <= -0.5);
}

size_t ht_format_number(char *out, double value, unsigned most, unsigned least)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,      10000,
                                      100000, 1000000, 10000000, 100000000, 1000000000};
    out[0] = '\0';
    uint32_t power = powers[most];
    double scaled = value * power;
    if (!isfinite(scaled) || fabs(scaled) >= LARGEST_SCALED)
        return 0;
    int64_t rounded = round_half_away(scaled);
    if (rounded == 0 && least == 0) { /* most of all numbers */
        memcpy(out, "0", 2);
        return 1;
    }
    uint64_t magnitude = (uint64_t)(rounded < 0 ? -rounded : rounded);
    char buffer[24];
    char *whole = digits_before(buffer + sizeof buffer, magnitude / power);
    if (rounded < 0)
        *--whole = '-';
    size_t length = (size_t)(buffer + sizeof buffer - whole);
    memcpy(out, whole, length);
    size_t fraction = fraction_digits(out + length + 1, magnitude % power, most, least);
    if (fraction > 0) {
        out[length] = '.';
        length += 1 + fraction;
    }
    out[length] = '\0';
    return length;
}

void ht_append_number(struct ht_text *text, double value, unsigned most, unsigned least)
{
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, value, most, least);
    ht_text_append(text, number, length);
}

size_t ht_format_integer(char *out, int64_t value)
{
    char buffer[24];
    char *end = buffer + sizeof buffer;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value >= 0 && value < 10) {
        *out = (char)('0' + value);
        return 1;
    }
    char *first = digits_before(end, magnitude);
    if (value < 0)
        *--first = '-';
    memcpy(out, first, (size_t)(end - first));
    return (size_t)(end - first);
}

void ht_append_integer(struct ht_text *text, int64_t value)
{
    char number[HT_NUMBER_MAX];
    ht_text_append(text, number, ht_format_integer(number, value));
}

void ht_append_time(struct ht_text *text, int64_t time_ns)
{
    int64_t fraction_ns = time_ns % HT_NS_PER_S;
    time_t seconds = (time_t)(time_ns / HT_NS_PER_S);
    if (fraction_ns < 0) {
        fraction_ns += HT_NS_PER_S;
        seconds--;
    }
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc); /* 64-bit nanoseconds end in 2262: never out of its range */
    ht_text_printf(text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                   utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                   (int)(fraction_ns / HT_NS_PER_US));
}

/* The value of the sequence that `lead` begins and its length; 0: nothing begins with this byte. */
static size_t lead_byte(unsigned char lead, uint32_t *code, uint32_t *least)
{
    if (lead >= 0xc2 && lead <= 0xdf) {
        *code = lead & 0x1fU;
        *least = 0x80;
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *code = lead & 0x0fU;
        *least = 0x800;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *code = lead & 0x07U;
        *least = 0x10000;
        return 4;
    }
    return 0;
}

/* Length of the character beyond ASCII at the string's start (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF), 0 if there is no valid one. The terminator ends it. */
static size_t decode(const char *string, uint32_t *code)
{
    uint32_t least = 0;
    size_t length = lead_byte((unsigned char)string[0], code, &least);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)string[i];
        if ((next & 0xc0U) != 0x80)
            return 0;
        *code = *code << 6 | (next & 0x3fU);
    }
    if (*code < least || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return length;
}

static bool reverses_text(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200e || code == 0x200f;
}

/* What stands for the character at the string's start (NULL: itself) and its length. */
static const char *substitute(const char *string, const struct ht_charset *charset, size_t *length)
{
    unsigned char first = (unsigned char)string[0];
    *length = 1;
    if (first < 0x80) {
        bool ends = first == '\\' && string[1] == '\0';
        return ends && charset->at_end != NULL ? charset->at_end : charset->ascii[first];
    }
    uint32_t code = 0;
    size_t found = decode(string, &code);
    if (found == 0)
        return charset->invalid;
    *length = found;
    if (code < 0xa0)
        return charset->c1;
    return reverses_text(code) ? charset->bidi : NULL;
}

void ht_append_string(struct ht_text *text, const char *string, const struct ht_charset *charset)
{
    if (string == NULL)
        return;
    const char *kept = string; /* from here on nothing had to be replaced: copied in one piece */
    while (*string != '\0') {
        size_t length;
        const char *replacement = substitute(string, charset, &length);
        if (replacement != NULL) {
            ht_text_append(text, kept, (size_t)(string - kept));
            ht_text_puts(text, replacement);
            kept = string + length;
        }
        string += length;
    }
    ht_text_append(text, kept, (size_t)(string - kept));
}

static const char *name_of(const char *name, const char *host)
{
    if (name != NULL)
        return name;
    return host != NULL ? host : "";
}

const char *ht_report_name(const struct ht_report *report)
{
    return name_of(report->name, report->host);
}

const char *ht_event_target(const struct ht_event *event)
{
    return name_of(event->name, event->host);
}
