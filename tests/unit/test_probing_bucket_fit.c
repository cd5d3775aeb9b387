/* A token bucket or loss? Rows of answers and drops, and how often the odds are wrong. */
#include <stdio.h>

#include "hoptrace/time.h"
#include "probing/ratelimit/bucket_fit.h"
#include "unit.h"

#define TELLING  2.0       /* odds that excuse drops when a record closes */
#define ALARMING (1.0 / 3) /* that raise an alarm */

/* 'A': answered, '.': dropped, '|': PAUSE_MS pass, 'x': a probe that is not remembered. */
#define PAUSE_MS 50

static double odds_of(const char *row, int gap_ms)
{
    struct ht_bucket_fit fit = {0};
    int64_t gap_ns = 0;
    bool crowded = false;
    for (; *row != '\0'; row++) {
        gap_ns += (*row == '|' ? PAUSE_MS : gap_ms) * HT_NS_PER_MS;
        crowded |= *row == 'x';
        if (*row != 'A' && *row != '.')
            continue;
        ht_bucket_fit_add(&fit, gap_ns, *row == '.', crowded);
        gap_ns = 0;
        crowded = false;
    }
    return ht_bucket_fit_odds(&fit);
}

static void rows_are_a_buckets_or_not(void)
{
    static const struct {
        const char *row;
        int gap_ms;
        double least, most;
    } rows[] = {
        {"", 1, 0.25, 0.25},
        {"A", 1, 0.25, 0.25},
        {".", 1, 0.2499, 0.2501},
        {"AAAAAAAAAAAAAAAAAAAA", 1, 0.25, 0.25},
        {"AAAAAA..|AAAAAAA.|AAAAA..A|AAAAA", 3, 6, 1e9},
        {"A.A.A.A.A.A.", 50, 2, 1e9}, /* a bucket that saves none up */
        {"A..A..A..A..A..", 30, 20, 1e9},
        {"AA.AAAA.AAAAAA.AA.AAA.AAAAAAAA", 3, 0, 1},
        {"AAAA.AAAAAAAAA.AAAAAA", 3, 0, 1},
        {"AAAAAA..........", 1, 0, 20}, /* a bucket, or a row of losses */
        {"....................", 1, 0, 0.5},
        {"AAAAAA....|||||||||AAAAAA...|||||||||AAAAAA.....", 1, 100, 1e12},
        {"AAAxxx..Axx.xA.AxA", 1, 0, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double odds = odds_of(rows[i].row, rows[i].gap_ms);
        if (odds < rows[i].least || odds > rows[i].most)
            (void)fprintf(stderr, "%s: odds %g\n", rows[i].row, odds);
        CU_ASSERT(odds >= rows[i].least);
        CU_ASSERT(odds <= rows[i].most);
    }
}

/* What others took is not known: a drop soon after an answer speaks less for a bucket. */
static void crowded_probes_tell_less(void)
{
    CU_ASSERT(odds_of("AAAAxAAAxA.AA.xAA", 1) > odds_of("AAAA.AAA.A.AA..AA", 1));
    CU_ASSERT(odds_of("A.Ax.A.Ax.A.Ax.", 50) < odds_of("A.A.A.A.A.A.", 50));
}

/* --- how often they are wrong -------------------------------------------------------------- */

#define RUNS 400

static double drawn(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*random >> 40) / (double)(1 << 24);
}

/* A router: with a limit of `rate` a second, `burst` of which it saves; or with losses, of which
 * `share` is lost after an answer, `again` after a loss. */
struct router {
    double rate, burst, tokens;
    double share, again;
    bool dropped;
};

static bool drops(struct router *router, uint64_t *random, double gap_s)
{
    if (router->rate <= 0) {
        double share = router->dropped ? router->again : router->share;
        router->dropped = drawn(random) < share;
        return router->dropped;
    }
    router->tokens += router->rate * gap_s;
    if (router->tokens > router->burst)
        router->tokens = router->burst;
    if (router->tokens < 1)
        return true;
    router->tokens -= 1;
    return false;
}

/* Of 100 runs, in how many two drops or more of `count` probes, `pps` a second with gaps that
 * differ, tell a limit. */
