/* One engine for many plays. The linker puts these functions before those of the engine: the driver
 * of the scenarios makes an engine for each play and frees it, and gets the same one each time,
 * which lives in a time of its own that only goes forward. */
#ifndef HT_TESTS_ENDURANCE_UNDYING_H
#define HT_TESTS_ENDURANCE_UNDYING_H

#include <stdint.h>

/* The play that ended took so long; the next one begins a while after. */
void undying_pause(int64_t played_ns, int64_t pause_ns);

/* How old the engine is. */
int64_t undying_age_ns(void);

/* Frees it in truth. */
void undying_free(void);

#endif
