#include "probing/rounds/scheduler.h"

#include "base/assert.h"
#include "probing/log/path_end.h"
#include "probing/log/round_state.h"
#include "probing/round/window.h"
#include "probing/rounds/flow_group.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* Unfinished rounds under way at a time, but for AWAITING_ONLY_MAX: enough to fill any network, few
 * enough that what is sent before the first answers come is no flood, and that the memory of many
 * targets is bounded. With half as many there was too little left to send in the last round trips:
 * of half a second that cost 25 ms. */
#define UNDER_WAY_MAX 8192

/* Rounds in a cohort above which some are deferred, see ht_scheduler_urgency: a smaller one has all
 * begun soon enough without that. */
#define DEFERRED_COHORT 4096

/* Rounds under way besides that have found their destination, and only wait for what silent hops
 * may still answer. */
#define AWAITING_ONLY_MAX 3072

/* Waiting rounds: with fewer than WAITING_FEW more are wanted, as all may begin before the caller
 * looks again; WAITING_MANY are enough for a while, and still in the cache when they begin. */
#define WAITING_FEW  64
#define WAITING_MANY 128

/* Rounds that are kept in memory: under way and finished ones, or made ready before the first one
 * begins. */
#define KEPT_MAX 10240

/* A cohort of more than KEPT_MAX is a stream: its rounds come and go for long, and memory that is
 * used again and again should stay in the cache (at 100,000 targets a probe cost a tenth more CPU
 * than at 10,000). While others wait, of a stream at most STREAM_UNDER_WAY unfinished rounds are
 * under way, and STREAM_FINISHED finished ones are kept. */
#define STREAM_UNDER_WAY 4096
#define STREAM_FINISHED  1024

/* With each round that comes by itself one of this many is forgotten of the cohort. It has to fade:
 * an agent's rounds are always under way. */
#define COHORT_FADES 16

/* Rounds that look far ahead even in a large cohort, the first ones ever: the others learn from
 * them how far away destinations are. */
#define SCOUTS 24

void ht_scheduler_init(struct ht_scheduler *scheduler, bool paced)
{
    *scheduler = (struct ht_scheduler){.paced = paced};
    ht_flow_table_init(&scheduler->flows);
}

void ht_scheduler_fini(struct ht_scheduler *scheduler)
{
    ht_flow_table_fini(&scheduler->flows);
}

bool ht_scheduler_reserve(struct ht_scheduler *scheduler, size_t count)
{
    return ht_flow_table_reserve(&scheduler->flows, scheduler->rounds + count);
}

/* Counts a round into the cohort if others wait: it came together with them. Else the cohort fades,
 * or begins anew if there is no other round. */
static void note_coming(struct ht_scheduler *scheduler)
{
    if (scheduler->rounds == 0)
        scheduler->cohort = 1;
    else if (scheduler->queues.first[HT_ROUND_WAITING] != NULL)
        scheduler->cohort++;
    else
        scheduler->cohort -= scheduler->cohort / COHORT_FADES;
}

void ht_scheduler_enter(struct ht_scheduler *scheduler, struct ht_round *round)
{
    note_coming(scheduler);
    ht_round_queues_link(&scheduler->queues, round, HT_ROUND_WAITING);
    scheduler->rounds++;
}

/* Ends the blocking by a TCP flow: the rounds that it blocked wait from now on, before those that
 * came after them, so that rounds of one flow begin in the order in which they came. Two rounds
 * under way with one flow would confuse the listener that both reach; and of two targets with
 * several flows in common, each of which holds one that the other waits for, none would end. */
static void release_flow(struct ht_scheduler *scheduler, const struct ht_flow *flow)
{
    for (struct ht_round *blocked = scheduler->queues.last[HT_ROUND_BLOCKED], *before;
         blocked != NULL; blocked = before) {
        before = blocked->slot.previous;
        if (blocked->flow.flow_tag != flow->flow_tag)
            continue;
        ht_round_queues_return(&scheduler->queues, blocked, HT_ROUND_WAITING);
        scheduler->blocked--;
    }
}

static bool is_under_way(const struct ht_slot *slot)
{
    return slot->state != HT_ROUND_WAITING && slot->state != HT_ROUND_BLOCKED;
}

