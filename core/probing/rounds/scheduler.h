/* All rounds of a prober: which wait and which are under way, whose turn it is, how many may be at
 * it at a time, and how far each of them may look ahead. Others read what stands here; only these
 * functions write it. */
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
    struct ht_hop_distances distances; /* of those that are finished */
    size_t runs;
    size_t under_way;           /* of these, those that are neither waiting nor blocked */
    size_t done;                /* of these, those that are finished */
    size_t awaiting_only_count; /* of these, those that only wait */
    size_t cohort;              /* about as many came together with those that are here */
    size_t blocked;             /* those that wait for the flow of another one */
    bool paced;                 /* no more probes leave than a ceiling allows */
};

void ht_scheduler_init(struct ht_scheduler *scheduler, bool paced);

/* Frees what the scheduler owns; no round is in it. */
void ht_scheduler_fini(struct ht_scheduler *scheduler);

/* Makes room for one more round. False: no memory. */
bool ht_scheduler_reserve(struct ht_scheduler *scheduler);

/* Takes in a round, which waits. There is room for it. */
void ht_scheduler_enter(struct ht_scheduler *scheduler, struct ht_round *round);

/* Lets a round go, whatever its state, and those that waited for its flow wait for their turn. */
void ht_scheduler_leave(struct ht_scheduler *scheduler, struct ht_round *round);

/* How many further rounds are wanted: before the first one begins as many as are kept in memory;
 * then none while many wait, and many at a time. */
size_t ht_scheduler_wanted(const struct ht_scheduler *scheduler);

/* True while there is time to make rounds ready: none is under way. */
bool ht_scheduler_none_under_way(const struct ht_scheduler *scheduler);

/* True if no more rounds that are finished can be kept beside those under way. */
bool ht_scheduler_full(const struct ht_scheduler *scheduler);

/* True if a round that waits may begin. */
bool ht_scheduler_may_begin(const struct ht_scheduler *scheduler);

/* The next round that may begin is under way from now on, a probe being due. NULL: none may. */
struct ht_round *ht_scheduler_begin(struct ht_scheduler *scheduler);

/* Moves a round that is under way to HT_ROUND_READY, HT_ROUND_ACTIVE or HT_ROUND_DONE.
 * `awaiting_only`: it knows its destination and only waits. */
void ht_scheduler_move(struct ht_scheduler *scheduler, struct ht_round *round,
                       enum ht_round_state state, bool awaiting_only);

/* HT_ROUND_READY, HT_ROUND_DEFERRED or HT_ROUND_LAST_SEND: which of them a round with this round is
 * in if a probe is due, which is a far one or not. */
enum ht_round_state ht_scheduler_urgency(const struct ht_scheduler *scheduler,
                                         const struct ht_round *round, bool far);

/* Sets how far a round may look ahead as things stand. */
void ht_scheduler_set_look_ahead(const struct ht_scheduler *scheduler, struct ht_round *round);

#endif
