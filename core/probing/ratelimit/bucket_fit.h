/* Does a token bucket explain what a router dropped? Two hypotheses on a row of probes:
 *
 *   LIMITED  the router gets some tokens a second, saves a number of them up and spends one on each
 *            answer. Of the rates (0.5 to 20,000 a second) and of the numbers (1 to 255) each is as
 *            probable, by their logarithms.
 *   LOSS     answers are lost by chance, each with the same probability; or in rows, with one
 *            probability after an answer and a higher one after a loss. At the first drop loss
 *            is 4 times as probable as a limit.
 *
 * Few probes tell a bucket, whatever the gaps between them. But neighbours behind one silent router
 * look like a slow one, and routers that take turns like none: where either may be, rate_verdict.h
 * tells more.
 *
 * How often it is wrong at 2 : 1, of 4,000 rows each of 10, 30 and 100 probes: loss of 2 to 50 %
 * taken for a limit in at most 1.0 %, that in rows of 5 on average in at most 1.5 %, loss of 80 %
 * in 3.2 %. A limit that is asked for 4 times as much is told in 99.9 % by 30 probes, for 1.5 times
 * as much in 70 % (a burst of 6), in 99.4 % by 100.
 */
#ifndef HT_PROBING_BUCKET_FIT_H
#define HT_PROBING_BUCKET_FIT_H

#include <stdbool.h>
#include <stdint.h>

#define HT_BUCKET_RATES  24
#define HT_BUCKET_BURSTS 8

/* One of the buckets that are thought of. Its tokens are known within bounds, which each answer and
 * each silence narrows. */
struct ht_bucket {
    double least;
    double most;
    double probability; /* of all that was seen, divided by the fit's highest */
};

/* {0} has seen nothing. */
struct ht_bucket_fit {
    struct ht_bucket buckets[HT_BUCKET_RATES][HT_BUCKET_BURSTS];
    /* Logarithms of probabilities of what was seen since the first drop: by the most probable
     * bucket, if losses are alike, if they come in rows. */
    double highest;
    double alike;
    double in_rows;
    uint32_t seen[2][2]; /* [the one before was dropped][this one was] */
    bool begun;
    bool dropped; /* the last one was */
};

/* A probe that left `gap_ns` after the one before, the first one at any. `crowded`: others left
 * between them, which may have been answered. */
void ht_bucket_fit_add(struct ht_bucket_fit *fit, int64_t gap_ns, bool dropped, bool crowded);

/* The odds of LIMITED to LOSS; 1/4 as long as nothing was dropped. */
double ht_bucket_fit_odds(const struct ht_bucket_fit *fit);

#endif
