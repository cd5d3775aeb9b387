/* How fast packets leave: the ceiling of the whole process, or, without one, what this host and the
 * network bear. */
#ifndef HT_PROBING_PACER_H
#define HT_PROBING_PACER_H

#include <stdbool.h>
#include <stdint.h>

/* Slices of time in which unanswered probes are counted, of 8 ms each. */
#define HT_PACER_SLICES 8

/* How many others a probe is among. */
enum ht_pacer_company { HT_PACER_FEW, HT_PACER_MANY, HT_PACER_CROWD, HT_PACER_COMPANIES };

/* Packets leave in slots, each of which has room for r packets. A slot starts r * s after the one
 * before it at the earliest (of two rooms the larger one counts), and its packets leave no earlier
 * than it starts, nor more than c after that, else its room is lost. With a ceiling of `pps`
 * packets a second, over any time T (its end not in it),
 *
 *                      sent <= N                with T + c + late <= N * s, N a multiple of r
 *   (T - c) / s - r <  sent                     while there are always r packets to send, and
 *                                               ht_pacer_take is called no more than c after each
 *                                               slot starts
 *
 *   pps           s: spacing_ns   c: catch_up_ns   r: few             r: many         r: crowd
 *   1 to 500      1 s / pps       0                1                10.3 ms / s,    20.6 ms / s,
 *   above         1.03 s / pps    1 ms             0.5 ms / s + 1   at most 60, at  at most 20, at
 *                                                                   least `few`     least `many`
 *
 * where `late` is how long after ht_pacer_take the last packet leaves this host. Above 500 pps, s
 * is so wide that sent <= pps / 10, rounded up, over any T = 100 ms with late <= 2 ms, and a slot
 * whose packets left later counts as one that started later (ht_pacer_left); below, with
 * late = 0. So that N is a multiple of each r, and `many` of `few`, s is up to 3 percent wider,
 * `many` up to half smaller (or `few`), and `crowd` a multiple of `many`, if only of itself.
 *
 * Without a ceiling s is 0, and what is bounded is the probes of the last 56 to 64 ms that are
 * unanswered: sent - answered <= 12,288.
 *
 * While this host drops answers, s is eased_ns at least, whatever the ceiling. */
struct ht_pacer {
    int64_t spacing_ns;                 /* 0: no ceiling */
    int64_t catch_up_ns;                /* how far in the past a slot may start when it is taken */
    uint32_t rooms[HT_PACER_COMPANIES]; /* that a slot may have */
    uint32_t room;                      /* of the next slot */
    uint32_t last_room;                 /* of the last slot taken; */
    uint32_t left;                      /* what is left of it; */
    int64_t last_ns;                    /* when it started */
    int64_t held_until_ns;              /* no packet leaves before */
    int64_t eased_ns;                   /* 0: this host drops no answers */
    int64_t eased_at_ns;                /* when eased_ns last changed */

    /* Packets since burst_ns, up to 10.3 ms later; the most of them in a second, from peak_ns on,
     * and in the one before. */
    int64_t burst_ns;
    int64_t peak_ns;
    uint32_t burst;
    uint32_t peak;
    uint32_t former_peak;

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

/* `count` packets leave, count <= what ht_pacer_allow gave for the same time. */
void ht_pacer_take(struct ht_pacer *pacer, int64_t now_ns, uint32_t count);

/* The packets that ht_pacer_take was told of have left by now. */
void ht_pacer_left(struct ht_pacer *pacer, int64_t now_ns);

/* An answer came: one unanswered probe less, of the oldest slice that has any. */
void ht_pacer_answered(struct ht_pacer *pacer);

/* This host drops answers: sets an eased spacing of 5 us, or doubles it, up to 1 ms, not more often
 * than every 5 ms. It is halved again after each 50 ms without a call. */
void ht_pacer_ease(struct ht_pacer *pacer, int64_t now_ns);

/* Lets nothing leave before `until_ns`: a queue on this host is full. */
void ht_pacer_hold(struct ht_pacer *pacer, int64_t until_ns);

/* Chooses the room of the slots from the next one on: while this host drops answers, for few. */
void ht_pacer_group(struct ht_pacer *pacer, enum ht_pacer_company company);

/* In how much time about 60 answers come at most, if they come as probes left: with p, the most
 * packets that left in 10.3 ms of the last second or two,
 *
 *   10.3 ms * 60 / max(p, 60)          but as long as a slot for that company at least
 *
 * 0: among few, without a ceiling, with one of which a packet's share is longer than that, and
 * while this host drops answers. */
int64_t ht_pacer_period_ns(const struct ht_pacer *pacer, enum ht_pacer_company company);

/* When the next slot starts; what is left of the last one does not count. */
int64_t ht_pacer_next(const struct ht_pacer *pacer);

#endif
