/* One unit-test program: a table of cases run by CUnit. */
#ifndef HT_TESTS_UNIT_H
#define HT_TESTS_UNIT_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct unit_case {
    const char *name;
    void (*run)(void);
};

#define UNIT_CASE(function)                                                                        \
    {                                                                                              \
#function, function                                                                        \
    }

/* Runs the cases as one suite; returns the exit status: 0 if there were assertions and all held. */
int unit_run(const char *suite, const struct unit_case *cases, size_t count);

#define UNIT_MAIN(suite, cases)                                                                    \
    int main(void)                                                                                 \
    {                                                                                              \
        return unit_run(suite, cases, sizeof(cases) / sizeof((cases)[0]));                         \
    }

#endif
