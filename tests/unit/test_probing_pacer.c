/* The packet-rate ceiling, on made-up time. */
#include "hoptrace/time.h"
#include "probing/rounds/pacer.h"
#include "unit.h"

#define WINDOW_NS (100 * HT_NS_PER_MS)

/* Which room slots have: for few, for many, for a crowd, or each in turn. */
enum rooms { FEW, MANY, CROWD, TURNS };

static void choose_room(struct ht_pacer *pacer, enum rooms rooms, uint32_t turn)
{
    static const enum ht_pacer_company companies[] = {
        [FEW] = HT_PACER_FEW, [MANY] = HT_PACER_MANY, [CROWD] = HT_PACER_CROWD};
    uint32_t by_chance = turn * 2654435761U >> 30;
    ht_pacer_group(pacer, companies[rooms == TURNS ? by_chance % TURNS : rooms]);
}

/* Sends whatever is allowed at every wake-up, `step_ns` apart, for one second; returns the most
 * packets within any 100 ms. */
static uint32_t most_in_window(uint32_t pps, enum rooms rooms, int64_t step_ns, uint32_t *total)
{
    enum { TIMES = 100000 };
    static int64_t sent_ns[TIMES];
    struct ht_pacer pacer;
    uint32_t count = 0;
    uint32_t most = 0;
    uint32_t oldest = 0;
    ht_pacer_init(&pacer, pps);
    uint32_t turn = 0;
    for (int64_t now_ns = HT_NS_PER_S; now_ns < 2 * HT_NS_PER_S; now_ns += step_ns) {
        choose_room(&pacer, rooms, turn++);
        uint32_t allowed = ht_pacer_allow(&pacer, now_ns, 64);
        if (allowed > 0)
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
    static const uint32_t ceilings[] = {10,   50,   200,  410,  480,   777,  1000,
                                        1005, 2000, 6000, 9999, 10000, 50000};
    static const int64_t steps[] = {1000, 61007, 500003, 1000000, 7300001, 10400000};
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        for (size_t k = 0; k < 4 * sizeof steps / sizeof *steps; k++) {
            uint32_t total;
            uint32_t most = most_in_window(ceilings[i], (enum rooms)(k % 4), steps[k / 4], &total);
            CU_ASSERT_TRUE(most <= (ceilings[i] + 9) / 10);
        }
    }
}

/* Now and then the process is put aside for 6 ms in the middle of a slot's packets. */
static void ceiling_holds_while_put_aside(void)
{
    enum { TIMES = 4096 };
    static int64_t sent_ns[TIMES];
    static const uint32_t ceilings[] = {777, 1000, 1000, 600, 6000, 10000};
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        struct ht_pacer pacer;
        uint32_t count = 0;
        uint32_t oldest = 0;
        ht_pacer_init(&pacer, ceilings[i]);
        ht_pacer_group(&pacer, i % 2 == 0 ? HT_PACER_MANY : HT_PACER_CROWD);
        for (int64_t now_ns = HT_NS_PER_S; count < TIMES - 64; now_ns = ht_pacer_next(&pacer)) {
            uint32_t allowed = ht_pacer_allow(&pacer, now_ns, 64);
            ht_pacer_take(&pacer, now_ns, allowed);
            for (uint32_t k = 0; k < allowed; k++) {
                if (k == 1 && count % 7 == 0)
                    now_ns += 6 * HT_NS_PER_MS;
                sent_ns[count++] = now_ns;
                while (sent_ns[oldest] <= now_ns - WINDOW_NS)
                    oldest++;
                CU_ASSERT_TRUE(count - oldest <= (ceilings[i] + 9) / 10);
            }
            ht_pacer_left(&pacer, now_ns);
        }
    }
}

