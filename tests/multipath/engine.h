/* Searches by the engine as a whole: packets, times and records, on a fake clock. */
#ifndef HT_TESTS_MULTIPATH_ENGINE_H
#define HT_TESTS_MULTIPATH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/settings.h"
#include "network.h"
#include "truth.h"

struct engine_settings {
    double failure;
    enum ht_protocol protocol;
    bool ipv6;
    uint32_t pps; /* 0: no ceiling */
};

/* One target's record, beside the network. */
struct engine_result {
    struct found found;
    bool complete;
    unsigned flows;    /* that were asked */
    unsigned whole;    /* of these, measured as wholes */
    unsigned sent;     /* probes */
    unsigned cells;    /* different (flow, ttl) of these, up to the flow's end */
    unsigned beyond;   /* probes beyond the flow's end */
    double duration_s; /* of the round */
};

/* Measures `targets` targets (65,535 at most) in one process, as many at a time as the engine
 * wants. Each has a network of this kind, `truth`, to itself, with hashes by `seed` and its number.
 * results[]: by target. */
void engine_run(const struct net *net, const struct truth *truth,
                const struct engine_settings *settings, uint64_t seed, unsigned targets,
                struct engine_result *results);

#endif
