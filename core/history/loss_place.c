#include "history/loss_place.h"

#include <math.h>
#include <stdbool.h>

/* See loss_place.h; logarithms. */
#define LOG_WEIGHT   2.995732273553991 /* ln 20 */
#define LOG_COMMON   5.298317366548036 /* ln 200 */
#define LOG_POSSIBLE 4.605170185988092 /* ln 100 */
#define STEPS        4
#define GAIN_MIN     0.05 /* with less, a step is the last */
#define LEAST_MAX    100
#define RATE_MIN     1e-6

/* s0 at the start, and from where on it has a weight of 1/20. */
#define SILENCE_MIN    0.0005
#define COMMON_SILENCE 0.01

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/* Logarithm of p^received (1 - p)^lost. */
static double log_likelihood(struct ht_counts counts, double answered)
{
    double p = smaller(greater(answered, RATE_MIN), 1 - RATE_MIN);
    return counts.received * log(p) + ht_counts_lost(counts) * log(1 - p);
}

/* The same at the best p of at most `most`. */
static double log_best(struct ht_counts counts, double most)
{
    return counts.sent > 0 ? log_likelihood(counts, smaller(1 - ht_counts_loss(counts), most)) : 0;
}

/* u in (0, 1] at which (u factor)^a.received (1 - u factor)^a.lost u^b.received (1 - u)^b.lost is
 * greatest: the root of its derivative, a quadratic. */
static double common_rate(struct ht_counts a, double factor, struct ht_counts b)
{
    double received = (double)a.received + b.received;
    double lost_a = ht_counts_lost(a);
    double lost_b = ht_counts_lost(b);
    double square = factor * (received + lost_a + lost_b);
    double linear = received * (1 + factor) + lost_a * factor + lost_b;
    double root = sqrt(greater(linear * linear - 4 * square * received, 0));
    double u = linear + root > 0 ? 2 * received / (linear + root) : 1;
    return smaller(u, 1);
}

/* Logarithm of the probability that of `sent` probes at least `least` are lost, at this loss. */
static double log_of_at_least(uint32_t sent, uint32_t least, double loss)
{
    double mean = sent * loss;
    double odds = loss / greater(1 - loss, RATE_MIN);
    if (mean > 2 * least || least > LEAST_MAX)
        return 0;
    double term = exp(sent * log(greater(1 - loss, RATE_MIN)));
    double below = 0;
    for (uint32_t i = 0; i < least; i++) {
        below += term;
        term *= odds * (sent - i) / (i + 1);
    }
    return log(greater(1 - below, RATE_MIN));
}

/* What the probes of a place meet: the probabilities to be answered. */
struct rates {
    double now;    /* 1 - q */
    double calm;   /* 1 - c, at least `now` */
    double silent; /* 1 - s0 */
    size_t plain;  /* hops from the place on that were plain in the last step */
};

/* Logarithms for a plain hop. */
struct plain {
    double now_received;
    double now_lost;
    double calm_received;
    double calm_lost;
};

/* Sums over plain hops from the place on. */
struct pool {
    struct ht_counts now;
    struct ht_counts calm;
    size_t hops;
};

static struct plain plain_of(double now, double calm)
{
    now = smaller(greater(now, RATE_MIN), 1 - RATE_MIN);
    calm = smaller(greater(calm, RATE_MIN), 1 - RATE_MIN);
    return (struct plain){log(now), log(1 - now), log(calm), log(1 - calm)};
}

/* 1 - c: the hops' as far as the destination lost no less. */
static double calm_rate(struct ht_counts hops, double silent, struct ht_counts destination)
{
    double rate = smaller((1 - ht_counts_loss(hops)) / silent, 1);
    if (destination.sent > 0 && rate < 1 - ht_counts_loss(destination))
        rate = common_rate(hops, silent, destination);
    return rate;
}

/* Rates at which the likelihood of the plain hops is greatest, each with the others as they are. */
static void improve(const struct ht_loss_evidence *evidence, const struct pool *before,
                    const struct pool *behind, struct rates *rates)
{
    struct ht_counts all = ht_counts_sum(behind->now, behind->calm);
    double factor =
        all.sent > 0 ? (rates->now * behind->now.sent + rates->calm * behind->calm.sent) / all.sent
                     : 1;
    double silent = common_rate(all, factor, ht_counts_sum(before->now, before->calm));
    rates->now = greater(common_rate(behind->now, rates->silent, evidence->destination), RATE_MIN);
    rates->calm = calm_rate(behind->calm, rates->silent, evidence->destination_calm);
    rates->calm = greater(rates->calm, rates->now);
    rates->silent = smaller(silent, 1 - SILENCE_MIN);
}

