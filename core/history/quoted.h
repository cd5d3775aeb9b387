/* What the hops of one flow quoted of its probes, as verdicts look at it. Pure. */
#ifndef HT_HISTORY_QUOTED_H
#define HT_HISTORY_QUOTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

/* All that the routers of one ttl quoted, and what the destination sent back of a probe. */
struct ht_quoted_hop {
    uint8_t count;    /* different values of TOS, 2 at most */
    uint8_t tos[2];   /* those; of more than two, the first ones */
    bool mirrored;    /* an echo reply had this TOS: hosts answer with the one that they received */
    uint8_t mirror;   /* that */
    uint8_t same;     /* fields that a quote showed as they left, 1 << enum ht_quoted_field */
    uint8_t modified; /* those that one showed otherwise */
};

/* Of a flow's own record, by ttl - 1; ttls that it does not list have quoted nothing. Returns the
 * last listed ttl. */
size_t ht_quoted_hops_of(const struct ht_report *report,
                         struct ht_quoted_hop hops[static UINT8_MAX]);

/* True if some hop quoted another TOS than was sent, or anything else otherwise than it left. */
bool ht_quoted_differs(const struct ht_report *report, uint8_t sent);

#endif
