#include "history/branches.h"

#include <stdlib.h>

#include "base/address.h"

void ht_branches_fini(struct ht_branches *branches)
{
    free(branches->list);
    *branches = (struct ht_branches){.list = NULL};
}

static bool make_room(struct ht_branches *branches)
{
    if (branches->count < branches->capacity)
        return true;
    size_t capacity = branches->capacity == 0 ? 8 : branches->capacity * 2;
    struct ht_branch *list = realloc(branches->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    branches->list = list;
    branches->capacity = capacity;
    return true;
}

uint8_t ht_branches_number(struct ht_branches *branches, const struct ht_hop *hop,
                           const struct ht_node *node)
{
    uint8_t last = 0;
    for (size_t i = 0; i < branches->count; i++) {
        const struct ht_branch *branch = &branches->list[i];
        if (branch->ttl != hop->ttl)
            continue;
        if (ht_address_equal(&branch->address, &node->facts.address))
            return branch->number;
        last = branch->number;
    }
    bool several = hop->node_count > 1 || last > 0;
    if (!several || last == HT_BRANCHES_MAX || !make_room(branches))
        return 0;
    uint8_t number = (uint8_t)(last + 1);
    branches->list[branches->count++] =
        (struct ht_branch){.address = node->facts.address, .ttl = hop->ttl, .number = number};
    return number;
}
