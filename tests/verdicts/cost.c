/* Processor time of a round. */
#include <stdio.h>
#include <time.h>

#include "tally.h"
#include "verdicts.h"

#define DRAWN 64 /* rounds that are drawn before, and then taken again and again */

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Microseconds of a round with all its verdicts. */
static double measure(struct ht_where *where, struct path *path,
                      const struct ht_where_settings *settings, unsigned rounds)
{
    struct ht_round_hop hops[DRAWN][PATH_HOPS_MAX];
    struct ht_round_result drawn[DRAWN];
    struct ht_where_verdict verdict;
    float percent[PATH_HOPS_MAX];
    for (unsigned i = 0; i < DRAWN; i++)
        drawn[i] = path_round(path, hops[i]);
    double begin = seconds();
    for (unsigned i = 0; i < rounds; i++) {
        ht_where_take(where, settings, &drawn[i % DRAWN], &verdict);
        ht_where_path_loss(where, path->hops, percent);
    }
    return (seconds() - begin) * 1e6 / rounds;
}

/* Of 15 hops, 3 probes. Figures only: they depend on the machine. */
bool check_cost(double scale)
{
    static const struct {
        const char *name;
        double loss;
        double silence;
        double rise_ms;
        uint16_t window;
    } cases[] = {
        {"peace", 0, 0, 0, 20},
        {"15 % loss", 0.15, 0, 0, 20},
        {"15 % loss, every other hop withholds 40 %", 0.15, 0.4, 0, 20},
        {"20 ms slower", 0, 0, 20, 20},
        {"peace, a window of 1,000", 0, 0, 0, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct path path = plain_path(15, 3, 1);
        struct ht_where where = {0};
        struct ht_where_settings settings = usual_settings;
        settings.window = cases[i].window;
        for (unsigned hop = 0; hop < 14; hop += 2)
            path.silence[hop] = cases[i].silence;
        play(&where, &path, &settings, 10U * settings.window, NULL);
        path.loss = cases[i].loss;
        path.rise_ms = cases[i].rise_ms;
        path.loss_from = path.rise_from = 8;
        (void)printf("a round, %s: %.1f us\n", cases[i].name,
                     measure(&where, &path, &settings, (unsigned)(50000 * scale) + 1));
        ht_where_fini(&where);
    }
    (void)printf("%zu bytes with a window of 20 rounds of 15 hops\n", ht_where_bytes(20, 15));
    return true;
}
