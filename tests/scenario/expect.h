/* Checks the expectations of a scenario against what came out. */
#ifndef HT_SCENARIO_EXPECT_H
#define HT_SCENARIO_EXPECT_H

#include <stddef.h>

#include "driver.h"

/* Prints a line for each expectation; returns how many did not hold. */
size_t expect_all(const struct driver *driver);

#endif
