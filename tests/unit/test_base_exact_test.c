/* Fisher's exact test. */
#include "base/exact_test.h"
#include "unit.h"

/* P(X >= 4) of 4 lost, 4 of 10 + 10 sent: 10 * 9 * 8 * 7 / (20 * 19 * 18 * 17) = 0.04334. */
static void the_test_is_exact(void)
{
    CU_ASSERT_TRUE(ht_loses_significantly(4, 10, 0, 10, 0.0434));
    CU_ASSERT_FALSE(ht_loses_significantly(4, 10, 0, 10, 0.0433));
    CU_ASSERT_FALSE(ht_loses_significantly(4, 10, 4, 10, 0.9));
    CU_ASSERT_TRUE(ht_loses_significantly(3, 3, 0, 3, 0.051)); /* 1 / 20 */
    CU_ASSERT_FALSE(ht_loses_significantly(3, 3, 0, 3, 0.049));
    CU_ASSERT_TRUE(ht_loses_significantly(100000, 100000, 0, 100000, 1e-9));
    CU_ASSERT_FALSE(ht_loses_significantly(5, 10, 3, 3, 0.5));
}

static const struct unit_case cases[] = {
    UNIT_CASE(the_test_is_exact),
};

UNIT_MAIN("exact_test", cases)
