/* Names beyond ASCII in a build without libidn2: its own source is built in here without it. What a
 * build with it makes of names is in tests/sockets/test_resolver.c. */
#undef HT_WITH_IDN2
#include "dns/idn.c" // NOLINT(bugprone-suspicious-include)
#include "unit.h"

static void ascii_stays_as_it_is(void)
{
    char ascii[HT_IDN_MAX];
    static const char *const names[] = {"", "example.com", "xn--bcher-kva.example", "a_b", "A%b"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_PTR_EQUAL(ht_idn_lookup_name(names[i], ascii, NULL), names[i]);
}

static void others_are_refused_with_a_reason(void)
{
    char ascii[HT_IDN_MAX];
    struct ht_error error = {0};
    CU_ASSERT_PTR_NULL(ht_idn_lookup_name("b\u00fccher.example", ascii, &error));
    CU_ASSERT_EQUAL(error.code, HT_ERR_RESOLVE);
    CU_ASSERT_STRING_EQUAL(
        error.text, "name lookup: b\u00fccher.example: this build knows no names beyond ASCII "
                    "(made without libidn2)");
}

static const struct unit_case cases[] = {
    UNIT_CASE(ascii_stays_as_it_is),
    UNIT_CASE(others_are_refused_with_a_reason),
};

UNIT_MAIN("dns/idn", cases)
