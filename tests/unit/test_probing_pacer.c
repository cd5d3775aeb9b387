/* The packet-rate ceiling, on made-up time. */
#include "hoptrace/time.h"
#include "probing/rounds/pacer.h"
#include "unit.h"

#define WINDOW_NS (100 * HT_NS_PER_MS)

/* Sends whatever is allowed at every wake-up, `step_ns` apart, for one second; returns the most
 * packets within any 100 ms. */
static uint32_t most_in_window(uint32_t pps, int64_t step_ns, uint32_t *total)
{
    enum { TIMES = 100000 };
    static int64_t sent_ns[TIMES];
    struct ht_pacer pacer;
    uint32_t count = 0;
    uint32_t most = 0;
    uint32_t oldest = 0;
    ht_pacer_init(&pacer, pps);
    for (int64_t now_ns = HT_NS_PER_S; now_ns < 2 * HT_NS_PER_S; now_ns += step_ns) {
        uint32_t allowed = ht_pacer_allow(&pacer, now_ns, 64);
        ht_pacer_take(&pacer, now_ns, allowed);
        for (uint32_t i = 0; i < allowed && count < TIMES; i++) {
            sent_ns[count++] = now_ns;
            while (sent_ns[oldest] <= now_ns - WINDOW_NS)
                oldest++;
            if (count - oldest > most)
                most = count - oldest;
        }
    }
    *total = count;
    return most;
}

static void ceiling_holds_over_every_100_ms(void)
{
    static const uint32_t ceilings[] = {10, 50, 1000, 2000, 10000, 50000};
    static const int64_t steps[] = {1000, 61007, 500003, 1000000, 7300001};
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            uint32_t total;
            CU_ASSERT_TRUE(most_in_window(ceilings[i], steps[k], &total) <= ceilings[i] / 10);
        }
    }
}

static void ceiling_is_nearly_reached(void)
{
    static const uint32_t ceilings[] = {10, 1000, 10000, 50000};
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        uint32_t total;
        (void)most_in_window(ceilings[i], 61007, &total);
        CU_ASSERT_TRUE(total * 100 >= ceilings[i] * 95);
    }
}

static void without_a_ceiling_all_may_leave(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 0);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, 5, 64), 64);
    ht_pacer_take(&pacer, 5, 64);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, 5, 64), 64);
    CU_ASSERT_TRUE(ht_pacer_next(&pacer) <= 5);
}

static void a_hold_stops_everything_for_its_time(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 0);
    ht_pacer_hold(&pacer, 1000);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, 999, 64), 0);
    CU_ASSERT_EQUAL(ht_pacer_next(&pacer), 1000);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, 1000, 64), 64);
}

static void idle_time_is_not_saved_up(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 1000);
    CU_ASSERT_TRUE(ht_pacer_allow(&pacer, 3600 * HT_NS_PER_S, 64) <= 2);
}

/* Wake-ups in one second of who always wakes up when he is told to. */
static uint32_t wakes(uint32_t pps, uint32_t *total)
{
    struct ht_pacer pacer;
    uint32_t count = 0;
    *total = 0;
    ht_pacer_init(&pacer, pps);
    for (int64_t now_ns = HT_NS_PER_S; now_ns < 2 * HT_NS_PER_S; now_ns = ht_pacer_next(&pacer)) {
        uint32_t allowed = ht_pacer_allow(&pacer, now_ns, 64);
        CU_ASSERT_TRUE_FATAL(allowed > 0);
        ht_pacer_take(&pacer, now_ns, allowed);
        *total += allowed;
        count++;
    }
    return count;
}

static void close_probes_leave_together(void)
{
    uint32_t total;
    CU_ASSERT_TRUE(wakes(10000, &total) <= 2000);
    CU_ASSERT_TRUE(total >= 9600 && total <= 10000);
    CU_ASSERT_TRUE(wakes(100000, &total) <= 2000);
    CU_ASSERT_TRUE(total >= 96000 && total <= 100000);
    uint32_t woken = wakes(1000, &total);
    CU_ASSERT_TRUE(woken == total || woken == total - 1); /* the first two are a catch-up */
    CU_ASSERT_TRUE(total >= 960 && total <= 1000);
}

/* Everything is answered at once. */
static uint32_t rate(struct ht_pacer *pacer, int64_t from_ns)
{
    uint32_t count = 0;
    for (int64_t now_ns = from_ns; now_ns < from_ns + 20 * HT_NS_PER_MS; now_ns += 10000) {
        uint32_t allowed = ht_pacer_allow(pacer, now_ns, 64);
        ht_pacer_take(pacer, now_ns, allowed);
        for (uint32_t i = 0; i < allowed; i++)
            ht_pacer_answered(pacer);
        count += allowed;
    }
    return count * 50;
}

static void drops_slow_it_down_for_a_time(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 0);
    int64_t now_ns = HT_NS_PER_S;
    CU_ASSERT_EQUAL(rate(&pacer, now_ns), 6400000);
    for (int i = 0; i < 3; i++) {
        now_ns += 20 * HT_NS_PER_MS;
        ht_pacer_ease(&pacer, now_ns);
        ht_pacer_ease(&pacer, now_ns + 1);
    }
    uint32_t eased = rate(&pacer, now_ns);
    CU_ASSERT_TRUE(eased >= 45000 && eased <= 60000);
    (void)rate(&pacer, now_ns + 60 * HT_NS_PER_MS);
    uint32_t after = rate(&pacer, now_ns + 80 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(after >= 95000 && after <= 110000);
    for (int i = 0; i < 10; i++)
        (void)rate(&pacer, now_ns + (i + 2) * 60 * HT_NS_PER_MS);
    CU_ASSERT_EQUAL(rate(&pacer, now_ns + HT_NS_PER_S), 6400000);
}

static void silence_bounds_what_is_on_its_way(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 0);
    int64_t now_ns = HT_NS_PER_S;
    uint32_t sent = 0;
    for (uint32_t allowed; (allowed = ht_pacer_allow(&pacer, now_ns, 1000)) > 0; sent += allowed)
        ht_pacer_take(&pacer, now_ns, allowed);
    CU_ASSERT_EQUAL(sent, 12288);
    CU_ASSERT_TRUE(ht_pacer_next(&pacer) > now_ns);
    ht_pacer_answered(&pacer);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns, 1000), 1);
    CU_ASSERT_TRUE(ht_pacer_next(&pacer) <= now_ns);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns + 64 * HT_NS_PER_MS, 1000), 1000);
}

static const struct unit_case cases[] = {
    UNIT_CASE(ceiling_holds_over_every_100_ms),   UNIT_CASE(ceiling_is_nearly_reached),
    UNIT_CASE(without_a_ceiling_all_may_leave),   UNIT_CASE(drops_slow_it_down_for_a_time),
    UNIT_CASE(silence_bounds_what_is_on_its_way), UNIT_CASE(a_hold_stops_everything_for_its_time),
    UNIT_CASE(idle_time_is_not_saved_up),         UNIT_CASE(close_probes_leave_together),
};

UNIT_MAIN("probing_pacer", cases)
