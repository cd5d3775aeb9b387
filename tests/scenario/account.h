/* What became of a round's probes, counted from the ledger: hops, nodes, where the path ends. */
#ifndef HT_SCENARIO_ACCOUNT_H
#define HT_SCENARIO_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"

/* Addresses of a ttl that are listed at most. */
#define NODES_MAX 256

/* What happened at one ttl, or at one node of it. */
struct tally {
    uint32_t sent;
    uint32_t swallowed; /* of them; see ledger.h */
    uint32_t excused;   /* of them, unanswered where a router keeps to a limit, or where it cannot
                           be told that they are */
    uint32_t received;
    uint32_t nameless;             /* of the answers; see ledger.h */
    double *rtt_ms;                /* in sending order; room for every probe of the round */
    const struct seen_probe *last; /* the answer that arrived last */
    uint32_t first_arrival;
};

/* Where the path ends, as the answers tell: the lowest ttl of each kind, the highest that answered;
 * 0: none. */
struct ends {
    uint8_t destination;
    uint8_t unreachable;
    uint8_t last;
};

/* It stayed unanswered while answers could not be read: no loss. */
bool account_is_unread(const struct seen_probe *probe);

/* The probes of one ttl (0: of all), answered by one address (NULL: by any). */
struct tally account_count_probes(const struct ledger_round *round, uint8_t ttl,
                                  const struct ht_address *responder, double *room);

/* What a hop leaves out for want of a name is out: the first ones, since from then on they are told
 * apart. */
void account_settle_untold(struct ledger_round *round, const struct ht_report *report);

/* Where the round's path ends. What was answered to a probe that ran ahead, with hops between that
 * were not asked, says nothing of it. */
struct ends account_ends_of(const struct ledger_round *round, const struct ht_report *report);

/* Every address that answered at this ttl, once, in the order of first answers. */
size_t account_list_nodes(const struct ledger_round *round, uint8_t ttl, struct ht_address *nodes,
                          double *room);

/* The path's identity; false: nothing answered. */
bool account_path_of(const struct ledger_round *round, const struct ht_report *report,
                     uint32_t *path, double *room);

#endif
