/* Autonomous systems in a build without libmaxminddb: its own source is built in here without it.
 * What a build with it makes of databases is in tests/simulated/asn.py. */
#undef HT_WITH_MAXMINDDB
#include "annotate/asn_table.c" // NOLINT(bugprone-suspicious-include)
#include "unit.h"

static void each_database_is_refused_with_a_reason(void)
{
    struct ht_asn_table *table = NULL;
    struct ht_error error = {0};
    CU_ASSERT_EQUAL(ht_asn_table_read("some/file", &table, &error), HT_ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(error.text, "some/file: this build reads no databases (made without "
                                       "libmaxminddb)");
    CU_ASSERT_PTR_NULL(table);
    ht_asn_table_free(table);
}

static const struct unit_case cases[] = {
    UNIT_CASE(each_database_is_refused_with_a_reason),
};

UNIT_MAIN("annotate/asn", cases)
