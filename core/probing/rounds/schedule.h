/* When the rounds of one target begin: on a fixed grid, never two at once. */
#ifndef HT_PROBING_SCHEDULE_H
#define HT_PROBING_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_schedule {
    int64_t interval_ns;  /* 0: one round */
    uint32_t rounds_left; /* UINT32_MAX: without end */
    int64_t next_ns;      /* start of the next round; HT_NEVER: none will come */
};

/* The first round is due at `start_ns`. `rounds` 0: without end (with an interval). */
void ht_schedule_init(struct ht_schedule *schedule, int64_t start_ns, int64_t interval_ns,
                      uint32_t rounds);

/* How much later than the first of `count` targets the one at this site begins: they share the
 * interval evenly, so that the routers near us, which are on every path, are not asked by all at
 * once; yet none keeps a user waiting who has only a few. Added to the start, it holds for every
 * round. */
int64_t ht_schedule_offset_ns(size_t index, size_t count, int64_t interval_ns);

/* A round has ended at `now_ns`: sets the next start, the first point of the grid that is not
 * past (a round that took longer than the interval skips points, it does not shift the grid). */
void ht_schedule_advance(struct ht_schedule *schedule, int64_t now_ns);

#endif
