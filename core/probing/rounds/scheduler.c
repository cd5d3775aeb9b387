#include "probing/rounds/scheduler.h"

#include "probing/log/path_end.h"
#include "probing/log/round_state.h"
#include "probing/round/window.h"
#include "wire/probe.h"
#include "wire/transport.h"

/* So many rounds that are not finished are under way at a time: enough to fill any network, few
 * enough that what is sent before the first answers come is no flood, and that the memory of many
 * targets is bounded. */
#define UNDER_WAY_MAX 8192

/* A crowd of more than so many is patient, see ht_scheduler_urgency. */
#define PATIENT_CROWD 4096

/* Besides, so many that have found their destination and only wait for silent hops' sake. */
#define AWAITING_ONLY_MAX 3072

/* So few waiting ones may all begin before the next look; so many are enough for a while, and still
 * in the cache when they begin. */
#define WAITING_FEW  64
#define WAITING_MANY 128

/* So many, under way, finished or made ready before the first one begins, are kept in memory. */
#define KEPT_MAX 10240

/* Of a larger crowd they come and go for long, and what is used time and again should stay in the
 * cache: only so many are under way, and so many finished ones kept while others wait. */
#define STREAM_UNDER_WAY 4096
#define STREAM_FINISHED  1024

/* Of those that came together, one in so many is forgotten with each that comes by itself. */
#define COHORT_FADES 16

/* The first rounds look far ahead even among many: the others learn from them. */
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

bool ht_scheduler_reserve(struct ht_scheduler *scheduler)
{
    return ht_flow_table_reserve(&scheduler->flows, scheduler->runs + 1);
}

/* Others that wait show that a round comes together with them. */
static void note_coming(struct ht_scheduler *scheduler)
{
    if (scheduler->runs == 0)
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
    scheduler->runs++;
}

/* Gives a TCP flow back to those that wait for it: two rounds with one flow would confuse the
 * listener that both reach. */
static void release_flow(struct ht_scheduler *scheduler, const struct ht_flow *flow)
{
    for (struct ht_round *blocked = scheduler->queues.first[HT_ROUND_BLOCKED], *next;
         blocked != NULL; blocked = next) {
        next = blocked->slot.next;
        if (blocked->flow.flow_tag != flow->flow_tag)
            continue;
        ht_round_queues_move(&scheduler->queues, blocked, HT_ROUND_WAITING);
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

void ht_scheduler_leave(struct ht_scheduler *scheduler, struct ht_round *round)
{
    if (is_under_way(&round->slot)) {
        scheduler->under_way--;
        scheduler->done -= round->slot.state == HT_ROUND_DONE;
        note_awaiting_only(scheduler, &round->slot, false);
        ht_flow_table_remove(&scheduler->flows, round);
        release_flow(scheduler, &round->flow);
    }
    scheduler->blocked -= round->slot.state == HT_ROUND_BLOCKED;
    ht_round_queues_unlink(&scheduler->queues, &round->slot);
    scheduler->runs--;
}

bool ht_scheduler_none_under_way(const struct ht_scheduler *scheduler)
{
    return scheduler->under_way == 0;
}

/* What is made ready before the first probe leaves holds none up later. Under a ceiling there is
 * time for it later too, and the ways that were asked for would be old by then. */
size_t ht_scheduler_wanted(const struct ht_scheduler *scheduler)
{
    size_t waiting = scheduler->runs - scheduler->under_way - scheduler->blocked;
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
    bool was_done = round->slot.state == HT_ROUND_DONE;
    scheduler->done += state == HT_ROUND_DONE && !was_done;
    scheduler->done -= state != HT_ROUND_DONE && was_done;
    if (state == HT_ROUND_DONE && !was_done && round->end.destination_ttl != 0)
        ht_hop_distances_add(&scheduler->distances, round->end.destination_ttl,
                             ht_path_end_way_back(&round->log, &round->end));
    note_awaiting_only(scheduler, &round->slot, awaiting_only);
    ht_round_queues_move(&scheduler->queues, round, state);
}

/* Distance probes find out sooner how long a path is: worth their price where very many would go
 * through a round trip for each hop, unless it is a ceiling that all wait for. */
static bool may_measure_distance(const struct ht_scheduler *scheduler)
{
    bool idle = scheduler->queues.first[HT_ROUND_WAITING] == NULL &&
                scheduler->queues.first[HT_ROUND_READY] == NULL;
    return scheduler->cohort > HT_VERY_MANY && (idle || !scheduler->paced);
}

/* Where distance probes tell how long the paths are, what they leave to be sent can wait, most of
 * all what comes last of a path: all of a crowd has begun well before the end then, and in the last
 * round trips there is still enough to do. A smaller crowd begins soon enough, and would only ask
 * more at once of a router that keeps to a limit. The scouts' answers others wait for. */
enum ht_round_state ht_scheduler_urgency(const struct ht_scheduler *scheduler,
                                         const struct ht_round *round, bool far)
{
    bool patient = !far && !scheduler->paced && round->ids.serial >= SCOUTS &&
                   round->hints.common_ttl != 0 && scheduler->cohort > PATIENT_CROWD;
    if (!patient)
        return HT_ROUND_READY;
    return ht_window_is_last(round) ? HT_ROUND_LAST_SEND : HT_ROUND_DEFERRED;
}

/* A distance probe goes where most paths have ended that are still possible: it is in vain for
 * these, but tells them the rest; the others have it as a hop of theirs. To a TCP listener, which
 * all wait for that would get there, it goes where no path is longer. */
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

/* While others wait for their turn there is no hurry to see any path whole. */
static uint8_t look_ahead(const struct ht_scheduler *scheduler, const struct ht_round *round,
                          bool far)
{
    bool others_wait = scheduler->queues.first[HT_ROUND_WAITING] != NULL;
    if (round->ids.serial < SCOUTS && (others_wait || scheduler->cohort > HT_VERY_MANY))
        return ht_window_look_ahead(1, 1, far);
    if (others_wait)
        return 1;
    return ht_window_look_ahead(scheduler->under_way - scheduler->done -
                                    scheduler->awaiting_only_count,
                                scheduler->cohort, far);
}

void ht_scheduler_set_look_ahead(const struct ht_scheduler *scheduler, struct ht_round *round)
{
    bool far = may_measure_distance(scheduler);
    round->hints.common_ttl = scheduler->distances.common_ttl;
    round->hints.shortest_ttl = scheduler->distances.shortest_ttl;
    round->hints.asymmetry = scheduler->distances.asymmetry;
    round->hints.distance_ttl =
        far && round->end.ends_ttl == 0 ? distance_ttl(scheduler, round) : 0;
    round->hints.look_ahead = look_ahead(scheduler, round, far);
}
