/* When the rounds of one target begin: at points of a fixed grid, point + n * interval, one at a
 * time. The first one may begin beside its point. */
#ifndef HT_PROBING_SCHEDULE_H
#define HT_PROBING_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_schedule {
    int64_t interval_ns;  /* 0: there is one round only */
    uint32_t rounds_left; /* UINT32_MAX: without end */
    int64_t next_ns;      /* start of the next round; HT_NEVER: none will come */
    int64_t point_ns;     /* of the grid, that this round stands for */
};

/* The first round is due at `start_ns`, a point of the grid. `rounds` 0: without end (with an
 * interval). */
void ht_schedule_init(struct ht_schedule *schedule, int64_t start_ns, int64_t interval_ns,
                      uint32_t rounds);

/* How much later than the first of `count` targets the one of this index begins, with every round:
 *
 *   index * min(interval / count, 3 s)
 *
 * Spread over the interval, targets do not all at once ask the routers near us, which are on every
 * path. The bound keeps no user waiting that has only few targets. */
int64_t ht_schedule_offset_ns(size_t index, size_t count, int64_t interval_ns);

/* A round has ended at `now_ns`: sets next_ns to the first later point of the grid that is not
 * past, HT_NEVER if that was the last round. A round that takes longer than the interval skips
 * points, it does not shift the grid. */
void ht_schedule_advance(struct ht_schedule *schedule, int64_t now_ns);

#endif