static void note_awaiting_only(struct ht_scheduler *scheduler, struct ht_slot *slot,
                               bool awaiting_only)
{
    scheduler->awaiting_only_count += awaiting_only && !slot->awaiting_only;
    scheduler->awaiting_only_count -= !awaiting_only && slot->awaiting_only;
    slot->awaiting_only = awaiting_only;
}

/* A round was or was not finished, and is or is not from now on. */
static void note_done(struct ht_scheduler *scheduler, const struct ht_round *round, bool was,
                      bool is)
{
    scheduler->done = scheduler->done + is - was;
    if (round->group != NULL)
        round->group->finished = (uint16_t)(round->group->finished + is - was);
}

void ht_scheduler_leave(struct ht_scheduler *scheduler, struct ht_round *round)
{
    if (is_under_way(&round->slot)) {
        scheduler->under_way--;
        note_done(scheduler, round, ht_slot_is_done(&round->slot), false);
        note_awaiting_only(scheduler, &round->slot, false);
        ht_flow_table_remove(&scheduler->flows, round);
        release_flow(scheduler, &round->flow);
    }
    scheduler->blocked -= round->slot.state == HT_ROUND_BLOCKED;
    ht_round_queues_unlink(&scheduler->queues, &round->slot);
    scheduler->rounds--;
}

bool ht_scheduler_none_under_way(const struct ht_scheduler *scheduler)
{
    return scheduler->under_way == 0;
}

/* Rounds that are made ready before the first probe leaves hold none up later. Under a ceiling
 * there is time for that later too, and the routes that were asked for would be old by then. */
size_t ht_scheduler_wanted(const struct ht_scheduler *scheduler)
{
    size_t waiting = scheduler->rounds - scheduler->under_way - scheduler->blocked;
    if (ht_scheduler_none_under_way(scheduler) && !scheduler->paced)
        return waiting < KEPT_MAX ? KEPT_MAX - waiting : 0;
    return waiting < WAITING_FEW ? WAITING_MANY - waiting : 0;
}

static bool is_stream(const struct ht_scheduler *scheduler)
{
    return scheduler->cohort > KEPT_MAX && scheduler->queues.first[HT_ROUND_WAITING] != NULL;
}

bool ht_scheduler_full(const struct ht_scheduler *scheduler)
{
    return is_stream(scheduler) ? scheduler->done >= STREAM_FINISHED
                                : scheduler->under_way >= KEPT_MAX;
}

bool ht_scheduler_may_begin(const struct ht_scheduler *scheduler)
{
    size_t besides = scheduler->awaiting_only_count < AWAITING_ONLY_MAX
                         ? scheduler->awaiting_only_count
                         : AWAITING_ONLY_MAX;
    size_t most = is_stream(scheduler) ? STREAM_UNDER_WAY : UNDER_WAY_MAX;
    return scheduler->queues.first[HT_ROUND_WAITING] != NULL &&
           scheduler->under_way - besides - scheduler->done < most;
}

struct ht_round *ht_scheduler_begin(struct ht_scheduler *scheduler)
{
    while (ht_scheduler_may_begin(scheduler)) {
        struct ht_round *round = scheduler->queues.first[HT_ROUND_WAITING];
        if (ht_transport_of(&round->flow)->one_at_a_time &&
            ht_flow_table_first(&scheduler->flows, round->flow.flow_tag) != NULL) {
            ht_round_queues_move(&scheduler->queues, round, HT_ROUND_BLOCKED);
            scheduler->blocked++;
            continue;
        }
        ht_flow_table_add(&scheduler->flows, round);
        ht_round_queues_move(&scheduler->queues, round, HT_ROUND_READY);
        scheduler->under_way++;
        return round;
    }
    return NULL;
}

void ht_scheduler_move(struct ht_scheduler *scheduler, struct ht_round *round,
                       enum ht_round_state state, bool awaiting_only)
{
    bool was_done = ht_slot_is_done(&round->slot);
    bool is_done = state == HT_ROUND_DONE || state == HT_ROUND_FINISHED;
    note_done(scheduler, round, was_done, is_done);
    if (is_done && !was_done && round->end.destination_ttl != 0 && !round->log.asked.partial)
        ht_hop_distances_add(&scheduler->distances, round->end.destination_ttl,
                             ht_path_end_way_back(&round->log, &round->end));
    note_awaiting_only(scheduler, &round->slot, awaiting_only);
    HT_ASSERT(scheduler->done + scheduler->awaiting_only_count <= scheduler->under_way);
    ht_round_queues_move(&scheduler->queues, round, state);
}