/* What of a hop does not depend on the place. */
struct best {
    double now; /* log of the greatest likelihood there can be */
    double calm;
};

/* Probabilities of an answer from a plain hop, and their logarithms. */
struct meets {
    double now; /* with s0 = 0 */
    double calm;
    struct plain plain;
};

static struct meets meets_of(double now, double calm, double silent)
{
    return (struct meets){now, calm, plain_of(silent * now, silent * calm)};
}

/* The greatest likelihood of a silent hop. */
static double silent_hop(const struct ht_loss_hop *hop, const struct meets *meets)
{
    double u = common_rate(hop->now, meets->now / meets->calm, hop->calm) / meets->calm;
    u = smaller(u, 1);
    return log_likelihood(hop->now, u * meets->now) + log_likelihood(hop->calm, u * meets->calm);
}

/* The greatest likelihood of a hop that is not plain. */
static double odd_hop(const struct ht_loss_hop *hop, const struct best *best,
                      const struct meets *meets, double plain_calm)
{
    bool reached = 1 - ht_counts_loss(hop->now) <= meets->now;
    double free_now = reached ? best->now : log_likelihood(hop->now, meets->now);
    if (hop->calm.sent == 0)
        return free_now - LOG_WEIGHT;
    bool reached_calm = 1 - ht_counts_loss(hop->calm) <= meets->calm;
    double free_calm = reached_calm ? best->calm : log_likelihood(hop->calm, meets->calm);
    double odd = greater(free_now + plain_calm, free_now + free_calm - LOG_WEIGHT);
    if (free_now + free_calm > odd)
        odd = greater(odd, silent_hop(hop, meets));
    return odd - LOG_WEIGHT;
}

/* The greatest likelihood of a hop; a plain one enters the pool. */
static double hop_likelihood(const struct ht_loss_hop *hop, const struct best *best,
                             const struct meets *meets, struct pool *pool)
{
    const struct plain *plain = &meets->plain;
    double plain_now =
        hop->now.received * plain->now_received + ht_counts_lost(hop->now) * plain->now_lost;
    double plain_calm =
        hop->calm.received * plain->calm_received + ht_counts_lost(hop->calm) * plain->calm_lost;
    double likelihood = plain_now + plain_calm;
    if (likelihood < best->now + best->calm - LOG_WEIGHT) {
        double odd = odd_hop(hop, best, meets, plain_calm);
        if (odd > likelihood)
            return odd;
    }
    pool->hops++;
    pool->now = ht_counts_sum(pool->now, hop->now);
    pool->calm = ht_counts_sum(pool->calm, hop->calm);
    return likelihood;
}

/* Evidence with what does not depend on the place. */
struct search {
    const struct ht_loss_evidence *evidence;
    struct best best[HT_LOSS_HOPS_MAX]; /* [hop] */
    double usual_silence;               /* loss, calm if there were calm rounds: lower quartile */
    bool calm_loss;                     /* some hop lost some in them */
};

/* The likelihood of a place at these rates, which are made better ones. */
static double climb(const struct search *search, size_t place, struct rates *rates)
{
    const struct ht_loss_evidence *evidence = search->evidence;
    struct meets before = meets_of(1, 1, rates->silent);
    struct meets behind = meets_of(rates->now, rates->calm, rates->silent);
    struct pool pool_before = {0};
    struct pool pool = {0};
    double sum = log_likelihood(evidence->destination, rates->now) -
                 log_of_at_least(evidence->destination.sent, evidence->least_lost, 1 - rates->now) +
                 log_best(evidence->destination_calm, rates->calm);
    if (rates->silent < 1 - COMMON_SILENCE)
        sum -= LOG_COMMON;
    for (size_t i = 0; i < place; i++)
        sum += hop_likelihood(&evidence->hops[i], &search->best[i], &before, &pool_before);
    for (size_t i = place; i < evidence->count; i++)
        sum += hop_likelihood(&evidence->hops[i], &search->best[i], &behind, &pool);
    improve(evidence, &pool_before, &pool, rates);
    rates->plain = pool.hops;
    return sum;
}

static double climb_from(const struct search *search, size_t place, struct rates *rates)
{
    double best = -INFINITY;
    rates->now = smaller(greater(rates->now, RATE_MIN), 1);
    rates->calm = greater(rates->calm, rates->now);
    for (int i = 0; i < STEPS; i++) {
        double likelihood = climb(search, place, rates);
        if (likelihood < best + GAIN_MIN)
            return greater(best, likelihood);
        best = likelihood;
    }
    return best;
}

