/* path_loss_percent against the truth: bias, and root of the mean square error. */
#include <math.h>
#include <stdio.h>

#include "random.h"
#include "tally.h"
#include "verdicts.h"

enum part { IN_FRONT, BEHIND, DESTINATION, PARTS };

struct errors {
    double sum[PARTS];
    double squares[PARTS];
    unsigned count[PARTS];
};

struct row {
    double loss;
    uint8_t hops;
    uint16_t probes;
    bool withheld; /* one hop in three withholds 10 to 60 % */
};

static void add(struct errors *errors, const struct path *path, const float *percent)
{
    for (uint8_t ttl = 1; ttl <= path->hops; ttl++) {
        enum part part = ttl < path->loss_from ? IN_FRONT : ttl < path->hops ? BEHIND : DESTINATION;
        double error = percent[ttl - 1] - (part == IN_FRONT ? 0 : 100 * path->loss);
        errors->sum[part] += error;
        errors->squares[part] += error * error;
        errors->count[part]++;
    }
}

static bool check_row(const struct row *row, unsigned runs)
{
    struct errors errors = {0};
    for (unsigned run = 0; run < runs; run++) {
        struct path path = plain_path(row->hops, row->probes, run + 1);
        struct ht_where where = {0};
        float percent[PATH_HOPS_MAX];
        path.loss = row->loss;
        path.loss_from = (uint8_t)(row->hops / 2 + 1);
        for (unsigned i = run % 3; row->withheld && i + 1 < row->hops; i += 3)
            path.silence[i] = 0.1 + 0.5 * random_share(&path.seed);
        play(&where, &path, &usual_settings, 20, NULL);
        ht_where_path_loss(&where, path.hops, percent);
        add(&errors, &path, percent);
        ht_where_fini(&where);
    }
    (void)printf("path loss %2.0f %%, %2u hops, %2u probes%s: bias (error)", 100 * row->loss,
                 row->hops, row->probes, row->withheld ? ", one in three withholds" : "");
    bool good = true;
    for (int part = IN_FRONT; part < PARTS; part++) {
        double bias = errors.sum[part] / errors.count[part];
        double error = sqrt(errors.squares[part] / errors.count[part]);
        (void)printf(" %+.2f (%.2f)", bias, error);
        good &= fabs(bias) < 1.5 + 20 * row->loss + 3 * error / sqrt(runs);
    }
    (void)printf("\n");
    return must(good, "the bias is too large");
}

/* In front of the place, from it on, at the destination; 20 rounds. */
bool check_path_loss(double scale)
{
    static const double losses[] = {0.02, 0.05, 0.1, 0.2};
    static const uint8_t lengths[] = {6, 12, 25};
    bool good = true;
    for (unsigned i = 0; i < 48; i++) {
        struct row row = {losses[i / 12], lengths[i / 4 % 3], i / 2 % 2 == 0 ? 3 : 10, i % 2 == 1};
        good &= check_row(&row, (unsigned)(1000 * scale) + 1);
    }
    return good;
}
