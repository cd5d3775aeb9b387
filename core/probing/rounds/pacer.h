/* How fast packets leave: the ceiling of the whole process, or, without one, what this host and the
 * network bear. */
#ifndef HT_PROBING_PACER_H
#define HT_PROBING_PACER_H

#include <stdint.h>

/* Slices of time in which unanswered probes are counted, of 8 ms each. */
#define HT_PACER_SLICES 8

/* Each packet takes a slot: slots are at least s apart, and a packet leaves no earlier than its
 * slot, nor more than c after it, else the slot is lost. With a ceiling of `pps` packets a second,
 * over any time T (its end not in it),
 *
 *                      sent < (T + c + late) / s + 1
 *   (T - c) / s - 1 <  sent          while there is always a packet to send, and ht_pacer_take is
 *                                    called no more than c after each slot
 *
 *   pps           s: spacing_ns   c: catch_up_ns   g: group_ns
 *   1 to 500      1 s / pps       0                0
 *   above         1.03 s / pps    1 ms             the whole slots within 0.5 ms
 *
 * where `late` is how long after ht_pacer_take the last packet leaves this host. Above 500 pps, s
 * is so wide that sent <= pps / 10, rounded up, over any T = 100 ms with late <= 2 ms; below, with
 * late = 0. Packets leave together, g after the first one's slot.
 *
 * Without a ceiling s is 0, and what is bounded is the probes of the last 56 to 64 ms that are
 * unanswered: sent - answered <= 12,288.
 *
 * While this host drops answers, s is eased_ns at least, whatever the ceiling. */
struct ht_pacer {
    int64_t spacing_ns;  /* 0: no ceiling */
    int64_t catch_up_ns; /* how far in the past a slot may lie when it is taken */
    int64_t group_ns;
    int64_t next_ns;     /* the next slot */
    int64_t eased_ns;    /* 0: this host drops no answers */
    int64_t eased_at_ns; /* when eased_ns last changed */

    /* Without a ceiling; unanswered_sum = sum of unanswered. */
    uint32_t unanswered[HT_PACER_SLICES]; /* probes, by the slice they were sent in */
    uint32_t unanswered_sum;
    unsigned slice;        /* index of the present one; the oldest one follows it */
    int64_t slice_ends_ns; /* when the present one ends */
};

/* `pps`: the ceiling, packets a second; 0: none. */
void ht_pacer_init(struct ht_pacer *pacer, uint32_t pps);

/* How many packets, at most `wanted`, may leave at `now_ns`. */
uint32_t ht_pacer_allow(struct ht_pacer *pacer, int64_t now_ns, uint32_t wanted);

/* Takes `count` slots, count <= what ht_pacer_allow gave for the same time. */
void ht_pacer_take(struct ht_pacer *pacer, int64_t now_ns, uint32_t count);

/* An answer came: one unanswered probe less, of the oldest slice that has any. */
void ht_pacer_answered(struct ht_pacer *pacer);

/* This host drops answers: sets an eased spacing of 5 us, or doubles it, up to 1 ms, not more often
 * than every 5 ms. It is halved again after each 50 ms without a call. */
void ht_pacer_ease(struct ht_pacer *pacer, int64_t now_ns);

/* Lets nothing leave before `until_ns`: a queue on this host is full. */
void ht_pacer_hold(struct ht_pacer *pacer, int64_t until_ns);

/* When the next packets may leave; not later than now if some may leave now. */
int64_t ht_pacer_next(const struct ht_pacer *pacer);

#endif