/* True if distance probes are worth their price: they find out at once how long a path is, where
 * very many rounds would go through a round trip for each hop. Under a ceiling these round trips
 * cost no time as long as other rounds have probes to send. */
static bool may_measure_distance(const struct ht_scheduler *scheduler)
{
    bool idle = scheduler->queues.first[HT_ROUND_WAITING] == NULL &&
                scheduler->queues.first[HT_ROUND_READY] == NULL;
    return scheduler->cohort > HT_VERY_MANY && (idle || !scheduler->paced);
}

/* Where distance probes tell how long the paths are, the other probes of a round can wait: DEFERRED
 * behind rounds that have not begun, and LAST_SEND, what is left of a path to be sent, behind
 * these. All of a large cohort has begun well before the end then, and in the last round trips
 * there is still enough to send. A smaller cohort begins soon enough, and would only ask more at
 * once of a router that keeps to a rate limit. The scouts never wait: the others learn from their
 * answers. */
enum ht_round_state ht_scheduler_urgency(const struct ht_scheduler *scheduler,
                                         const struct ht_round *round, bool distance)
{
    bool deferred = !distance && !scheduler->paced && round->ids.serial >= SCOUTS &&
                    round->hints.common_ttl != 0 && scheduler->cohort > DEFERRED_COHORT;
    if (!deferred)
        return HT_ROUND_READY;
    return ht_window_is_last(round) ? HT_ROUND_LAST_SEND : HT_ROUND_DEFERRED;
}

/* The ttl for a distance probe: two thirds of the paths that are longer than what this round knows
 * of its own end there or before. On a path that does, the probe is one too many, but its answer
 * tells how long the path is; on a longer one it measures a hop. A TCP probe goes where no path is
 * longer: all others that might get to a listener have to wait for it, so that one is to be enough.
 * 0: none is known. */
static uint8_t distance_ttl(const struct ht_scheduler *scheduler, const struct ht_round *round)
{
    uint8_t common_ttl = scheduler->distances.common_ttl;
    uint8_t longer = common_ttl > 0 ? (uint8_t)(common_ttl - 1) : 0;
    if (longer < round->end.reaches_ttl)
        longer = round->end.reaches_ttl;
    if (longer < round->end.last_router_ttl)
        longer = round->end.last_router_ttl;
    if (ht_transport_of(&round->flow)->one_at_a_time && common_ttl > 0)
        return scheduler->distances.longest_ttl > longer ? scheduler->distances.longest_ttl : 0;
    return round->hints.distance_ttl > longer
               ? round->hints.distance_ttl
               : ht_hop_distances_mostly(&scheduler->distances, longer);
}

/* The look-ahead in ttls. A scout's is as if it were alone. Others': 1 while rounds wait to begin,
 * as there is no hurry then to see any path whole; else by the number of rounds that still send. */
static uint8_t look_ahead(const struct ht_scheduler *scheduler, const struct ht_round *round,
                          bool distance_probes)
{
    bool others_wait = scheduler->queues.first[HT_ROUND_WAITING] != NULL;
    if (round->ids.serial < SCOUTS && (others_wait || scheduler->cohort > HT_VERY_MANY))
        return ht_window_look_ahead(1, 1, distance_probes);
    if (others_wait)
        return 1;
    return ht_window_look_ahead(scheduler->under_way - scheduler->done -
                                    scheduler->awaiting_only_count,
                                scheduler->cohort, distance_probes);
}

void ht_scheduler_set_look_ahead(const struct ht_scheduler *scheduler, struct ht_round *round)
{
    bool distance_probes = may_measure_distance(scheduler);
    round->hints.common_ttl = scheduler->distances.common_ttl;
    round->hints.shortest_ttl = scheduler->distances.shortest_ttl;
    round->hints.asymmetry = scheduler->distances.asymmetry;
    round->hints.distance_ttl =
        distance_probes && round->end.ends_ttl == 0 ? distance_ttl(scheduler, round) : 0;
    round->hints.look_ahead = look_ahead(scheduler, round, distance_probes);
}
