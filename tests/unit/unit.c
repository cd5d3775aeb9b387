#include "unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>

int unit_run(const char *suite, const struct unit_case *cases, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite registered = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; i < count && registered != NULL; i++) {
        if (CU_add_test(registered, cases[i].name, cases[i].run) == NULL)
            registered = NULL;
    }
    if (registered == NULL) {
        (void)fprintf(stderr, "%s: %s\n", suite, CU_get_error_msg());
        CU_cleanup_registry();
        return 2;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    (void)CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    unsigned asserted = CU_get_number_of_asserts();
    CU_cleanup_registry();
    return failed == 0 && asserted > 0 ? 0 : 1;
}