/* From several starts: the median loss of the hops from the place on, and where most of these are
 * not plain with that, the destination's, and as much in calm rounds; the hops' common silence. */
static double place_likelihood(const struct search *search, size_t place, double median_loss)
{
    double now = 1 - ht_counts_loss(search->evidence->destination);
    struct rates first = {.now = 1 - median_loss, .calm = 1, .silent = 1 - SILENCE_MIN};
    double best = climb_from(search, place, &first);
    if (2 * first.plain < search->evidence->count - place) {
        struct rates second = {.now = now, .calm = 1, .silent = 1 - SILENCE_MIN};
        struct rates same = {.now = 1 - median_loss, .calm = 0, .silent = 1 - SILENCE_MIN};
        best = greater(best, climb_from(search, place, &second));
        if (search->calm_loss)
            best = greater(best, climb_from(search, place, &same));
    }
    struct rates silent = {.now = now, .calm = 1, .silent = 1 - search->usual_silence};
    if (search->usual_silence > COMMON_SILENCE)
        best = greater(best, climb_from(search, place, &silent));
    return best;
}

static uint8_t ttl_of(const struct ht_loss_evidence *evidence, size_t hop)
{
    return hop < evidence->count ? evidence->hops[hop].ttl : evidence->destination_ttl;
}

/* Enters a value; they are in order. */
static void insert(double *values, size_t count, double value)
{
    for (; count > 0 && values[count - 1] > value; count--)
        values[count] = values[count - 1];
    values[count] = value;
}

static void prepare(struct search *search, const struct ht_loss_evidence *evidence)
{
    double losses[HT_LOSS_HOPS_MAX];
    *search = (struct search){.evidence = evidence};
    for (size_t i = 0; i < evidence->count; i++) {
        const struct ht_loss_hop *hop = &evidence->hops[i];
        search->best[i] = (struct best){log_best(hop->now, 1), log_best(hop->calm, 1)};
        insert(losses, i, ht_counts_loss(hop->calm.sent > 0 ? hop->calm : hop->now));
        search->calm_loss |= ht_counts_lost(hop->calm) > 0;
    }
    search->usual_silence = evidence->count > 0 ? losses[evidence->count / 4] : 0;
}

/* likelihoods[place]; returns the greatest. */
static double judge_places(const struct search *search, double *likelihoods)
{
    const struct ht_loss_evidence *evidence = search->evidence;
    double losses[HT_LOSS_HOPS_MAX + 1]; /* of the destination and the hops from a place on */
    double best = -INFINITY;
    insert(losses, 0, ht_counts_loss(evidence->destination));
    for (size_t behind = 1, place = evidence->count + 1; place-- > 0; behind++) {
        likelihoods[place] = place_likelihood(search, place, losses[behind / 2]);
        best = greater(best, likelihoods[place]);
        if (place > 0)
            insert(losses, behind, ht_counts_loss(evidence->hops[place - 1].now));
    }
    return best;
}

struct ht_span ht_loss_place(const struct ht_loss_evidence *evidence)
{
    double likelihoods[HT_LOSS_HOPS_MAX + 1] = {0};
    struct search search;
    prepare(&search, evidence);
    double best = judge_places(&search, likelihoods);
    size_t first = 0;
    size_t last = evidence->count;
    while (first < last && likelihoods[first] < best - LOG_POSSIBLE)
        first++;
    while (last > first && likelihoods[last] < best - LOG_POSSIBLE)
        last--;
    return (struct ht_span){.after_hop = first > 0 ? ttl_of(evidence, first - 1) : 0,
                            .by_hop = ttl_of(evidence, last)};
}

/* Its silence before explains that it does not answer now. */
static bool may_be_silent(const struct ht_loss_hop *hop)
{
    double silence = (ht_counts_lost(hop->calm) + 0.5) / (hop->calm.sent + 1.0);
    return hop->now.sent * log(silence) >= -LOG_POSSIBLE;
}

struct ht_span ht_total_loss_place(const struct ht_loss_evidence *evidence)
{
    size_t next = evidence->count;
    while (next > 0 && evidence->hops[next - 1].now.received == 0)
        next--;
    struct ht_span place = {.after_hop = next > 0 ? ttl_of(evidence, next - 1) : 0};
    while (next < evidence->count && may_be_silent(&evidence->hops[next]))
        next++;
    place.by_hop = ttl_of(evidence, next);
    return place;
}
