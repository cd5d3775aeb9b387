#include "probing/ratelimit/bucket_fit.h"

#include <math.h>

#include "hoptrace/time.h"

/* Tokens a second of the slowest buckets, and how many times more those of the next ones are:
 * (20,000 / 0.5) to the power of 1 / HT_BUCKET_RATES. A bucket stands for all up to the next. */
#define RATE_MIN   0.5
#define RATE_TIMES 1.555

/* How often a probe is answered for which a bucket had no token, and how often one is dropped for
 * which it had: by chance, or as others took the token. */
#define ANSWERED_ASTRAY 0.02
#define DROPPED_ASTRAY  0.002

/* Probabilities below this part of the highest are not followed any more. */
#define NEGLIGIBLE 1e-9

/* How many times as probable as a limit loss is at the first drop. */
#define LOSS_BEFORE 4.0

static double fewest_saved(int burst)
{
    return 1 << burst;
}

static double most_saved(int burst)
{
    return (2 << burst) - 1;
}

static void begin(struct ht_bucket_fit *fit)
{
    for (int rate = 0; rate < HT_BUCKET_RATES; rate++) {
        for (int burst = 0; burst < HT_BUCKET_BURSTS; burst++)
            fit->buckets[rate][burst] =
                (struct ht_bucket){fewest_saved(burst), most_saved(burst), 1};
    }
    fit->begun = true;
}

/* Probability of an answer, if each number of tokens within the bounds is as probable. */
static double answers(const struct ht_bucket *bucket)
{
    double share = bucket->most < 1 ? 0 : 1;
    if (bucket->most >= 1 && bucket->least < 1)
        share = (bucket->most - 1) / (bucket->most - bucket->least);
    return ANSWERED_ASTRAY + (1 - ANSWERED_ASTRAY - DROPPED_ASTRAY) * share;
}

/* A probe comes; `burst`: how many tokens the bucket saves. */
static void spend(struct ht_bucket *bucket, int burst, bool dropped)
{
    double answered = answers(bucket);
    bucket->probability *= dropped ? 1 - answered : answered;
    bucket->least = fmin(bucket->least, fewest_saved(burst));
    bucket->most = fmin(bucket->most, most_saved(burst));
    if (dropped) {
        bucket->most = fmin(bucket->most, 1);
        bucket->least = fmin(bucket->least, bucket->most);
    } else {
        bucket->least = fmax(bucket->least, 1) - 1;
        bucket->most = fmax(bucket->most, 1) - 1;
    }
}

/* So that the most probable bucket has 1 again. */
static void scale(struct ht_bucket_fit *fit, double highest)
{
    fit->highest += log(highest);
    for (int rate = 0; rate < HT_BUCKET_RATES; rate++) {
        for (int burst = 0; burst < HT_BUCKET_BURSTS; burst++) {
            struct ht_bucket *bucket = &fit->buckets[rate][burst];
            bucket->probability /= highest;
            if (bucket->probability < NEGLIGIBLE)
                bucket->probability = 0;
        }
    }
}

static void add_to_buckets(struct ht_bucket_fit *fit, double gap_s, bool dropped, bool crowded)
{
    double highest = 0;
    double tokens = RATE_MIN * gap_s;
    for (int rate = 0; rate < HT_BUCKET_RATES; rate++) {
        for (int burst = 0; burst < HT_BUCKET_BURSTS; burst++) {
            struct ht_bucket *bucket = &fit->buckets[rate][burst];
            if (bucket->probability <= 0)
                continue;
            bucket->least = crowded ? 0 : bucket->least + tokens;
            bucket->most += tokens * RATE_TIMES;
            spend(bucket, burst, dropped);
            highest = fmax(highest, bucket->probability);
        }
        tokens *= RATE_TIMES;
    }
    scale(fit, highest);
}

static double sum_of(const struct ht_bucket_fit *fit)
{
    double sum = 0;
    for (int rate = 0; rate < HT_BUCKET_RATES; rate++) {
        for (int burst = 0; burst < HT_BUCKET_BURSTS; burst++)
            sum += fit->buckets[rate][burst].probability;
    }
    return sum;
}

static uint32_t drops_of(const struct ht_bucket_fit *fit)
{
    return fit->seen[0][1] + fit->seen[1][1];
}

/* Whatever was seen until the first drop speaks for neither: a router that is asked for little
 * drops nothing, with a limit or without. It tells how many tokens there were, though. */
static void begin_at_first_drop(struct ht_bucket_fit *fit)
{
    fit->highest = -log(sum_of(fit) / (HT_BUCKET_RATES * HT_BUCKET_BURSTS));
    fit->alike = fit->in_rows = 0;
}

/* Logarithm of the probability of one more of the kind of which `same` were seen. `before`: as many
 * count as seen at first (Krichevsky and Trofimov: half a one of each kind, as most losses are rare
 * or total; one more drop after a drop, as losses in rows are no turns). */
static double next_of(uint32_t same, double before, uint32_t other, double other_before)
{
    return log((same + before) / (same + before + other + other_before));
}

void ht_bucket_fit_add(struct ht_bucket_fit *fit, int64_t gap_ns, bool dropped, bool crowded)
{
    if (!fit->begun)
        begin(fit);
    add_to_buckets(fit, (double)gap_ns / HT_NS_PER_S, dropped, crowded);
    uint32_t *after = fit->seen[fit->dropped];
    fit->alike += next_of(fit->seen[0][dropped] + fit->seen[1][dropped], 0.5,
                          fit->seen[0][!dropped] + fit->seen[1][!dropped], 0.5);
    fit->in_rows += next_of(after[dropped], fit->dropped && dropped ? 1.5 : 0.5, after[!dropped],
                            fit->dropped && !dropped ? 1.5 : 0.5);
    after[dropped]++;
    fit->dropped = dropped;
    if (dropped && drops_of(fit) == 1)
        begin_at_first_drop(fit);
}

double ht_bucket_fit_odds(const struct ht_bucket_fit *fit)
{
    if (drops_of(fit) == 0)
        return 1 / LOSS_BEFORE;
    double limited = fit->highest + log(sum_of(fit) / (HT_BUCKET_RATES * HT_BUCKET_BURSTS));
    double loss = (exp(fit->alike - limited) + exp(fit->in_rows - limited)) / 2;
    return 1 / (LOSS_BEFORE * loss);
}
