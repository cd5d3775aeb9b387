/* Routers' rate limits: which probe may leave when, and what was lost only because of a limit.
 *
 * Sites are kept for each interface and IP version, one for each ttl, and outlive the rounds. A
 * round that has no sites (its prober gives it none while only few rounds are under way) is not
 * paced at all. */
#ifndef HT_PROBING_TURNS_H
#define HT_PROBING_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/log/round_state.h"
#include "probing/ratelimit/site.h"

/* What is known of the paths that leave by one interface. */
struct ht_sites {
    struct ht_sites *next;
    uint32_t interface_index;
    uint8_t ip_version;
    uint16_t limited; /* sites with a limit, or where one is sought */
    struct ht_site at[UINT8_MAX + 1];
};

/* {0} is empty. */
struct ht_rate_limits {
    struct ht_sites *first; /* owned */
    size_t count;
};

void ht_rate_limits_fini(struct ht_rate_limits *limits);

/* The sites of an interface (0: the routing table decides), made when first asked for. NULL:
 * without memory, or there are too many interfaces. */
struct ht_sites *ht_rate_limits_sites(struct ht_rate_limits *limits, uint32_t interface_index,
                                      uint8_t ip_version);

/* A probe of a round left, was answered. */
void ht_turns_sent(const struct ht_round *round, struct ht_probe *probe);
void ht_turns_answered(const struct ht_round *round, const struct ht_probe *probe,
                       const struct ht_reply *reply, int64_t received_ns);

/* The probes of this ttl are about to be judged: are they lost, or dropped because of a limit? */
void ht_turns_review(const struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* A probe of this ttl is due: when may it leave? Sets whether its hop is held back. HT_NEVER: it is
 * not sent at all, since too many wait for this router. */
int64_t ht_turns_turn_ns(struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* The hop's probe leaves now. */
void ht_turns_taken(const struct ht_round *round, struct ht_hop_state *hop, int64_t now_ns);

/* It will not: its place in the line is free. */
void ht_turns_leave(const struct ht_round *round, struct ht_hop_state *hop);

/* When an awaited probe of a round is to be taken for dropped because of a limit; HT_NEVER: its
 * silence has nothing to do with one. */
int64_t ht_turns_dropped_ns(const struct ht_round *round, const struct ht_probe *probe);

/* True if at this ttl those that are answered at all are answered again and again. */
bool ht_turns_steady(const struct ht_round *round, uint8_t ttl);

/* True if a probe that was taken for dropped was not: there is no such limit. */
bool ht_turns_cleared(const struct ht_round *round, const struct ht_probe *probe);

/* A probe is taken for dropped because of a limit. */
void ht_turns_dropped(const struct ht_round *round, const struct ht_probe *probe);

/* True if some probe of this round might be dropped so. */
static inline bool ht_turns_matter(const struct ht_round *round)
{
    return round->sites != NULL && round->sites->limited != 0;
}

#endif
