#include "probing/rounds/flow_group.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/inline_array.h"
#include "probing/log/round_state.h"
#include "probing/multipath/flow_search.h"

/* Room for rounds at first: as many flows as prove a path without branches. */
#define ROUNDS_FIRST 8

struct ht_flow_group *ht_flow_group_new(void)
{
    return calloc(1, sizeof(struct ht_flow_group));
}

void ht_flow_group_free(struct ht_flow_group *group)
{
    ht_flow_search_free(group->search);
    free(group->rounds);
    free(group);
}

bool ht_flow_group_reserve(struct ht_flow_group *group, uint16_t count)
{
    static const struct ht_inline_growth growth = {
        .size = sizeof(struct ht_round *), .least = ROUNDS_FIRST, .limit = HT_FLOWS_SEARCHED};
    void *rounds = group->rounds;
    bool done =
        ht_inline_array_grow(&growth, &rounds, &group->capacity, group->count + (size_t)count);
    group->rounds = rounds;
    return done;
}

void ht_flow_group_enter(struct ht_flow_group *group, struct ht_round *round)
{
    HT_ASSERT(group->count < group->capacity);
    group->rounds[group->count++] = round;
    group->present++;
    round->group = group;
}

void ht_flow_group_leave(struct ht_flow_group *group)
{
    if (group != NULL && --group->present == 0)
        ht_flow_group_free(group);
}
