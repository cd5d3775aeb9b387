/* The rounds of one target's flows: each is measured like a target's only one, and when all of them
 * are finished their record is one. A target with one flow has no group, unless it looks for all
 * paths. */
#ifndef HT_PROBING_FLOW_GROUP_H
#define HT_PROBING_FLOW_GROUP_H

#include <stdbool.h>
#include <stdint.h>

struct ht_flow_search;
struct ht_round;

/* Invariants: finished <= present <= count <= capacity. */
struct ht_flow_group {
    uint8_t capacity;
    uint8_t count;                 /* rounds that have entered */
    uint8_t present;               /* of these, not freed yet */
    uint8_t finished;              /* of these, in HT_ROUND_DONE or HT_ROUND_FINISHED */
    struct ht_flow_search *search; /* owned: begins further flows; NULL: there will be none */
    struct ht_round *rounds[];     /* borrowed: in the order in which they entered */
};

/* For at most `capacity` flows. NULL: no memory. */
struct ht_flow_group *ht_flow_group_new(uint8_t capacity);

/* Of a group in which no round is present. */
void ht_flow_group_free(struct ht_flow_group *group);

/* Enters the next flow's round, which knows its group from then on. */
void ht_flow_group_enter(struct ht_flow_group *group, struct ht_round *round);

/* A round is being freed; with the last one the group is gone. NULL is allowed. */
void ht_flow_group_leave(struct ht_flow_group *group);

/* True if a record can be made of it: every flow is finished. */
static inline bool ht_flow_group_is_finished(const struct ht_flow_group *group)
{
    return group->finished == group->count;
}

#endif
