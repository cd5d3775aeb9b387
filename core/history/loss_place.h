/* Where does loss begin? Pure.
 *
 * A place lies before a hop that answers, or before the destination. What reaches a place goes on
 * with probability 1 - q, the same for all hops from the place on and for the destination. Besides,
 * a hop does not answer with a probability of its own, which concerns nothing but its answers (a
 * rate limit, a busy processor): its silence, s. The destination has none. There are two sorts of
 * rounds, with counts of their own:
 *
 *   now    the rounds in question
 *   calm   earlier rounds in which the destination lost nothing; maybe none. The hops from the
 *          place on may have lost some in them all the same, c: 0 to q. That is loss which has been
 *          there for long, in the rounds where it did not meet the destination's probes
 *
 *   hop        P(answer), now           P(answer), calm         weight
 *   plain      (1 - s0) (1 - q)         (1 - s0) (1 - c)        1
 *   silent     (1 - s) (1 - q)          (1 - s) (1 - c)         1/20   s fits this hop best
 *   changed    (1 - s) (1 - q)          (1 - s0) (1 - c)        1/20   likewise
 *   both       (1 - s) (1 - q)          (1 - s') (1 - c)        1/400  likewise
 *   before the place the same, with q = c = 0
 *
 * s0 is the silence that all hops have in common; above 1 % it has a weight of 1/200.
 *
 * The likelihood of a place is the greatest product, over q, c, s0 and the sort of each hop, of
 *   the hops' probabilities
 *   the destination's: 1 - q, given that at least `least_lost` of its probes are lost (without this
 *     condition the few losses that just make a question out of chance speak for the last place)
 *   the destination's in all rounds among which the calm ones are: 1 - c, but no less probable than
 *     what it lost in them
 * Places with at least 1/100 of the best place's likelihood are possible.
 *
 * The maximum is found by coordinate ascent: rates from the plain hops, sorts from the rates, at
 * most 4 times, from up to 4 starts.
 *
 * How often the place is possible (tests/verdicts, 20 rounds of 3 or 10 probes, 6 to 25 hops, loss
 * of 2 to 20 %, hops that withhold 10 to 60 %, silent ones, with and without calm rounds): 99.9 %.
 * Where all hops withhold about as much as the path loses, and nothing is known from before, it
 * looks like loss before the first. */
#ifndef HT_HISTORY_LOSS_PLACE_H
#define HT_HISTORY_LOSS_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "history/counts.h"

/* A hop that answered in one of the two sorts of rounds at least. */
struct ht_loss_hop {
    struct ht_counts now;
    struct ht_counts calm;
    uint8_t ttl;
};

#define HT_LOSS_HOPS_MAX 255

struct ht_loss_evidence {
    const struct ht_loss_hop *hops;    /* borrowed: by rising ttl, before the destination's */
    size_t count;                      /* HT_LOSS_HOPS_MAX at most */
    struct ht_counts destination;      /* now; at least one was lost */
    struct ht_counts destination_calm; /* in all rounds among which the calm ones are */
    uint32_t least_lost; /* of `destination`: with fewer, there would be no question; at least 1 */
    uint8_t destination_ttl;
};

/* The place lies behind one and before, or at, the other. */
struct ht_span {
    uint8_t after_hop; /* 0: this host */
    uint8_t by_hop;
};

/* From the hop before the first possible place to the hop behind the last. */
struct ht_span ht_loss_place(const struct ht_loss_evidence *evidence);

/* The same where the destination does not answer at all: after the last hop that answers now, by
 * the next one whose silence before (of `calm`, (lost + 1/2) / (sent + 1)) explains that it does
 * not answer now with a probability below 1/100. */
struct ht_span ht_total_loss_place(const struct ht_loss_evidence *evidence);

#endif
