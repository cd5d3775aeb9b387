/* Limit or loss? A sequential test (Wald, 1945) of two hypotheses on the probes that a router could
 * answer if it keeps to a limit, the timely ones. `share`: of those that came too soon after its
 * last answer, what was dropped.
 *
 *   LIMITED  of the timely ones at most share / 4 is dropped (or share / 16, or share / 64, or at
 *            least 4 times as many are answered: each is as probable)
 *   LOSS     answers are lost by chance, however seldom the router is asked: the same share, which
 *            is only known as well as the number of `soon` probes tells it
 *
 * Their odds are the ratio of the probabilities of what was seen, times
 *   - the odds by the order of the drops, first and after each pause: a router that saved answers
 *     up drops nothing until these are used up; divided by the number of orders that would look so,
 *     and 1,000 at most: neighbours behind one silent router look so too,
 *   - 10 if more than 60 % was dropped at first: so much is hardly ever lost by chance.
 * Where several routers answer by turns, one may have none left while others do, so that timely
 * ones that are dropped speak against a limit as 1 : 4 at most. Beyond 200 : 1 there is a verdict.
 * How often it is wrong, of 20,000 runs each: loss of 2 to 50 % called LIMITED 0.4 % (of 80 %: 0.6
 * %); a limit of which 75 % of the soon and 2 % of the timely ones are dropped called LOSS never
 * with 10 soon ones, 0.6 % with 3. Where few were soon and the timely ones are dropped often, since
 * the pace is still too fast, LOSS is said too early (10 soon ones, 75 and 18 %: 3 %). Loss and a
 * limit together are LIMITED; what is lost at the pace that is kept then shows by itself. */
#ifndef HT_PROBING_RATE_VERDICT_H
#define HT_PROBING_RATE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

struct ht_rate_counts {
    uint32_t answered;
    uint32_t dropped;
};

enum ht_rate_verdict { HT_RATE_UNDECIDED, HT_RATE_LIMITED, HT_RATE_LOSS };

/* The share that is dropped, 0 to 1: (dropped + 0.5) / (all + 1), of few probes nearer to half. */
double ht_rate_share(struct ht_rate_counts counts);

/* True if more was dropped than the share that is usually lost explains: dropped > 2 * usual * all
 * + 3, a chance of less than 1 of 100; or, where a token bucket explains each single drop
 * (bucket_fit.h), dropped > 2 * usual * all. */
bool ht_rate_alarm(struct ht_rate_counts counts, double usual_share, bool fits_bucket);

/* The order in which a router that saves answers up drops: none, and then some. */
struct ht_rate_order {
    uint32_t fresh;             /* answers before it had none left; since then: */
    struct ht_rate_counts then; /* of hops of which nothing was dropped before */
};

/* The odds of that order to any other: of none, and then the share that is seen, to the same share
 * all the time; divided by the orders that would look so. */
double ht_rate_order_odds(const struct ht_rate_order *order);

/* What became of the probes of a router that is said to keep to a limit. */
struct ht_rate_evidence {
    struct ht_rate_order first; /* before it had none left for the first time, up to a pause */
    double again; /* the odds of the orders after each pause, all together; 0: there was none */
    struct ht_rate_counts soon;   /* of probes sooner after the last answer than the limit allows */
    struct ht_rate_counts timely; /* of others */
    bool several;                 /* routers answered, each of which may keep to a limit */
};

/* The odds of LIMITED to LOSS. */
double ht_rate_odds(const struct ht_rate_evidence *evidence);

/* True if the drops are those of hops that are silent by themselves, whatever the pace: the probes
 * of hops that were asked before and never answered (`retried`) are answered at most a quarter as
 * often (or a 16th, or a 64th: each is as probable) as `others`, at 200 : 1. A router's limit
 * treats them alike, as long as they leave at the same pace. */
bool ht_rate_silent(struct ht_rate_counts retried, struct ht_rate_counts others);

enum ht_rate_verdict ht_rate_verdict(const struct ht_rate_evidence *evidence);

#endif
