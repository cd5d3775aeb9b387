#include "dns/preference.h"
#include "unit.h"

static struct ht_address of(const char *text)
{
    struct ht_address address = {0};
    CU_ASSERT_FATAL(ht_address_parse(text, &address));
    return address;
}

static bool equal(const char *first, const char *second)
{
    struct ht_address a = of(first);
    struct ht_address b = of(second);
    CU_ASSERT_EQUAL(ht_preference_equal(&a, &b), ht_preference_equal(&b, &a));
    return ht_preference_equal(&a, &b);
}

static void kinds_of_addresses(void)
{
    static const char *const kinds[] = {
        "2001:db8::1", "::1",     "2002::1", "2001::1", "fc00::1",   "::ffff:1.2.3.4",
        "::2",         "fec0::1", "3ffe::1", "fe80::1", "192.0.2.1", "127.0.0.1"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            CU_ASSERT_EQUAL(equal(kinds[i], kinds[k]), i == k);
    }
    CU_ASSERT(equal("2001:db8::1", "2a00::1"));
    CU_ASSERT(equal("2001:0:1::1", "2001::1"));
    CU_ASSERT(equal("fdff::1", "fc00::1"));
    CU_ASSERT(equal("192.0.2.1", "10.0.0.1"));
    CU_ASSERT(equal("169.254.0.1", "127.0.0.1"));
    CU_ASSERT(!equal("169.254.0.1", "169.253.0.1"));
}

static unsigned common(const char *first, const char *second)
{
    struct ht_address a = of(first);
    struct ht_address b = of(second);
    return ht_preference_common_bits(&a, &b);
}

static void bits_in_common(void)
{
    CU_ASSERT_EQUAL(common("2001:db8::", "2001:db8::"), 128);
    CU_ASSERT_EQUAL(common("2001:db8::", "2001:db8::1"), 127);
    CU_ASSERT_EQUAL(common("2001:db8::", "2001:db8:8000::"), 32);
    CU_ASSERT_EQUAL(common("8000::", "::"), 0);
    CU_ASSERT_EQUAL(common("10.0.0.1", "10.0.0.1"), 0);
    CU_ASSERT_EQUAL(common("::", "0.0.0.0"), 0);
}

static const struct unit_case cases[] = {UNIT_CASE(kinds_of_addresses), UNIT_CASE(bits_in_common)};

UNIT_MAIN("dns preference", cases)
