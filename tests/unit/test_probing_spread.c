/* Where in their interval the rounds of targets lie. */
#include <stdio.h>
#include <stdlib.h>

#include "hoptrace/time.h"
#include "probing/rounds/spread.h"
#include "unit.h"

#define HOSTS     1000
#define MOST      300
#define MINUTE_NS (60 * HT_NS_PER_S)
#define BINS      20
#define RELOADS   50

static const char *name_of(char buffer[32], const char *what, unsigned number)
{
    (void)snprintf(buffer, 32, "%s%u", what, number);
    return buffer;
}

static void make(struct ht_spread *spread, unsigned host)
{
    char name[32];
    ht_spread_init(spread, name_of(name, "host", host));
}

static int64_t take(struct ht_spread *spread, int64_t interval_ns, const char *name)
{
    uint32_t phase = 1;
    CU_ASSERT_TRUE_FATAL(ht_spread_take(spread, interval_ns, name, &phase));
    return ht_spread_offset_ns(spread, interval_ns, phase);
}

/* Takes `count` phases of targets that are known beforehand. */
static void take_all(struct ht_spread *spread, int64_t interval_ns, unsigned count,
                     int64_t *offsets_ns)
{
    char name[32];
    for (unsigned i = 0; i < count; i++)
        CU_ASSERT_TRUE_FATAL(ht_spread_expect(spread, interval_ns));
    for (unsigned i = 0; i < count; i++)
        offsets_ns[i] = take(spread, interval_ns, name_of(name, "target", i));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The least time between two of them, from one interval to the next as well. Sorts them. */
static int64_t least_apart_ns(int64_t *offsets_ns, unsigned count, int64_t interval_ns)
{
    qsort(offsets_ns, count, sizeof *offsets_ns, compare);
    int64_t least_ns = offsets_ns[0] + interval_ns - offsets_ns[count - 1];
    for (unsigned i = 1; i < count; i++)
        least_ns = ht_time_min(least_ns, offsets_ns[i] - offsets_ns[i - 1]);
    return least_ns;
}

/* Chi-square over equal bins: 19 degrees of freedom, below 43.8 in 99.9 % of all cases. */
static double unevenness(const int64_t *offsets_ns, unsigned count)
{
    unsigned bins[BINS] = {0};
    double sum = 0;
    double mean = (double)count / BINS;
    for (unsigned i = 0; i < count; i++)
        bins[offsets_ns[i] * BINS / MINUTE_NS]++;
    for (unsigned i = 0; i < BINS; i++)
        sum += ((double)bins[i] - mean) * ((double)bins[i] - mean) / mean;
    return sum;
}

static void hosts_do_not_coincide(void)
{
    static const unsigned sizes[] = {1, 2, 50};
    static int64_t first_ns[HOSTS];
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned host = 0; host < HOSTS; host++) {
            struct ht_spread spread;
            int64_t offsets_ns[MOST];
            make(&spread, host);
            take_all(&spread, MINUTE_NS, sizes[i], offsets_ns);
            first_ns[host] = offsets_ns[0];
            ht_spread_fini(&spread);
        }
        CU_ASSERT(unevenness(first_ns, HOSTS) < 43.8);
        /* Of 1,000 drawn at random the two closest are some 0.06 ms apart. */
        CU_ASSERT(least_apart_ns(first_ns, HOSTS, MINUTE_NS) < HT_NS_PER_MS);
        CU_ASSERT(first_ns[HOSTS / 2] > MINUTE_NS / 4 && first_ns[HOSTS / 2] < MINUTE_NS * 3 / 4);
    }
}

static void targets_are_apart(void)
{
    for (unsigned count = 1; count <= MOST; count++) {
        struct ht_spread spread;
        int64_t offsets_ns[MOST];
        make(&spread, count);
        take_all(&spread, MINUTE_NS + 1, count, offsets_ns);
        CU_ASSERT(least_apart_ns(offsets_ns, count, MINUTE_NS + 1) >
                  (MINUTE_NS + 1) / (2 * (int64_t)count) - 2); /* both are rounded down */
        CU_ASSERT(offsets_ns[0] >= 0 && offsets_ns[count - 1] <= MINUTE_NS);
        ht_spread_fini(&spread);
    }
}

