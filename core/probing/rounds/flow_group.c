#include "probing/rounds/flow_group.h"

#include <stdlib.h>

#include "base/assert.h"
#include "probing/log/round_state.h"
#include "probing/multipath/flow_search.h"

struct ht_flow_group *ht_flow_group_new(uint8_t capacity)
{
    struct ht_flow_group *group = calloc(1, sizeof *group + capacity * sizeof(struct ht_round *));
    if (group != NULL)
        group->capacity = capacity;
    return group;
}

void ht_flow_group_free(struct ht_flow_group *group)
{
    ht_flow_search_free(group->search);
    free(group);
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
