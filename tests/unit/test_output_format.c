#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "output/format.h"
#include "output/output.h"
#include "unit.h"

static bool number_is(double value, unsigned most, unsigned least, const char *expected)
{
    char number[HT_NUMBER_MAX];
    size_t length = ht_format_number(number, value, most, least);
    return length == strlen(expected) && strcmp(number, expected) == 0;
}

static void numbers_are_plain_decimal(void)
{
    CU_ASSERT(number_is(8.3, 3, 0, "8.3"));
    CU_ASSERT(number_is(8.300000000000001, 3, 0, "8.3"));
    CU_ASSERT(number_is(8.2996, 3, 0, "8.3"));
    CU_ASSERT(number_is(0.0004999, 3, 0, "0"));
    CU_ASSERT(number_is(0.0005, 3, 0, "0.001"));
    CU_ASSERT(number_is(0.999, 3, 0, "0.999"));
    CU_ASSERT(number_is(0.9995, 3, 0, "1"));
    CU_ASSERT(number_is(1e6, 3, 0, "1000000"));
    CU_ASSERT(number_is(100, 3, 0, "100"));
    CU_ASSERT(number_is(1e-300, 9, 0, "0"));
    CU_ASSERT(number_is(0.000000001, 9, 0, "0.000000001"));
    CU_ASSERT(number_is(4294967295.0, 0, 0, "4294967295"));
    CU_ASSERT(number_is(7.5, 0, 0, "8"));
}

static void numbers_keep_their_least_digits(void)
{
    CU_ASSERT(number_is(0, 3, 1, "0.0"));
    CU_ASSERT(number_is(41.2, 3, 1, "41.2"));
    CU_ASSERT(number_is(60, 3, 3, "60.000"));
    CU_ASSERT(number_is(0.1, 3, 3, "0.100"));
    CU_ASSERT(number_is(16.66, 1, 1, "16.7"));
}

static void numbers_below_zero(void)
{
    CU_ASSERT(number_is(-1.5, 3, 0, "-1.5"));
    CU_ASSERT(number_is(-0.001, 3, 0, "-0.001"));
    CU_ASSERT(number_is(-0.0001, 3, 0, "0"));
    CU_ASSERT(number_is(-0.0, 3, 1, "0.0"));
}

static void numbers_that_are_none(void)
{
    CU_ASSERT(number_is(NAN, 3, 0, ""));
    CU_ASSERT(number_is(INFINITY, 3, 0, ""));
    CU_ASSERT(number_is(-INFINITY, 3, 0, ""));
    CU_ASSERT(number_is(DBL_MAX, 3, 0, ""));
    CU_ASSERT(number_is(1e15, 3, 0, ""));
    CU_ASSERT(number_is(999999999999.0, 3, 0, "999999999999"));
}

static void numbers_ignore_the_locale(void)
{
    /* Where none of these is installed the assertion below still holds, for less of a reason. */
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        (void)setlocale(LC_ALL, "C.UTF-8");
    CU_ASSERT(number_is(1234.5, 3, 0, "1234.5"));
    (void)setlocale(LC_ALL, "C");
}

static bool integer_is(int64_t value, const char *expected)
{
    struct ht_text text = {0};
    ht_append_integer(&text, value);
    bool same = text.data != NULL && strcmp(text.data, expected) == 0;
    ht_text_fini(&text);
    return same;
}

static void integers(void)
{
    CU_ASSERT(integer_is(0, "0"));
    CU_ASSERT(integer_is(7, "7"));
    CU_ASSERT(integer_is(-10, "-10"));
    CU_ASSERT(integer_is(INT64_MAX, "9223372036854775807"));
    CU_ASSERT(integer_is(INT64_MIN, "-9223372036854775808"));
}

static bool time_is(int64_t time_ns, const char *expected)
{
    struct ht_text text = {0};
    ht_append_time(&text, time_ns);
    bool same = text.data != NULL && strcmp(text.data, expected) == 0;
    ht_text_fini(&text);
    return same;
}

static void times(void)
{
    CU_ASSERT(time_is(INT64_C(1767323045678901000), "2026-01-02T03:04:05.678901Z"));
    CU_ASSERT(time_is(INT64_C(1767323045678901999), "2026-01-02T03:04:05.678901Z"));
    CU_ASSERT(time_is(0, "1970-01-01T00:00:00.000000Z"));
    CU_ASSERT(time_is(-1, "1969-12-31T23:59:59.999999Z"));
    CU_ASSERT(time_is(INT64_C(1709251199999999999), "2024-02-29T23:59:59.999999Z"));
    CU_ASSERT(time_is(INT64_MAX, "2262-04-11T23:47:16.854775Z"));
    CU_ASSERT(time_is(INT64_MIN, "1677-09-21T00:12:43.145224Z"));
}

