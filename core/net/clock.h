/* The clocks, and the way from the kernel's wall-clock stamps to monotonic time. */
#ifndef HT_NET_CLOCK_H
#define HT_NET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/time.h"

/* Reads both clocks back to back. */
struct ht_now ht_clock_now(void);

/* Turns stamps of CLOCK_REALTIME into monotonic times, and notices when that clock stepped. */
struct ht_stamp_clock {
    struct ht_now now;    /* the present reading */
    int64_t offset_ns;    /* wall minus monotonic, then */
    bool stepped;         /* the wall clock stepped between the last two readings */
};

/* First reading. */
void ht_stamp_clock_init(struct ht_stamp_clock *clock, struct ht_now now);

/* A new reading, to be taken after the packets it is used for were read. */
void ht_stamp_clock_update(struct ht_stamp_clock *clock, struct ht_now now);

/* The monotonic time of a stamp, in *mono_ns. False: the stamp cannot be trusted (the wall clock
 * stepped, or the stamp lies in the future or too far in the past): *mono_ns is the reading. */
bool ht_stamp_to_mono(const struct ht_stamp_clock *clock, struct timespec stamp, int64_t *mono_ns);

#endif
