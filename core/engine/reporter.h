/* What is told of rounds: hops and nodes while they are under way, to those who listen and to other
 * targets; the record at the end. */
#ifndef HT_ENGINE_REPORTER_H
#define HT_ENGINE_REPORTER_H

#include <stdint.h>

#include "base/time.h"
#include "engine/prober.h"
#include "engine/summary.h"
#include "engine/trace.h"

struct ht_reporter {
    const struct ht_prober_options *options; /* borrowed: who is told */
    struct ht_summary summary;
    uint32_t overflows; /* packets that this host has dropped so far; the prober counts them */
};

void ht_reporter_init(struct ht_reporter *reporter, const struct ht_prober_options *options);
void ht_reporter_fini(struct ht_reporter *reporter);

/* Tells on_hop of the hops that are complete, in order, as far as an answer beyond them or the
 * destination shows that the report will list them. */
void ht_reporter_tell_hops(struct ht_reporter *reporter, struct ht_round *round, struct ht_now now);

/* Tells on_node of the addresses that are new. */
void ht_reporter_tell_nodes(const struct ht_reporter *reporter, struct ht_round *round);

/* Lets other targets have the hops that this one has measured. */
void ht_reporter_publish(struct ht_reporter *reporter, struct ht_round *round, struct ht_now now);

/* Delivers the record, and leaves what it says to the next round. */
void ht_reporter_close(struct ht_reporter *reporter, struct ht_round *round,
                       enum ht_stop_reason reason, struct ht_now now);

#endif
