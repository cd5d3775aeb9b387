#include "config/numbers.h"

#include "hoptrace/time.h"

int64_t ht_seconds_to_ns(double seconds)
{
    /* Exactly representable, and far above every range. */
    const double most = 4294967296.0;
    if (seconds > most || seconds != seconds)
        return INT64_MAX;
    if (seconds < -most)
        return INT64_MIN;
    double ns = seconds * (double)HT_NS_PER_S;
    return (int64_t)(ns < 0 ? ns - 0.5 : ns + 0.5);
}

int64_t ht_whole_seconds_to_ns(int64_t seconds)
{
    int64_t ns;
    if (__builtin_mul_overflow(seconds, HT_NS_PER_S, &ns))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits into *value, which continues what it held; false if it overflows. */
static bool take_digits(const char **text, int64_t *value)
{
    for (; is_digit(**text); (*text)++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, **text - '0', value))
            return false;
    }
    return true;
}

bool ht_parse_integer(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    text += negative;
    int64_t size = 0;
    if (!is_digit(*text) || !take_digits(&text, &size) || *text != '\0')
        return false;
    *value = negative ? -size : size;
    return true;
}

/* The nanoseconds of the digits behind a decimal point. */
static int64_t take_fraction(const char **text)
{
    int64_t ns = 0;
    int64_t unit = HT_NS_PER_S;
    for (; is_digit(**text); (*text)++) {
        unit /= 10;
        ns += (**text - '0') * unit;
    }
    return ns;
}

bool ht_parse_seconds(const char *text, int64_t *value_ns)
{
    bool negative = *text == '-';
    text += negative;
    bool whole = is_digit(*text);
    int64_t ns = 0;
    if (!take_digits(&text, &ns) || __builtin_mul_overflow(ns, HT_NS_PER_S, &ns))
        return false;
    if (*text == '.') {
        text++;
        if (!is_digit(*text) || __builtin_add_overflow(ns, take_fraction(&text), &ns))
            return false;
        whole = true;
    }
    if (!whole || *text != '\0')
        return false;
    *value_ns = negative ? -ns : ns;
    return true;
}
