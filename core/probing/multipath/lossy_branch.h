/* Which branch loses? Pure.
 *
 * From what each flow sent and received end to end, over some rounds, and the nodes that it passes.
 * A node is lossy when the flows through it lose more than the others: Fisher's exact test,
 * one-sided, at most 1 % over all nodes together (1 % / the number of different sets of flows that
 * nodes have), and at least 4 lost.
 *
 * A node before or behind the bad one shares flows with it, and would seem to lose as well. So
 * nodes are taken one after the other: the one that explains most (the greatest ratio of
 * likelihoods of two rates and of one), with those that exactly the same flows pass; its flows are
 * left out from then on. */
#ifndef HT_PROBING_MULTIPATH_LOSSY_BRANCH_H
#define HT_PROBING_MULTIPATH_LOSSY_BRANCH_H

#include <stdbool.h>
#include <stdint.h>

#include "history/counts.h"
#include "probing/multipath/path_view.h"

struct ht_lossy_branch {
    uint16_t
        node; /* the lossy node of the lowest ttl that answers; HT_UNKNOWN: none, or all silent */
    uint16_t after; /* the last node that answers (or this host), before the first lossy one, and
                       that all lossy flows pass; HT_UNKNOWN: nothing is lossy */
    uint16_t flows; /* that pass a lossy node */
};

/* `counts`: [flow], end to end, as many as the view has flows. False: no memory. */
bool ht_lossy_branch_find(struct ht_path_view *view, const struct ht_counts *counts,
                          struct ht_lossy_branch *branch);

#endif
