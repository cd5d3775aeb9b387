#include <string.h>

#include "hoptrace/version.h"
#include "unit.h"

/* The header, the library and the build say the same. */
static void one_version(void)
{
    CU_ASSERT_STRING_EQUAL(ht_version(), HT_VERSION);
    CU_ASSERT_STRING_EQUAL(ht_version(), PROJECT_VERSION);
    CU_ASSERT_TRUE(strlen(HT_VERSION) >= strlen("0.0.0"));
}

static const struct unit_case cases[] = {UNIT_CASE(one_version)};

UNIT_MAIN("version", cases)