static void the_next_process_has_the_same(void)
{
    int64_t offsets_ns[2][MOST];
    for (unsigned i = 0; i < 2; i++) {
        struct ht_spread spread;
        make(&spread, 7);
        take_all(&spread, MINUTE_NS, MOST, offsets_ns[i]);
        ht_spread_fini(&spread);
    }
    for (unsigned i = 0; i < MOST; i++)
        CU_ASSERT_EQUAL(offsets_ns[0][i], offsets_ns[1][i]);
}

/* Those that go leave their slots, those that come take free ones, the others stay: not even where
 * the slots are halved. */
static void reloads_move_no_other(void)
{
    struct ht_spread spread;
    char name[32];
    static uint32_t phases[MOST];
    static int64_t before_ns[MOST];
    unsigned count = 0;
    make(&spread, 3);
    for (unsigned reload = 0; reload < RELOADS; reload++) {
        /* Each third goes, nine come. */
        for (unsigned i = 0; i + 3 <= count; i += 3) {
            ht_spread_leave(&spread, MINUTE_NS, phases[i]);
            phases[i] = phases[--count];
            before_ns[i] = before_ns[count];
        }
        for (unsigned i = 0; i < 9; i++, count++) {
            CU_ASSERT_TRUE_FATAL(ht_spread_take(
                &spread, MINUTE_NS, name_of(name, "new", 100 * reload + i), &phases[count]));
            before_ns[count] = ht_spread_offset_ns(&spread, MINUTE_NS, phases[count]);
        }
        int64_t offsets_ns[MOST];
        for (unsigned i = 0; i < count; i++) {
            offsets_ns[i] = ht_spread_offset_ns(&spread, MINUTE_NS, phases[i]);
            CU_ASSERT_EQUAL(offsets_ns[i], before_ns[i]);
        }
        CU_ASSERT(least_apart_ns(offsets_ns, count, MINUTE_NS) >= MINUTE_NS / 64);
    }
    CU_ASSERT(count > 32 && count <= 64);
    while (count > 0)
        ht_spread_leave(&spread, MINUTE_NS, phases[--count]);
    CU_ASSERT_EQUAL(spread.count, 0);
    ht_spread_fini(&spread);
}

/* Of two that have the same slot by their hashes the second one gets the next. */
static void the_next_free_slot(void)
{
    struct ht_spread spread;
    char name[32];
    uint32_t phases[64];
    unsigned moved = 0;
    make(&spread, 1);
    for (unsigned i = 0; i < 64; i++) {
        struct ht_spread alone;
        uint32_t wanted;
        make(&alone, 1);
        for (unsigned k = 0; k < 64; k++) {
            CU_ASSERT_TRUE(ht_spread_expect(&alone, MINUTE_NS));
            CU_ASSERT_TRUE(i > 0 || ht_spread_expect(&spread, MINUTE_NS));
        }
        CU_ASSERT_TRUE(ht_spread_take(&alone, MINUTE_NS, name_of(name, "t", i), &wanted));
        CU_ASSERT_TRUE(ht_spread_take(&spread, MINUTE_NS, name, &phases[i]));
        moved += phases[i] != wanted;
        /* All slots from the wanted one on are taken. */
        for (uint32_t phase = wanted; phase != phases[i]; phase += UINT32_C(1) << 26) {
            bool taken = false;
            for (unsigned k = 0; k < i; k++)
                taken |= phases[k] == phase;
            CU_ASSERT_TRUE(taken);
        }
        ht_spread_fini(&alone);
    }
    CU_ASSERT(moved > 10);
    ht_spread_fini(&spread);
}

static void intervals_have_their_own(void)
{
    struct ht_spread spread;
    make(&spread, 1);
    int64_t minute_ns = take(&spread, MINUTE_NS, "a");
    int64_t second_ns = take(&spread, HT_NS_PER_S, "a");
    CU_ASSERT_EQUAL(spread.count, 2);
    CU_ASSERT(second_ns < HT_NS_PER_S);
    CU_ASSERT_NOT_EQUAL(minute_ns % HT_NS_PER_S, second_ns);
    CU_ASSERT(take(&spread, INT64_C(86400) * HT_NS_PER_S, "a") < INT64_C(86400) * HT_NS_PER_S);
    ht_spread_fini(&spread);
}

static const struct unit_case cases[] = {
    UNIT_CASE(hosts_do_not_coincide),
    UNIT_CASE(targets_are_apart),
    UNIT_CASE(the_next_process_has_the_same),
    UNIT_CASE(reloads_move_no_other),
    UNIT_CASE(the_next_free_slot),
    UNIT_CASE(intervals_have_their_own),
};

UNIT_MAIN("probing_spread", cases)
