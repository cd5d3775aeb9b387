#include "net/clock.h"

#define READ_ATTEMPTS 4

/* Three readings without an interruption between them take less than this. */
#define READ_TIGHT_NS (1 * HT_NS_PER_US)

static int64_t timespec_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * HT_NS_PER_S + time.tv_nsec;
}

static int64_t read_clock(void *user, clockid_t id)
{
    (void)user;
    struct timespec time = {0};
    /* Fails for unknown clocks only. */
    (void)clock_gettime(id, &time);
    return timespec_ns(time);
}

int64_t ht_clock_mono_ns(void)
{
    return read_clock(NULL, CLOCK_MONOTONIC);
}

void ht_clock_suspended(int64_t *least_ns, int64_t *most_ns)
{
    int64_t before_ns = ht_clock_mono_ns();
    int64_t boot_ns = read_clock(NULL, CLOCK_BOOTTIME);
    *least_ns = boot_ns - ht_clock_mono_ns();
    *most_ns = boot_ns - before_ns;
}

/* The wall clock is read between two readings of the other; of several attempts the one with the
 * shortest bracket counts, since a process may be put aside between any two. */
struct ht_now ht_clock_now_from(int64_t (*read)(void *user, clockid_t id), void *user)
{
    struct ht_now best = {0};
    int64_t best_width = INT64_MAX;
    for (int i = 0; i < READ_ATTEMPTS && best_width > READ_TIGHT_NS; i++) {
        int64_t before = read(user, CLOCK_MONOTONIC);
        int64_t wall = read(user, CLOCK_REALTIME);
        int64_t width = read(user, CLOCK_MONOTONIC) - before;
        if (width < best_width) {
            best_width = width;
            best.mono_ns = before + width / 2;
            best.wall_ns = wall;
        }
    }
    return best;
}

struct ht_now ht_clock_now(void)
{
    return ht_clock_now_from(read_clock, NULL);
}

void ht_stamp_clock_init(struct ht_stamp_clock *clock, struct ht_now now)
{
    clock->now = now;
    clock->offset_ns = now.wall_ns - now.mono_ns;
    clock->distrusted_ns = now.mono_ns;
    clock->stepped = false;
}

void ht_stamp_clock_update(struct ht_stamp_clock *clock, struct ht_now now)
{
    int64_t offset = now.wall_ns - now.mono_ns;
    int64_t step = offset - clock->offset_ns;
    if (step > HT_CLOCK_STEP_NS || step < -HT_CLOCK_STEP_NS)
        clock->distrusted_ns = ht_time_add(now.mono_ns, HT_CLOCK_STEP_HOLD_NS);
    clock->now = now;
    clock->offset_ns = offset;
    clock->stepped = now.mono_ns < clock->distrusted_ns;
}

bool ht_stamp_to_mono(const struct ht_stamp_clock *clock, struct timespec stamp, int64_t *mono_ns)
{
    *mono_ns = clock->now.mono_ns;
    if (clock->stepped || stamp.tv_sec <= 0 || stamp.tv_sec > INT64_MAX / HT_NS_PER_S - 1)
        return false;
    int64_t age = clock->now.wall_ns - timespec_ns(stamp);
    /* Reading two clocks takes a moment: so little in the future is now. */
    if (age < -READ_TIGHT_NS || age > HT_STAMP_AGE_MAX_NS)
        return false;
    if (age > 0)
        *mono_ns = clock->now.mono_ns - age;
    return true;
}
