/* scenario FILE: plays one scenario. Exit status 0: the engine kept its contract throughout and
 * every expectation holds; 1: not so; 2: the scenario itself is wrong. */
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"
#include "expect.h"
#include "remember.h"
#include "scenario.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    struct scenario scenario;
    struct driver driver;
    scenario_read(&scenario, argv[1]);
    driver_run(&driver, &scenario);
    size_t faults = driver.faults + driver.ledger.faults;
    printf("%s the contract, at every step   # %zu records, %zu packets, %zu breaches\n",
           faults == 0 ? "ok" : "not ok", driver.record_count, driver.ledger.packets, faults);
    size_t failed = expect_all(&driver);
    failed += remember_check(&driver);
    driver_fini(&driver);
    scenario_fini(&scenario);
    return faults == 0 && failed == 0 ? 0 : 1;
}
