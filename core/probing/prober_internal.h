/* A prober's state, and what its files have in common: prober.c (timers, records),
 * prober_rounds.c (their beginning and end), prober_send.c, prober_receive.c. */
#ifndef HT_PROBING_PROBER_INTERNAL_H
#define HT_PROBING_PROBER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/pool.h"
#include "probing/hop_cache/hop_cache.h"
#include "probing/log/round_state.h"
#include "probing/multipath/path_view.h"
#include "probing/prober.h"
#include "probing/ratelimit/turns.h"
#include "probing/result/round_events.h"
#include "probing/rounds/left_flows.h"
#include "probing/rounds/pacer.h"
#include "probing/rounds/scheduler.h"

/* A round as the pool keeps it. */
struct ht_pooled_round {
    struct ht_round round;
    struct ht_round_room room;
};

struct ht_prober {
    struct ht_prober_options options;
    struct ht_pacer pacer;
    struct ht_pool pool; /* of rounds */
    struct ht_scheduler scheduler;
    struct ht_left_flows left_flows;
    struct ht_heap timers;
    struct ht_rate_limits rate_limits;
    uint32_t alarms; /* ht_rate_limits_alarms when all rounds were woken last */
    struct ht_hop_cache cache;
    struct ht_round_events events;
    struct ht_prober_counters counters;
    uint32_t rounds_begun;
    uint16_t most_flows;      /* of any target so far */
    struct ht_path_view view; /* of the last target whose paths were searched */
    size_t urgent_rounds;     /* queued or under way, that somebody may be waiting for */
    int64_t overflowed_ns; /* when packets were last dropped for want of buffer; INT64_MIN: never */
    struct ht_unread unread[2]; /* IPv4, IPv6 */
};

/* True if the round has a probe due. */
static inline bool ht_prober_is_due(const struct ht_slot *slot)
{
    return slot->state == HT_ROUND_READY || slot->state == HT_ROUND_DEFERRED ||
           slot->state == HT_ROUND_LAST_SEND;
}

/* Among how many others probes are, for the pacer: how long they may wait for each other. */
enum ht_pacer_company ht_prober_company(const struct ht_prober *prober);

/* Puts a round where its agenda says. Only ht_prober_advance closes records, so that no round
 * vanishes that is still pointed to. */
void ht_prober_reschedule(struct ht_prober *prober, struct ht_round *round, struct ht_now now);

/* Forgets a round that was queued. */
void ht_prober_end_round(struct ht_prober *prober, struct ht_round *round);

/* All flows of a group are finished: has its search for all paths go on, and more is due of some of
 * them (upcoming.recheck), or of new ones. False: it is over, or there is none. */
bool ht_prober_search(struct ht_prober *prober, struct ht_flow_group *group, struct ht_now now);

/* Decides what can be decided of the round's held answers. */
void ht_prober_settle_held(struct ht_prober *prober, struct ht_round *round, struct ht_now now);

#endif
