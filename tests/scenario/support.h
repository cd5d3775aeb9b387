/* Memory and messages for the test programs: whoever runs out of memory here has failed. */
#ifndef HT_SCENARIO_SUPPORT_H
#define HT_SCENARIO_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/* Prints the message and exits with status 2: the test itself is broken. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for one more item behind `count` items; returns the place of all of them. */
void *grow(void *items, size_t count, size_t size);

/* A zeroed block. */
void *make(size_t size);

/* A sequence of numbers that depends on the seed alone (splitmix64). */
uint64_t random_next(uint64_t *state);

/* Uniform in [0, 1). */
double random_unit(uint64_t *state);

#endif
