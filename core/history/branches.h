/* Numbers of the nodes of a ttl at which several were seen, in the order of their first appearance:
 * a series of one node stays the same from round to round. Pure. */
#ifndef HT_HISTORY_BRANCHES_H
#define HT_HISTORY_BRANCHES_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/report.h"

struct ht_branch {
    struct ht_address address;
    uint8_t ttl;
    uint8_t number; /* 1 to HT_BRANCHES_MAX */
};

/* {0}: none. Bounds: HT_BRANCHES_MAX a ttl. */
struct ht_branches {
    struct ht_branch *list; /* owned */
    size_t count;
    size_t capacity;
};

void ht_branches_fini(struct ht_branches *branches);

/* The number of a node of a hop, which gets one if the hop has several nodes, or had before. 0: it
 * has none, HT_BRANCHES_MAX others have, or there is no memory. */
uint8_t ht_branches_number(struct ht_branches *branches, const struct ht_hop *hop,
                           const struct ht_node *node);

#endif