static void ceiling_is_nearly_reached(void)
{
    static const uint32_t ceilings[] = {10, 410, 777, 1000, 1005, 10000, 10100, 50000, 90000};
    for (size_t i = 0; i < 3 * sizeof ceilings / sizeof *ceilings; i++) {
        uint32_t total;
        (void)most_in_window(ceilings[i / 3], (enum rooms)(i % 3), 61007, &total);
        CU_ASSERT_TRUE((uint64_t)total * 100 >= (uint64_t)ceilings[i / 3] * 93);
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
static uint32_t wakes(uint32_t pps, enum ht_pacer_company company, uint32_t *total)
{
    struct ht_pacer pacer;
    uint32_t count = 0;
    *total = 0;
    ht_pacer_init(&pacer, pps);
    ht_pacer_group(&pacer, company);
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
    CU_ASSERT_TRUE(wakes(10000, HT_PACER_FEW, &total) <= 2000);
    CU_ASSERT_TRUE(total >= 9600 && total <= 10000);
    CU_ASSERT_TRUE(wakes(100000, HT_PACER_FEW, &total) <= 2100);
    CU_ASSERT_TRUE(total >= 96000 && total <= 100000);
    uint32_t woken = wakes(1000, HT_PACER_FEW, &total);
    CU_ASSERT_TRUE(woken == total || woken == total - 1); /* the first two are a catch-up */
    CU_ASSERT_TRUE(total >= 960 && total <= 1000);
}

static void many_probes_share_a_wake_up(void)
{
    uint32_t total;
    CU_ASSERT_TRUE(wakes(100, HT_PACER_MANY, &total) == 100 && total == 100);
    CU_ASSERT_TRUE(wakes(1000, HT_PACER_MANY, &total) <= 98);
    CU_ASSERT_TRUE(total >= 960 && total <= 1000);
    CU_ASSERT_TRUE(wakes(10000, HT_PACER_MANY, &total) <= 200);
    CU_ASSERT_TRUE(total >= 9600 && total <= 10000);
    CU_ASSERT_TRUE(wakes(50000, HT_PACER_MANY, &total) <= 1000);
    CU_ASSERT_TRUE(total >= 48000 && total <= 50000);
}

/* Below 2,000 a second twice as many probes do; above, a crowd is as many are. */
static void a_crowd_shares_fewer_wake_ups(void)
{
    uint32_t total;
    uint32_t as_many;
    CU_ASSERT_TRUE(wakes(100, HT_PACER_CROWD, &total) == 50 && total == 100);
    CU_ASSERT_TRUE(wakes(1000, HT_PACER_CROWD, &total) <= 49);
    CU_ASSERT_TRUE(total >= 960 && total <= 1000);
    CU_ASSERT_EQUAL(wakes(2000, HT_PACER_CROWD, &total), wakes(2000, HT_PACER_MANY, &as_many));
    CU_ASSERT_EQUAL(total, as_many);
    CU_ASSERT_EQUAL(wakes(10000, HT_PACER_CROWD, &total), wakes(10000, HT_PACER_MANY, &as_many));
    CU_ASSERT_EQUAL(total, as_many);
}

/* About 60 answers come meanwhile, at the densest that probes left lately. */
static void what_comes_in_waits_for_sixty_others(void)
{
    struct ht_pacer pacer;
    ht_pacer_init(&pacer, 0);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_MANY), 0);
    ht_pacer_init(&pacer, 97);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_MANY), 0);
    ht_pacer_init(&pacer, 1000);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_FEW), 0);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_MANY), 10300 * HT_NS_PER_US);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_CROWD), 20600 * HT_NS_PER_US);
    ht_pacer_init(&pacer, 50000);
    int64_t now_ns = HT_NS_PER_S;
    int64_t longest_ns = ht_pacer_period_ns(&pacer, HT_PACER_MANY);
    CU_ASSERT_EQUAL(longest_ns, 10300 * HT_NS_PER_US);
    ht_pacer_group(&pacer, HT_PACER_MANY);
    for (int i = 0; i < 20; i++, now_ns += HT_NS_PER_MS)
        ht_pacer_take(&pacer, now_ns, ht_pacer_allow(&pacer, now_ns, 12));
    CU_ASSERT_TRUE(ht_pacer_period_ns(&pacer, HT_PACER_MANY) < 6 * HT_NS_PER_MS);
    CU_ASSERT_TRUE(ht_pacer_period_ns(&pacer, HT_PACER_MANY) > 4 * HT_NS_PER_MS);
    for (int i = 0; i < 20; i++, now_ns += 2 * HT_NS_PER_MS)
        ht_pacer_take(&pacer, now_ns, ht_pacer_allow(&pacer, now_ns, 60));
    CU_ASSERT_TRUE(ht_pacer_period_ns(&pacer, HT_PACER_MANY) < 3 * HT_NS_PER_MS);
    now_ns += HT_NS_PER_S;
    ht_pacer_take(&pacer, now_ns, 1);
    CU_ASSERT_TRUE(ht_pacer_period_ns(&pacer, HT_PACER_MANY) < 3 * HT_NS_PER_MS);
    ht_pacer_take(&pacer, now_ns + HT_NS_PER_S, 1);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_MANY), longest_ns);
    ht_pacer_ease(&pacer, now_ns);
    CU_ASSERT_EQUAL(ht_pacer_period_ns(&pacer, HT_PACER_MANY), 0);
}

/* What a slot has room for may leave in parts, as long as it lasts. */
static void room_that_is_left_may_be_used(void)
{
    struct ht_pacer pacer;
    int64_t now_ns = HT_NS_PER_S;
    ht_pacer_init(&pacer, 1000);
    ht_pacer_group(&pacer, HT_PACER_CROWD);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns, 64), 20);
    ht_pacer_take(&pacer, now_ns, 13);
    now_ns = pacer.last_ns + HT_NS_PER_MS;
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns, 64), 7);
    ht_pacer_take(&pacer, now_ns, 5);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns, 64), 2);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns + 1, 64), 0);
    CU_ASSERT_EQUAL(ht_pacer_next(&pacer),
                    pacer.last_ns + ht_pacer_period_ns(&pacer, HT_PACER_CROWD));
    ht_pacer_ease(&pacer, now_ns);
    ht_pacer_group(&pacer, HT_PACER_CROWD);
    CU_ASSERT_EQUAL(ht_pacer_allow(&pacer, now_ns + HT_NS_PER_S, 64), 1);
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
    UNIT_CASE(ceiling_holds_while_put_aside),
    UNIT_CASE(ceiling_holds_over_every_100_ms),
    UNIT_CASE(ceiling_is_nearly_reached),
    UNIT_CASE(without_a_ceiling_all_may_leave),
    UNIT_CASE(drops_slow_it_down_for_a_time),
    UNIT_CASE(silence_bounds_what_is_on_its_way),
    UNIT_CASE(a_hold_stops_everything_for_its_time),
    UNIT_CASE(idle_time_is_not_saved_up),
    UNIT_CASE(close_probes_leave_together),
    UNIT_CASE(many_probes_share_a_wake_up),
    UNIT_CASE(a_crowd_shares_fewer_wake_ups),
    UNIT_CASE(room_that_is_left_may_be_used),
    UNIT_CASE(what_comes_in_waits_for_sixty_others),
};

UNIT_MAIN("probing_pacer", cases)
