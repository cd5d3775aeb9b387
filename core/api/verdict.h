/* What the last rounds of a target show together, as its records say it. */
#ifndef HT_API_VERDICT_H
#define HT_API_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "hoptrace/report.h"

struct ht_scheduled_target;

/* What the record that is shown points to. */
struct ht_shown_window {
    struct ht_report_window window;
    struct ht_hop *hops;   /* owned */
    size_t capacity;       /* of `hops` */
    struct ht_node *nodes; /* owned: of targets with several flows */
    size_t node_capacity;
};

/* Enters a round, of which the path's memory knows already. `changed_ttl`: from where on it has
 * found the path to be another one; 0: it has not. The verdict waits in the target's news. */
void ht_verdict_take(struct ht_scheduled_target *scheduled, const struct ht_report *report,
                     uint8_t changed_ttl);

/* Fills the window of a record of a target that is remembered, and what its hops say of it. What
 * they then point to is gone with the next call. Without memory the hops say nothing. */
void ht_verdict_show(struct ht_scheduled_target *scheduled, struct ht_report *report);

void ht_verdict_fini(struct ht_shown_window *shown);

#endif
