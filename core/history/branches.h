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
    uint64_t asked; /* value of `asked` when its number was last asked for */
    uint8_t ttl;
    uint8_t number; /* 1 to HT_BRANCHES_MAX */
};

/* {0}: none. Bounds: HT_BRANCHES_MAX a ttl. */
struct ht_branches {
    struct ht_branch *list; /* owned */
    size_t count;
    size_t capacity;
    uint64_t asked; /* numbers that were asked for so far */
};

void ht_branches_fini(struct ht_branches *branches);

/* The number of a node of a hop, which gets one if the hop has several nodes, or had before. Where
 * HT_BRANCHES_MAX others have one, it gets that of the node which was not seen for longest, and is
 * none of the hop's. 0: it has none, all of these are the hop's, or there is no memory. */
uint8_t ht_branches_number(struct ht_branches *branches, const struct ht_hop *hop,
                           const struct ht_node *node);

#endif
