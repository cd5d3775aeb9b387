/* The rounds of one target's flows: each is measured like a target's only one, and when all of them
 * are finished their record is one. A target with one flow has no group, unless it looks for all
 * paths. */
#ifndef HT_PROBING_FLOW_GROUP_H
#define HT_PROBING_FLOW_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_flow_search;
struct ht_round;

/* Invariants: finished <= present <= count <= capacity. */
struct ht_flow_group {
    uint16_t count;                /* rounds that have entered */
    uint16_t present;              /* of these, not freed yet */
    uint16_t finished;             /* of these, in HT_ROUND_DONE or HT_ROUND_FINISHED */
    struct ht_flow_search *search; /* owned: begins further flows; NULL: there will be none */
    struct ht_round **rounds;      /* owned, the rounds borrowed: in the order of their entry */
    size_t capacity;
};

/* NULL: no memory. */
struct ht_flow_group *ht_flow_group_new(void);

/* Of a group in which no round is present. */
void ht_flow_group_free(struct ht_flow_group *group);

/* Makes room for `count` more rounds. False: no memory. */
bool ht_flow_group_reserve(struct ht_flow_group *group, uint16_t count);

/* Enters the next flow's round, for which there is room, and which knows its group from then on. */
void ht_flow_group_enter(struct ht_flow_group *group, struct ht_round *round);

/* A round is being freed; with the last one the group is gone. NULL is allowed. */
void ht_flow_group_leave(struct ht_flow_group *group);

/* True if a record can be made of it: every flow is finished. */
static inline bool ht_flow_group_is_finished(const struct ht_flow_group *group)
{
    return group->finished == group->count;
}

#endif