static int percent_told(struct router router, int count, double pps)
{
    uint64_t random = 11;
    int told = 0;
    for (int run = 0; run < RUNS; run++) {
        struct ht_bucket_fit fit = {0};
        router.tokens = router.burst;
        router.dropped = false;
        for (int i = 0; i < count; i++) {
            double gap_s = (0.2 + 1.6 * drawn(&random)) / pps;
            bool dropped = drops(&router, &random, gap_s);
            ht_bucket_fit_add(&fit, (int64_t)(gap_s * HT_NS_PER_S), dropped, false);
        }
        told += fit.seen[0][1] + fit.seen[1][1] >= 2 && ht_bucket_fit_odds(&fit) >= TELLING;
    }
    return told * 100 / RUNS;
}

static void limits_are_told(void)
{
    static const struct {
        int burst, count;
        double pps;
        int least;
    } limits[] = {{1, 30, 150, 95},  {1, 100, 150, 99}, {1, 30, 400, 97},  {6, 30, 150, 62},
                  {6, 100, 150, 96}, {6, 30, 400, 97},  {31, 100, 400, 97}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct router router = {.rate = 100, .burst = limits[i].burst};
        int told = percent_told(router, limits[i].count, limits[i].pps);
        if (told < limits[i].least)
            (void)fprintf(stderr, "limit %zu: told in %d %%\n", i, told);
        CU_ASSERT(told >= limits[i].least);
    }
}

static void loss_is_no_limit(void)
{
    static const double shares[] = {0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8};
    static const int counts[] = {10, 30, 100};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        struct router alike = {.share = shares[i], .again = shares[i]};
        struct router in_rows = {.share = shares[i], .again = 0.8};
        for (size_t j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            CU_ASSERT(percent_told(alike, counts[j], 400) <= 4);
            CU_ASSERT(percent_told(in_rows, counts[j], 400) <= 4);
        }
    }
}

/* Of 100 rows of up to 100 probes, in how many the odds are above those of a first drop at the
 * second or third. */
static int percent_alarming(struct router router, double pps)
{
    uint64_t random = 11;
    int alarming = 0;
    for (int run = 0; run < RUNS; run++) {
        struct ht_bucket_fit fit = {0};
        bool alarm = false;
        router.tokens = router.burst;
        router.dropped = false;
        for (int i = 0, drops_seen = 0; i < 100 && drops_seen < 4 && !alarm; i++) {
            double gap_s = (0.2 + 1.6 * drawn(&random)) / pps;
            bool dropped = drops(&router, &random, gap_s);
            ht_bucket_fit_add(&fit, (int64_t)(gap_s * HT_NS_PER_S), dropped, false);
            drops_seen += dropped;
            alarm = dropped && drops_seen <= i && ht_bucket_fit_odds(&fit) >= ALARMING;
        }
        alarming += alarm;
    }
    return alarming * 100 / RUNS;
}

/* Two or three drops of a bucket are seldom missed; of loss many look so until there are more. */
static void few_drops_are_alarming(void)
{
    static const struct {
        struct router router;
        double pps;
        int least, most;
    } rows[] = {
        {{.rate = 100, .burst = 1}, 150, 85, 100},    {{.rate = 100, .burst = 1}, 400, 97, 100},
        {{.rate = 100, .burst = 6}, 150, 93, 100},    {{.rate = 100, .burst = 6}, 400, 95, 100},
        {{.rate = 100, .burst = 31}, 400, 97, 100},   {{.share = 0.02, .again = 0.02}, 400, 0, 9},
        {{.share = 0.05, .again = 0.05}, 400, 0, 18}, {{.share = 0.2, .again = 0.2}, 400, 0, 40}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int percent = percent_alarming(rows[i].router, rows[i].pps);
        if (percent < rows[i].least || percent > rows[i].most)
            (void)fprintf(stderr, "rows %zu: %d %%\n", i, percent);
        CU_ASSERT(percent >= rows[i].least);
        CU_ASSERT(percent <= rows[i].most);
    }
}

static const struct unit_case cases[] = {
    UNIT_CASE(rows_are_a_buckets_or_not), UNIT_CASE(crowded_probes_tell_less),
    UNIT_CASE(limits_are_told),           UNIT_CASE(loss_is_no_limit),
    UNIT_CASE(few_drops_are_alarming),
};

UNIT_MAIN("probing_bucket_fit", cases)
