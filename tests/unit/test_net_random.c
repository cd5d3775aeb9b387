#include <stdint.h>
#include <string.h>

#include "net/random.h"
#include "unit.h"

static void test_random(void)
{
    uint8_t first[256] = {0};
    uint8_t second[256] = {0};
    struct ht_error error;
    CU_ASSERT_EQUAL(ht_random(first, sizeof first, &error), HT_OK);
    CU_ASSERT_EQUAL(ht_random(second, sizeof second, &error), HT_OK);
    CU_ASSERT(memcmp(first, second, sizeof first) != 0);
    first[16] = 0xa5;
    CU_ASSERT_EQUAL(ht_random(first, 16, &error), HT_OK);
    CU_ASSERT_EQUAL(first[16], 0xa5);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_random),
};

UNIT_MAIN("net/random", cases)
