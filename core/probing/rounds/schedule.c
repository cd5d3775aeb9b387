#include "probing/rounds/schedule.h"

#include "hoptrace/time.h"

/* Most time between the beginnings of two targets' rounds: by then a router that gives one error a
 * second, as Linux does after a burst of six, has one again for each of three probes a hop. Ten
 * targets within a second showed loss at every hop that they share; 3 s apart they show none. */
#define APART_MOST_NS (3 * HT_NS_PER_S)

void ht_schedule_init(struct ht_schedule *schedule, int64_t start_ns, int64_t interval_ns,
                      uint32_t rounds)
{
    schedule->interval_ns = interval_ns;
    schedule->rounds_left = rounds == 0 ? UINT32_MAX : rounds;
    if (interval_ns == 0)
        schedule->rounds_left = 1;
    schedule->next_ns = schedule->point_ns = start_ns;
}

int64_t ht_schedule_offset_ns(size_t index, size_t count, int64_t interval_ns)
{
    if (count == 0)
        return 0;
    return ht_time_min(interval_ns / (int64_t)count, APART_MOST_NS) * (int64_t)index;
}

void ht_schedule_advance(struct ht_schedule *schedule, int64_t now_ns)
{
    if (schedule->rounds_left != UINT32_MAX)
        schedule->rounds_left--;
    if (schedule->rounds_left == 0) {
        schedule->next_ns = HT_NEVER;
        return;
    }
    int64_t passed_ns = now_ns - schedule->point_ns;
    int64_t points = passed_ns <= schedule->interval_ns
                         ? 1
                         : (passed_ns + schedule->interval_ns - 1) / schedule->interval_ns;
    schedule->point_ns = ht_time_add(schedule->point_ns, points * schedule->interval_ns);
    schedule->next_ns = schedule->point_ns;
}
