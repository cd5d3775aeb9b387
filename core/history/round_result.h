/* What the verdicts look at of a finished round. Pure. */
#ifndef HT_HISTORY_ROUND_RESULT_H
#define HT_HISTORY_ROUND_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/counts.h"
#include "hoptrace/report.h"

/* One hop, or the destination, in one round. */
struct ht_round_hop {
    struct ht_counts counts;
    uint32_t median_us; /* of its round-trip times; 0: there is none */
};

struct ht_round_result {
    const struct ht_round_hop *hops; /* borrowed: [ttl - 1]; counts 0: not probed */
    size_t hop_count;                /* the record's */
    struct ht_round_hop end_to_end;  /* probes at the destination's ttl. Where it did not answer:
                                        as many as the target's `probes` (if any probe left),
                                        none received. Of several flows what each one tells */
    const struct ht_rtt *rtt;        /* borrowed: end to end, of the replies */
    int64_t time_ns;                 /* the record's */
    bool answered;                   /* the target itself did: status `reached` */
};

/* Of a record that was neither cut short nor failed on this host. `hops` is set for its ttls; the
 * result borrows it and the report's times. */
struct ht_round_result ht_round_result_of(const struct ht_report *report,
                                          struct ht_round_hop hops[static UINT8_MAX]);

#endif
