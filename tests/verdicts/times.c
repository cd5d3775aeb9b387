/* What is said of times. Jitter is exponential: more skewed than what is usual. */
#include <stdio.h>

#include "tally.h"
#include "verdicts.h"

/* Rounds of a path; one that is young has known its usual time for some rounds only. */
#define LIFE       1000
#define YOUNG_LIFE 60

/* Rounds before a rise: one window and the recent ones, or several windows. */
static const unsigned befores[] = {25, 100};
#define BEFORES (sizeof befores / sizeof befores[0])

/* Of the runs with little jitter, the least share in which a rise is told. */
#define TOLD 0.995

static const double jitters[] = {0.1, 0.5, 1, 2, 5};
#define JITTERS (sizeof jitters / sizeof jitters[0])

/* Nothing rises, for 100,000 rounds each. */
static bool check_steady(double scale, unsigned life)
{
    bool good = true;
    for (size_t i = 0; i < 3 * JITTERS; i++) {
        static const uint16_t probes[] = {1, 3, 10};
        struct tally tally = {0};
        for (unsigned run = 0; run < 100000 * scale / life; run++) {
            struct path path = plain_path(12, probes[i % 3], run + 1);
            struct ht_where where = {0};
            path.jitter_ms = jitters[i / 3];
            path.hop_ms = run % 2 == 0 ? 1 : 0.1;
            path.slow_ms[run % 11] = 5;
            play(&where, &path, &usual_settings, life, &tally);
            ht_where_fini(&where);
        }
        (void)printf("steady, jitter %.1f ms, %2u probes, lives of %u: %lu rounds, rtt_rose %lu\n",
                     jitters[i / 3], probes[i % 3], life, tally.rounds,
                     tally.events[HT_WHERE_RTT_ROSE]);
        good &= must(tally.events[HT_WHERE_RTT_ROSE] == 0, "a time rises that does not");
    }
    return good;
}

/* Which routers are slow for their own answers: none; one, always; another one since the rise. */
enum slow { NONE, ALWAYS, SINCE };

struct rise {
    double jitter_ms;
    bool by_half; /* by 50 %; else by 5 ms */
    enum slow slow;
    unsigned before;
};

static void play_rise(const struct rise *rise, unsigned run, struct tally *tally)
{
    struct path path = plain_path(12, 3, run + 1);
    struct ht_where where = {0};
    path.jitter_ms = rise->jitter_ms;
    path.hop_ms = rise->by_half ? 1 : 0.5;
    if (rise->slow == ALWAYS)
        path.slow_ms[run * 7 % 11] = 20;
    play(&where, &path, &usual_settings, rise->before, NULL);
    path.rise_from = (uint8_t)(1 + run % 12);
    path.rise_ms = rise->by_half ? 0.55 * (12 + 0.7 * rise->jitter_ms) : 5;
    if (rise->slow == SINCE)
        path.slow_ms[run * 7 % 11] = 20;
    play(&where, &path, &usual_settings, 40, tally);
    ht_where_fini(&where);
}

static bool check_rise(const struct rise *rise, unsigned runs)
{
    static const char *const slow_names[] = {"", ", one router always slow",
                                             ", one router slow since"};
    struct tally all = {0};
    unsigned rose = 0;
    double sum = 0;
    for (unsigned run = 0; run < runs; run++) {
        struct tally tally = {0};
        play_rise(rise, run, &tally);
        rose += tally.first[HT_WHERE_RTT_ROSE] > 0;
        sum += tally.first[HT_WHERE_RTT_ROSE];
        all.placed += tally.placed;
        all.rise_outside += tally.rise_outside;
        all.rise_width += tally.rise_width;
    }
    double outside = 100 * per((double)all.rise_outside, (double)all.placed);
    (void)printf("rise by %s after %u rounds, jitter %.1f ms%s: rtt_rose in %.1f %% of the runs, "
                 "after %.1f rounds; "
                 "of %lu places %.2f %% outside, width %.2f\n",
                 rise->by_half ? "50 %" : "5 ms", rise->before, rise->jitter_ms,
                 slow_names[rise->slow], 100 * per(rose, runs), per(sum, rose), all.placed, outside,
                 per((double)all.rise_width, (double)all.placed));
    bool good =
        must(rise->jitter_ms > 0.5 || rose >= TOLD * runs, "it is not told within 40 rounds");
    return must(rise->slow == SINCE || rise->jitter_ms > 2 || outside <= 3,
                "the place is outside too often") &&
           good;
}

bool check_times(double scale)
{
    bool good = check_steady(scale, LIFE) && check_steady(scale, YOUNG_LIFE);
    unsigned runs = (unsigned)(1200 * scale) + 1;
    for (size_t i = 0; i < 6 * JITTERS * BEFORES; i++) {
        size_t row = i / BEFORES;
        struct rise rise = {jitters[row / 6], row % 2 == 1, (enum slow)(row / 2 % 3),
                            befores[i % BEFORES]};
        good &= check_rise(&rise, runs);
    }
    return good;
}
