/* Hops that are measured once for many targets.
 *
 * A hop's measurement holds for another target too if both saw the same router at the next ttl in
 * the same round, and if targets that measured the hop themselves agree about it. Then the other
 * target takes it over. A hop that was taken over counts as seen, so that one may follow from
 * another, from the far end to the near one.
 *
 * Only hops at which (nearly) all targets see one router are worth waiting for; they must lie below
 * every answer of the destination. The first few targets behind each next router measure, the
 * others wait for them; when those fail, the next ones measure. Where targets disagree, all
 * measure. */
#ifndef HT_PROBING_HOP_CACHE_H
#define HT_PROBING_HOP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"
#include "wire/mpls.h"

#define HT_HOP_CACHE_BUCKETS 1024

/* More measurements of a hop need not be remembered. */
#define HT_HOP_CACHE_SOURCES 8

/* Who measured, and when it was complete. */
struct ht_cached_hop_source {
    uint32_t target; /* tells targets apart */
    int64_t time_ns;
};

/* What is known of one hop before one router. */
struct ht_cached_hop {
    struct ht_cached_hop *next; /* in its bucket */
    struct ht_address beyond;
    uint32_t manner; /* how it was measured */
    uint8_t ttl;
    uint8_t failures;     /* targets in a row that tried to measure it and could not */
    uint16_t measuring;   /* targets that are measuring it for all: it must stay */
    int64_t disagreed_ns; /* when two measurements disagreed */
    uint8_t last;         /* index of the last one of: */
    struct ht_cached_hop_source sources[HT_HOP_CACHE_SOURCES]; /* all different targets */
    struct ht_node_state node; /* of the last one; its labels are the next member */
    struct ht_mpls mpls[HT_MPLS_MAX];
    struct ht_rtt rtt;
};

/* Targets that measured a hop themselves to check on the others, since then. */
struct ht_cached_hop_checks {
    int64_t since_ns;
    uint32_t count;
};

/* {0} is empty. */
struct ht_hop_cache {
    struct ht_cached_hop *buckets[HT_HOP_CACHE_BUCKETS]; /* owned */
    struct ht_cached_hop_checks checks[UINT8_MAX + 1];   /* by ttl */
    size_t count;
    int64_t swept_ns;
};

/* No round may be measuring for it any more. */
void ht_hop_cache_fini(struct ht_hop_cache *cache);

/* The next probe of a hop is due. HT_NEVER: it needs none, its measurement was taken over now. Now
 * or earlier: the target measures it itself. Later: it waits, and asks again then. */
int64_t ht_hop_cache_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* True if this hop's measurement is complete and wanted for others: ht_hop_cache_publish is to be
 * called with it, once. */
bool ht_hop_cache_wants(struct ht_round *round, uint8_t ttl);

void ht_hop_cache_publish(struct ht_round *round, const struct ht_hop *hop, int64_t now_ns);

/* A round no longer measures this hop for others, if it did. */
void ht_hop_cache_leave(struct ht_hop_state *hop);

#endif
