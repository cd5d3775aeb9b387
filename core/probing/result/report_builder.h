/* Makes reports of rounds. Memory is kept from one report to the next. */
#ifndef HT_PROBING_REPORT_BUILDER_H
#define HT_PROBING_REPORT_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "hoptrace/report.h"
#include "hoptrace/time.h"
#include "probing/log/round_state.h"

/* Scratch space; {0} is empty. */
struct ht_report_builder {
    const struct ht_zones *zones; /* borrowed: names for the scopes of addresses; may be NULL */
    struct ht_hop *hops;
    size_t hop_capacity;
    struct ht_node *nodes;
    size_t node_capacity;
    int64_t *rtt_ns;
    size_t rtt_capacity;
    uint32_t ends[UINT8_MAX + 2]; /* index in rtt_ns behind the last time of each hop */
};

void ht_report_builder_fini(struct ht_report_builder *builder);

/* Fills *report from a round that ends at `now`, after ht_loss_cut_short if the reason is deadline
 * or interrupted. It points into the builder (until the next call), the round and its target.
 * Without memory the report has status `error`, the round's counts and no hops: a record all the
 * same. */
void ht_report_builder_report(struct ht_report_builder *builder, const struct ht_round *round,
                              enum ht_stop_reason stop_reason, struct ht_now now,
                              struct ht_report *report);

/* Fills *hop for one ttl; false without memory. Lifetime as above. */
bool ht_report_builder_hop(struct ht_report_builder *builder, const struct ht_probe_log *log,
                           uint8_t ttl, struct ht_hop *hop);

/* Fills *report for a target without a round: no probe was handed out. `reason` is
 * one of resolve_error, permission_error, error, deadline or interrupted; `text` may be NULL. */
void ht_report_builder_unmeasured(const struct ht_target *target, enum ht_stop_reason reason,
                                  const char *text, struct ht_now now, struct ht_report *report);

#endif
