/* A path that is made up: what its hops lose, withhold, and how long answers take. */
#ifndef HT_TESTS_VERDICTS_PATH_H
#define HT_TESTS_VERDICTS_PATH_H

#include <stdint.h>

#include "history/where.h"

#define PATH_HOPS_MAX   30
#define PATH_PROBES_MAX 10

struct path {
    uint8_t hops; /* the destination's ttl */
    uint16_t probes;
    uint8_t loss_from;             /* lowest ttl behind the loss; 0: none */
    double loss;                   /* 0 to 1 */
    double silence[PATH_HOPS_MAX]; /* [ttl - 1]: what a hop withholds, 0 to 1 */
    double hop_ms;                 /* each hop adds as much */
    double jitter_ms;              /* mean of what chance adds, exponentially distributed */
    uint8_t rise_from;             /* lowest ttl behind what takes longer; 0: nothing does */
    double rise_ms;                /* as much longer */
    double slow_ms[PATH_HOPS_MAX]; /* [ttl - 1]: what a router takes for its own answers, mean */
    uint64_t seed;
};

/* Draws a round; its hops are in the array. Its `rtt` is not drawn. */
struct ht_round_result path_round(struct path *path, struct ht_round_hop hops[PATH_HOPS_MAX]);

#endif
