/* The clocks, and the way from the kernel's wall-clock stamps to monotonic time.
 *
 * Monotonic is CLOCK_MONOTONIC, which stands still while the machine is suspended, as do the
 * timers that wait on it: after a resume nothing has timed out that had no chance to answer.
 * NTP slews it and CLOCK_REALTIME alike, so their difference changes only when the wall clock is
 * stepped (or the machine was suspended, which looks the same). */
#ifndef HT_NET_CLOCK_H
#define HT_NET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "hoptrace/time.h"

/* Reads both clocks as nearly at the same moment as can be had. */
struct ht_now ht_clock_now(void);

/* CLOCK_MONOTONIC alone. */
int64_t ht_clock_mono_ns(void);

/* How long this machine has been suspended since it was started, by two bounds: clocks cannot be
 * read at one moment. */
void ht_clock_suspended(int64_t *least_ns, int64_t *most_ns);

/* ht_clock_now over another source of readings, so that it can be tested: `read` gives the time
 * of CLOCK_MONOTONIC or CLOCK_REALTIME. */
struct ht_now ht_clock_now_from(int64_t (*read)(void *user, clockid_t id), void *user);

/* A smaller change of the difference between the clocks is a matter of reading them, not a step. */
#define HT_CLOCK_STEP_NS (100 * HT_NS_PER_US)

/* How long after a step no stamp is trusted: packets stamped before it may still be queued. */
#define HT_CLOCK_STEP_HOLD_NS (1 * HT_NS_PER_S)

/* A stamp so much older than its reading is no longer taken for a time of arrival. A process may be
 * stopped for hours, and finds then what has come in time. */
#define HT_STAMP_AGE_MAX_NS (86400 * HT_NS_PER_S)

/* Turns stamps of CLOCK_REALTIME into monotonic times, and notices when that clock stepped. */
struct ht_stamp_clock {
    struct ht_now now;     /* the present reading */
    int64_t offset_ns;     /* wall minus monotonic, then */
    int64_t distrusted_ns; /* no stamp is trusted before this monotonic time */
    bool stepped;          /* that time has not come: the wall clock stepped a short while ago */
};

/* First reading. */
void ht_stamp_clock_init(struct ht_stamp_clock *clock, struct ht_now now);

/* A new reading, to be taken after the packets it is used for were read. */
void ht_stamp_clock_update(struct ht_stamp_clock *clock, struct ht_now now);

/* The monotonic time of a stamp, in *mono_ns. False: the stamp cannot be trusted (the wall clock
 * stepped a short while ago, or the stamp lies in the future or too far in the past, or is none
 * at all): *mono_ns is the reading. */
bool ht_stamp_to_mono(const struct ht_stamp_clock *clock, struct timespec stamp, int64_t *mono_ns);

#endif
