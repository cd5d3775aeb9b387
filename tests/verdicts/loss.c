/* What is said of loss, and of none, round by round. */
#include <stdio.h>

#include "random.h"
#include "tally.h"
#include "verdicts.h"

#define LIFE 1000 /* rounds of a path */

/* No loss to the destination and hops that withhold, for 100,000 rounds each. */
bool check_silence(double scale)
{
    static const double withheld[] = {0, 0.1, 0.3, 0.6, 0.95};
    bool good = true;
    for (size_t i = 0; i < sizeof withheld / sizeof withheld[0]; i++) {
        struct tally tally = {0};
        for (unsigned run = 0; run < 100 * scale; run++) {
            struct path path = plain_path(12, 3, run + 1);
            struct ht_where where = {0};
            for (unsigned hop = run % 3; hop < 11; hop += 3)
                path.silence[hop] = withheld[i];
            play(&where, &path, &usual_settings, LIFE, &tally);
            ht_where_fini(&where);
        }
        (void)printf("one hop in three withholds %.0f %%: %lu rounds, %lu with significant loss, "
                     "%lu events\n",
                     100 * withheld[i], tally.rounds, tally.significant, tally.told);
        good &= must(tally.significant == 0 && tally.told == 0, "something is said of nothing");
    }
    return good;
}

static struct tally play_steady(double loss, uint16_t probes, double scale)
{
    struct tally tally = {0};
    for (unsigned run = 0; run < 100 * scale; run++) {
        struct path path = plain_path(12, probes, run + 1);
        struct ht_where where = {0};
        path.loss = loss;
        path.loss_from = (uint8_t)(2 + run % 11);
        play(&where, &path, &usual_settings, LIFE, &tally);
        ht_where_fini(&where);
    }
    return tally;
}

/* Loss that stays the same, from the first round on. */
bool check_events(double scale)
{
    static const double losses[] = {0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.3, 0.5};
    bool good = true;
    for (size_t i = 0; i < 2 * sizeof losses / sizeof losses[0]; i++) {
        double loss = losses[i / 2];
        uint16_t probes = i % 2 == 0 ? 3 : 10;
        struct tally tally = play_steady(loss, probes, scale);
        double lives = (double)tally.rounds / LIFE;
        (void)printf("steady %2.0f %%, %2u probes, of 1,000 rounds: significant %6.1f, the place "
                     "outside %.2f %% of these, width %.2f; loss_began %.2f, loss_ended %.2f, "
                     "unreached %.2f, told of all %.2f\n",
                     100 * loss, probes, per((double)tally.significant, lives),
                     100 * per((double)tally.outside, (double)tally.significant),
                     per((double)tally.width, (double)tally.significant),
                     per((double)tally.events[HT_WHERE_LOSS_BEGAN], lives),
                     per((double)tally.events[HT_WHERE_LOSS_ENDED], lives),
                     per((double)tally.events[HT_WHERE_UNREACHED], lives),
                     per((double)tally.told, lives));
        if (loss >= 0.05 && loss < 0.2)
            good &= must((double)tally.told <= 2 * lives, "more than 2 events in 1,000 rounds");
        good &= must((double)tally.outside <= 0.03 * (double)tally.significant + 20,
                     "the place is outside too often");
    }
    return good;
}

/* Rounds from the first one with loss until it is told; after 40 rounds of peace. */
bool check_delays(double scale)
{
    static const double losses[] = {0.05, 0.07, 0.1, 0.15, 0.2, 0.5, 1};
    bool good = true;
    for (size_t i = 0; i < 2 * sizeof losses / sizeof losses[0]; i++) {
        double sum = 0;
        unsigned most = 0;
        unsigned runs = (unsigned)(1000 * scale) + 1;
        uint16_t probes = i % 2 == 0 ? 3 : 10;
        enum ht_where_kind kind = losses[i / 2] < 1 ? HT_WHERE_LOSS_BEGAN : HT_WHERE_UNREACHED;
        for (unsigned run = 0; run < runs; run++) {
            struct path path = plain_path(12, probes, run + 1);
            struct ht_where where = {0};
            struct tally tally = {0};
            play(&where, &path, &usual_settings, 40, NULL);
            path.loss = losses[i / 2];
            path.loss_from = (uint8_t)(2 + run % 11);
            while (tally.first[kind] == 0 && tally.rounds < 500)
                play(&where, &path, &usual_settings, 1, &tally);
            good &= must(tally.first[kind] > 0, "it is not told within 500 rounds");
            sum += tally.first[kind];
            most = tally.first[kind] > most ? tally.first[kind] : most;
            ht_where_fini(&where);
        }
        (void)printf("from peace to %3.0f %%, %2u probes: %s after %.1f rounds, %u at most\n",
                     100 * losses[i / 2], probes,
                     kind == HT_WHERE_UNREACHED ? "unreached" : "loss_began", sum / runs, most);
    }
    return good;
}
