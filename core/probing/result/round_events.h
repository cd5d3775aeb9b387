/* What is told of rounds: hops and nodes while they are under way, to those who listen and to other
 * targets; the record at the end. */
#ifndef HT_PROBING_ROUND_EVENTS_H
#define HT_PROBING_ROUND_EVENTS_H

#include <stdint.h>

#include "hoptrace/time.h"
#include "probing/log/round_state.h"
#include "probing/prober.h"
#include "probing/result/report_builder.h"

struct ht_round_events {
    const struct ht_prober_options *options; /* borrowed: who is told */
    struct ht_report_builder summary;
    uint32_t overflows; /* packets that this host has dropped so far; the prober counts them */
};

void ht_round_events_init(struct ht_round_events *reporter,
                          const struct ht_prober_options *options);
void ht_round_events_fini(struct ht_round_events *reporter);

/* Tells on_hop of the hops that are complete, in order, as far as an answer beyond them or the
 * destination shows that the report will list them. */
void ht_round_events_tell_hops(struct ht_round_events *reporter, struct ht_round *round,
                               struct ht_now now);

/* Tells on_node of the addresses that are new. */
void ht_round_events_tell_nodes(const struct ht_round_events *reporter, struct ht_probe_log *log,
                                struct ht_told *told);

/* Lets other targets have the hops that this one has measured. */
void ht_round_events_publish(struct ht_round_events *reporter, struct ht_round *round,
                             struct ht_now now);

/* Delivers the record, and leaves what it says to the next round. */
void ht_round_events_close(struct ht_round_events *reporter, struct ht_round *round,
                           enum ht_stop_reason reason, struct ht_now now);

#endif
