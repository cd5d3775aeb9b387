#include "probing/rounds/flow_group.h"

#include <stdlib.h>

#include "base/assert.h"
#include "probing/log/round_state.h"

struct ht_flow_group *ht_flow_group_new(uint8_t count)
{
    struct ht_flow_group *group = calloc(1, sizeof *group + count * sizeof(struct ht_round *));
    if (group != NULL)
        group->count = count;
    return group;
}

void ht_flow_group_enter(struct ht_flow_group *group, struct ht_round *round)
{
    HT_ASSERT(group->present < group->count);
    group->rounds[group->present++] = round;
    round->group = group;
}

void ht_flow_group_leave(struct ht_flow_group *group)
{
    if (group != NULL && --group->present == 0)
        free(group);
}