static bool string_is(const char *string, const struct ht_charset *charset, const char *expected)
{
    struct ht_text text = {0};
    ht_append_string(&text, string, charset);
    bool same = strcmp(text.data != NULL ? text.data : "", expected) == 0;
    ht_text_fini(&text);
    return same;
}

static void utf8_is_kept_or_replaced(void)
{
    static const struct ht_charset charset = {.invalid = "?"};
    static const char *const valid[] = {"",
                                        "plain",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbd",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "b\xc3\xbcro"};
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        CU_ASSERT(string_is(valid[i], &charset, valid[i]));
    CU_ASSERT(string_is("a\xff"
                        "b",
                        &charset, "a?b"));
    CU_ASSERT(string_is("\x80", &charset, "?"));
    CU_ASSERT(string_is("\xc3", &charset, "?"));
    CU_ASSERT(string_is("\xc3(", &charset, "?("));
    CU_ASSERT(string_is("\xc0\xaf", &charset, "??"));
    CU_ASSERT(string_is("\xc1\xbf", &charset, "??"));
    CU_ASSERT(string_is("\xe0\x9f\xbf", &charset, "???"));
    CU_ASSERT(string_is("\xed\xa0\x80", &charset, "???"));
    CU_ASSERT(string_is("\xe2\x80", &charset, "??"));
    CU_ASSERT(string_is("\xf0\x8f\xbf\xbf", &charset, "????"));
    CU_ASSERT(string_is("\xf4\x90\x80\x80", &charset, "????"));
    CU_ASSERT(string_is("\xf5\x80\x80\x80", &charset, "????"));
    CU_ASSERT(string_is(NULL, &charset, ""));
}

static void charsets_replace(void)
{
    static const struct ht_charset charset = {
        .ascii = {['\n'] = "\\n", [' '] = "\\ "},
        .c1 = "C",
        .bidi = "B",
        .invalid = "?",
        .at_end = "_",
    };
    CU_ASSERT(string_is("a b\nc", &charset, "a\\ b\\nc"));
    CU_ASSERT(string_is("\xc2\x9b|\xc2\xa0", &charset, "C|\xc2\xa0"));
    CU_ASSERT(string_is("\xe2\x80\xae|\xe2\x81\xa6|\xe2\x80\xa6", &charset, "B|B|\xe2\x80\xa6"));
    CU_ASSERT(string_is("a\\b", &charset, "a\\b"));
    CU_ASSERT(string_is("a\\", &charset, "a_"));
    CU_ASSERT(string_is("a\\\\", &charset, "a\\_"));
    CU_ASSERT(string_is("a\\ b", &charset, "a\\\\ b"));
    CU_ASSERT(string_is("a\\\xc3\xbc", &charset, "a\\\xc3\xbc"));
    CU_ASSERT(string_is("a\\\xff", &charset, "a\\?"));
}

static bool found(const char *name, bool whole_round)
{
    const struct ht_output_format *format = ht_output_find(name);
    return format != NULL && strcmp(format->name, name) == 0 && format->write != NULL &&
           format->whole_round == whole_round;
}

static void formats_are_found_by_name(void)
{
    CU_ASSERT(found("text", false));
    CU_ASSERT(found("json", false));
    CU_ASSERT(found("json-pretty", false));
    CU_ASSERT(found("json-array", true));
    CU_ASSERT(found("influx", false));
    CU_ASSERT(found("putval", false));
    CU_ASSERT(found("prometheus", true));
    CU_ASSERT(found("dot", false));
    CU_ASSERT_PTR_NULL(ht_output_find("xml"));
    CU_ASSERT_PTR_NULL(ht_output_find(""));
    CU_ASSERT_PTR_NULL(ht_output_find("JSON"));
}

static const struct unit_case cases[] = {
    UNIT_CASE(numbers_are_plain_decimal),
    UNIT_CASE(numbers_keep_their_least_digits),
    UNIT_CASE(numbers_below_zero),
    UNIT_CASE(numbers_that_are_none),
    UNIT_CASE(numbers_ignore_the_locale),
    UNIT_CASE(integers),
    UNIT_CASE(times),
    UNIT_CASE(utf8_is_kept_or_replaced),
    UNIT_CASE(charsets_replace),
    UNIT_CASE(formats_are_found_by_name),
};

UNIT_MAIN("output format", cases)
