/* The hop cache: hops that are measured once for many targets.
 *
 * A cached hop is what targets measured at one ttl before one next router (`beyond`). A target
 * takes it over, instead of measuring its own, if it saw the same router at the next ttl, and if
 * enough targets that measured the hop themselves within its interval agree about it. A hop that
 * was taken over counts as seen: from it the one before may follow, and so on towards the source.
 *
 * A hop is worth waiting for only if (nearly) all targets see one router there, and if no answer of
 * the destination is known at the next ttl or before. Of the targets behind each next router the
 * first few measure, and the others wait for them; if these fail, the next ones measure. Where
 * targets disagree, all measure. */
#ifndef HT_PROBING_HOP_CACHE_H
#define HT_PROBING_HOP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"

#define HT_HOP_CACHE_BUCKETS 1024

/* Targets of a cached hop that are remembered to have measured it: the most that are ever asked to
 * agree. */
#define HT_HOP_CACHE_SOURCES 8

/* A target that measured a hop itself, and when that was complete. */
struct ht_cached_hop_source {
    uint32_t target; /* tells targets apart */
    int64_t time_ns;
};

/* What is known of one hop before one router; its key is `manner`, `ttl` and `beyond`. */
struct ht_cached_hop {
    struct ht_cached_hop *next; /* in its bucket */
    struct ht_address beyond;   /* the only router that was seen at ttl + 1 */
    uint32_t manner;            /* hash of what its probes have in common */
    uint8_t ttl;
    uint8_t failures;     /* targets in a row that tried to measure it and could not */
    uint16_t measuring;   /* targets that are measuring it for all; it is not freed while > 0 */
    int64_t disagreed_ns; /* when two measurements last disagreed; INT64_MIN: never */
    uint8_t last;         /* index of the newest of: */
    struct ht_cached_hop_source sources[HT_HOP_CACHE_SOURCES]; /* all different targets */
    struct ht_node_facts node; /* owned with its parts; these two: as the newest source measured
                                  them */
    struct ht_rtt rtt;
};

/* Targets that measured a hop of one ttl to check on the others, since `since_ns`. */
struct ht_cached_hop_checks {
    int64_t since_ns;
    uint32_t count;
};

/* {0} is empty. */
struct ht_hop_cache {
    struct ht_cached_hop *buckets[HT_HOP_CACHE_BUCKETS]; /* owned */
    struct ht_cached_hop_checks checks[UINT8_MAX + 1];   /* by ttl */
    size_t count;                                        /* cached hops */
    int64_t swept_ns;                                    /* when old ones were last looked for */
};

/* Frees all cached hops. No round may be measuring for the cache any more. */
void ht_hop_cache_fini(struct ht_hop_cache *cache);

/* When a probe of this hop that is due may leave. HT_NEVER: none is needed, the hop was taken over
 * just now. Not after `now_ns`: the target measures the hop itself. Later: other targets measure
 * it, and the round asks again then. */
int64_t ht_hop_cache_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* True if this hop's measurement is complete and of use to other targets: it is to be given to
 * ht_hop_cache_publish. */
bool ht_hop_cache_wants(struct ht_round *round, uint8_t ttl);

/* Enters a measurement that ht_hop_cache_wants, once for each hop of a round. */
void ht_hop_cache_publish(struct ht_round *round, const struct ht_hop *hop, int64_t now_ns);

/* The round of this hop no longer measures it for others, if it did. */
void ht_hop_cache_leave(struct ht_hop_state *hop);

#endif
