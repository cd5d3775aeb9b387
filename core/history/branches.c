#include "history/branches.h"

#include <stdlib.h>

#include "base/address.h"
#include "base/array.h"

void ht_branches_fini(struct ht_branches *branches)
{
    free(branches->list);
    *branches = (struct ht_branches){.list = NULL};
}

static bool is_listed(const struct ht_hop *hop, const struct ht_address *address)
{
    for (size_t i = 0; i < hop->node_count; i++) {
        if (ht_address_equal(&hop->nodes[i].facts.address, address))
            return true;
    }
    return false;
}

/* The branch of the hop's ttl that gives its number to another node; NULL: none. */
static struct ht_branch *find_oldest(const struct ht_branches *branches, const struct ht_hop *hop)
{
    struct ht_branch *oldest = NULL;
    for (size_t i = 0; i < branches->count; i++) {
        struct ht_branch *branch = &branches->list[i];
        if (branch->ttl == hop->ttl && (oldest == NULL || branch->asked < oldest->asked) &&
            !is_listed(hop, &branch->address))
            oldest = branch;
    }
    return oldest;
}

/* A branch for another node of the hop, `last` being the highest number of its ttl; NULL: none. */
static struct ht_branch *take_branch(struct ht_branches *branches, const struct ht_hop *hop,
                                     uint8_t last)
{
    if (last == HT_BRANCHES_MAX)
        return find_oldest(branches, hop);
    struct ht_branch *list =
        ht_array_room(branches->list, branches->count, &branches->capacity, sizeof *list);
    if (list == NULL)
        return NULL;
    branches->list = list;
    struct ht_branch *branch = &branches->list[branches->count++];
    *branch = (struct ht_branch){.ttl = hop->ttl, .number = (uint8_t)(last + 1)};
    return branch;
}

uint8_t ht_branches_number(struct ht_branches *branches, const struct ht_hop *hop,
                           const struct ht_node *node)
{
    uint8_t last = 0;
    branches->asked++;
    for (size_t i = 0; i < branches->count; i++) {
        struct ht_branch *branch = &branches->list[i];
        if (branch->ttl != hop->ttl)
            continue;
        if (ht_address_equal(&branch->address, &node->facts.address)) {
            branch->asked = branches->asked;
            return branch->number;
        }
        last = branch->number;
    }
    if (hop->node_count <= 1 && last == 0)
        return 0;
    struct ht_branch *taken = take_branch(branches, hop, last);
    if (taken == NULL)
        return 0;
    taken->address = node->facts.address;
    taken->asked = branches->asked;
    return taken->number;
}
