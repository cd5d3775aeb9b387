/* The scheduler: all rounds of a prober, which of them wait and which are under way, which is next
 * to send, how many may be under way at a time, and how far each may look ahead.
 *
 * Only these functions write the scheduler; others read it. Invariants:
 *
 *   rounds    = waiting + blocked + under_way
 *   under_way = rounds in HT_ROUND_READY, _DEFERRED, _LAST_SEND, _ACTIVE, _DONE or _FINISHED
 *   done + awaiting_only_count <= under_way */
#ifndef HT_PROBING_SCHEDULER_H
#define HT_PROBING_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "probing/rounds/flow_table.h"
#include "probing/rounds/hop_distance.h"
#include "probing/rounds/round_queues.h"

struct ht_scheduler {
    struct ht_round_queues queues;
    struct ht_flow_table flows;        /* of the rounds under way */
    struct ht_hop_distances distances; /* of the rounds that are finished */
    size_t rounds;
    size_t under_way;
    size_t done;                /* rounds under way that are finished, their record not closed */
    size_t awaiting_only_count; /* rounds under way that know their destination and only wait for
                                   answers */
    size_t cohort;              /* estimate: rounds that came together with those that are here */
    size_t blocked;             /* rounds that wait for another one's TCP flow */
    bool paced;                 /* there is a ceiling of packets a second */
};

void ht_scheduler_init(struct ht_scheduler *scheduler, bool paced);

/* Frees what the scheduler owns; no round is in it. */
void ht_scheduler_fini(struct ht_scheduler *scheduler);

/* Makes room for `count` more rounds. False: no memory. */
bool ht_scheduler_reserve(struct ht_scheduler *scheduler, size_t count);

/* Takes in a round, which waits. ht_scheduler_reserve has made room for it. */
void ht_scheduler_enter(struct ht_scheduler *scheduler, struct ht_round *round);

/* Lets a round go, whatever its state; rounds that were blocked by its flow wait from now on. */
void ht_scheduler_leave(struct ht_scheduler *scheduler, struct ht_round *round);

/* How many further rounds are wanted. Before the first one begins, and without a ceiling: as many
 * as are kept in memory. Else none while 64 or more wait, and else as many as make 128 of them. */
size_t ht_scheduler_wanted(const struct ht_scheduler *scheduler);

/* True while no round is under way: there is time to make rounds ready. */
bool ht_scheduler_none_under_way(const struct ht_scheduler *scheduler);

/* True if no more rounds that are finished can be kept beside those under way. */
bool ht_scheduler_full(const struct ht_scheduler *scheduler);

/* True if a round that waits may begin. */
bool ht_scheduler_may_begin(const struct ht_scheduler *scheduler);

/* Begins the next round that may: it is under way from now on, in HT_ROUND_READY. NULL: none may.
 */
struct ht_round *ht_scheduler_begin(struct ht_scheduler *scheduler);

/* Moves a round that is under way to another state of rounds under way. `awaiting_only`: it knows
 * its destination, and has nothing to send for now. */
void ht_scheduler_move(struct ht_scheduler *scheduler, struct ht_round *round,
                       enum ht_round_state state, bool awaiting_only);

/* The state of a round that has a probe due: HT_ROUND_READY, HT_ROUND_DEFERRED or
 * HT_ROUND_LAST_SEND. `distance`: what is due is a distance probe. */
enum ht_round_state ht_scheduler_urgency(const struct ht_scheduler *scheduler,
                                         const struct ht_round *round, bool distance);

/* Sets the round's hints: how far it may look ahead, by the rounds under way and the distances
 * known now. */
void ht_scheduler_set_look_ahead(const struct ht_scheduler *scheduler, struct ht_round *round);

#endif
