/* Plays the rounds of a path, and counts what is said of them. */
#ifndef HT_TESTS_VERDICTS_TALLY_H
#define HT_TESTS_VERDICTS_TALLY_H

#include "history/where.h"
#include "path.h"

/* {0}: nothing. */
struct tally {
    unsigned long rounds;
    unsigned long significant;
    unsigned long outside; /* significant, and the place is not within what is said */
    unsigned long width;
    unsigned long placed; /* risen, with a place */
    unsigned long rise_outside;
    unsigned long rise_width;
    unsigned long events[HT_WHERE_KINDS];
    unsigned long told;
    unsigned first[HT_WHERE_KINDS]; /* round of the first one since the tally began; 0: none */
};

/* As many rounds; `tally` may be NULL. */
void play(struct ht_where *where, struct path *path, const struct ht_where_settings *settings,
          unsigned rounds, struct tally *tally);

/* What is usual: a window of 20 rounds, 5 and 50 %. */
extern const struct ht_where_settings usual_settings;

/* A path without loss, 1 ms a hop, 0.5 ms jitter. */
struct path plain_path(uint8_t hops, uint16_t probes, uint64_t seed);

/* a / b; 0 if b is. */
double per(double a, double b);

#endif
