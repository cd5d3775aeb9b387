#include "probing/ratelimit/rate_verdict.h"

/* See rate_verdict.h. FEWER: how many times fewer drops there are where a limit is kept to, in the
 * first of HYPOTHESES; ODDS: what makes a verdict. */
#define FEWER      4.0
#define HYPOTHESES 4
#define ODDS       200.0

/* Odds of a limit before more is known where a router drops more than this share: so much is hardly
 * ever lost by chance. */
#define MOST      0.6
#define MOST_ODDS 10.0

/* Odds by the order of the first drops, at most: as seldom are neighbours silent in just that
 * order. */
#define ORDER_ODDS_MAX 1000.0

/* See ht_rate_alarm. */
#define ALARM_TIMES 2.0
#define ALARM_DROPS 3

double ht_rate_share(struct ht_rate_counts counts)
{
    return (counts.dropped + 0.5) / (counts.answered + counts.dropped + 1.0);
}

bool ht_rate_alarm(struct ht_rate_counts counts, double usual_share, bool fits_bucket)
{
    double all = (double)counts.answered + counts.dropped;
    return counts.dropped > ALARM_TIMES * usual_share * all + (fits_bucket ? 0 : ALARM_DROPS);
}

/* base to the power of `exponent`, kept within 1e-99 and 1e99. */
static double power(double base, uint32_t exponent)
{
    double result = 1;
    for (uint32_t i = 0; i < exponent && result > 1e-99 && result < 1e99; i++)
        result *= base;
    return result;
}

/* The share of the `soon` ones that was dropped; of few of them nearer to the share of all. */
static double share_of(const struct ht_rate_evidence *evidence)
{
    struct ht_rate_counts soon = evidence->soon;
    struct ht_rate_counts all = {evidence->first.fresh + soon.answered + evidence->timely.answered,
                                 soon.dropped + evidence->timely.dropped};
    return (soon.dropped + ht_rate_share(all)) / (soon.answered + soon.dropped + 1.0);
}

/* Odds of a share that is known to one that is only estimated to be `share`, from as many probes as
 * there are `soon` ones: each probe tells more of it. */
static double odds(double known, double share, struct ht_rate_counts soon,
                   struct ht_rate_counts counts)
{
    double weight = soon.answered + soon.dropped + 1.0;
    double odds_of = power(1 - known, counts.answered) * power(known, counts.dropped);
    for (uint32_t i = 0; i < counts.answered; i++)
        odds_of *= (weight + i) / (weight * (1 - share) + i);
    for (uint32_t i = 0; i < counts.dropped; i++)
        odds_of *= (weight + counts.answered + i) / (weight * share + i);
    return odds_of;
}

double ht_rate_order_odds(const struct ht_rate_order *order)
{
    struct ht_rate_counts then = order->then;
    double share = ht_rate_share(then);
    double mean =
        ht_rate_share((struct ht_rate_counts){order->fresh + then.answered, then.dropped});
    if (then.dropped == 0)
        return 1;
    return power(1 / (1 - mean), order->fresh) * power((1 - share) / (1 - mean), then.answered) *
           power(share / mean, then.dropped) / (1.0 + order->fresh + then.answered + then.dropped);
}

/* The odds by all orders, and by how much was dropped at first. */
static double order_odds(const struct ht_rate_evidence *evidence)
{
    struct ht_rate_counts then = evidence->first.then;
    double mean =
        ht_rate_share((struct ht_rate_counts){evidence->first.fresh + then.answered, then.dropped});
    double odds_of =
        ht_rate_order_odds(&evidence->first) * (evidence->again > 0 ? evidence->again : 1);
    odds_of = odds_of < ORDER_ODDS_MAX ? odds_of : ORDER_ODDS_MAX;
    return (odds_of > 1 ? odds_of : 1) * (mean > MOST ? MOST_ODDS : 1);
}

double ht_rate_odds(const struct ht_rate_evidence *evidence)
{
    double share = share_of(evidence);
    double fewer = share / FEWER;
    double more_answers = 1 - FEWER * (1 - share);
    double sum =
        odds(more_answers > fewer ? more_answers : fewer, share, evidence->soon, evidence->timely);
    for (int i = 1; i < HYPOTHESES; i++) {
        sum += odds(fewer, share, evidence->soon, evidence->timely);
        fewer /= FEWER;
    }
    if (evidence->several && sum < 1)
        sum = 1;
    return order_odds(evidence) * sum / HYPOTHESES;
}

bool ht_rate_silent(struct ht_rate_counts retried, struct ht_rate_counts others)
{
    double share = ht_rate_share(others);
    double answered = 1 - share;
    double sum = 0;
    for (int i = 1; i < HYPOTHESES; i++) {
        answered /= FEWER;
        sum += odds(1 - answered, share, others, retried);
    }
    return sum / (HYPOTHESES - 1) >= ODDS;
}

enum ht_rate_verdict ht_rate_verdict(const struct ht_rate_evidence *evidence)
{
    double limited = ht_rate_odds(evidence);
    if (limited >= ODDS)
        return HT_RATE_LIMITED;
    return limited > 1 / ODDS ? HT_RATE_UNDECIDED : HT_RATE_LOSS;
}
