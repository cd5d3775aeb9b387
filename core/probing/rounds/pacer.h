/* How fast packets leave: the ceiling of the whole process, or, without one, what this host and the
 * network bear. */
#ifndef HT_PROBING_PACER_H
#define HT_PROBING_PACER_H

#include <stdint.h>

#define HT_PACER_SLICES 8

/* Sends are spaced evenly, those within half a millisecond taken cohort; what was not used is
 * lost, but for a short catch-up that absorbs late wake-ups. Over any 100 ms no more than the
 * ceiling (plus that catch-up) leaves. */
struct ht_pacer {
    int64_t spacing_ns;  /* 0: no ceiling */
    int64_t catch_up_ns; /* how far the next slot may lie in the past */
    int64_t group_ns;    /* so much later it does, together with those whose slots lie between */
    int64_t next_ns;     /* when the next slot is */
    int64_t eased_ns;    /* wider spacing for the time being; 0: none */
    int64_t eased_at_ns; /* when it last changed */

    /* Without a ceiling: probes of the last moments that were not answered yet. */
    uint32_t unanswered[HT_PACER_SLICES];
    uint32_t unanswered_sum;
    unsigned slice;
    int64_t slice_ends_ns;
};

/* `pps` 0: no ceiling. */
void ht_pacer_init(struct ht_pacer *pacer, uint32_t pps);

/* How many probes, at most `wanted`, may leave at `now_ns`. */
uint32_t ht_pacer_allow(struct ht_pacer *pacer, int64_t now_ns, uint32_t wanted);

/* Takes `count` slots, count <= what ht_pacer_allow gave for the same time. */
void ht_pacer_take(struct ht_pacer *pacer, int64_t now_ns, uint32_t count);

/* An answer came: without a ceiling, another probe may leave. */
void ht_pacer_answered(struct ht_pacer *pacer);

/* This host drops answers: halves the pace, which then grows again. */
void ht_pacer_ease(struct ht_pacer *pacer, int64_t now_ns);

/* Lets nothing leave before `until_ns`: a queue on this host is full. */
void ht_pacer_hold(struct ht_pacer *pacer, int64_t until_ns);

/* When the next probes may leave; not later than now if some may leave now. */
int64_t ht_pacer_next(const struct ht_pacer *pacer);

#endif
