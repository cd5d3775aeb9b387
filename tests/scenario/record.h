/* Records kept: the engine's reports as they were delivered. */
#ifndef HT_SCENARIO_RECORD_H
#define HT_SCENARIO_RECORD_H

#include <stdint.h>

#include "history/path_memory.h"
#include "hoptrace/report.h"
#include "ledger.h"

struct record {
    struct ht_report report;          /* what it points to is this record's own, but for names and
                                         tags */
    const struct ledger_round *round; /* what really happened; NULL: nothing was handed out, or by
                                         several flows */
    uint32_t number;                  /* n-th record of its target, from 1 */
    int64_t delivered_ns;             /* records wait until others' probes have left */
    int64_t slack_ns;                 /* how late the scenario lets the engine's caller be */
    bool closed_by_us;                /* ht_prober_close_all */
    bool changed;                     /* it shows that the path has changed: */
    struct ht_path_change change;
    uint16_t change_flow;
    bool mtu_changed; /* the path takes packets of another size: */
    struct ht_mtu_event mtu_event;
    struct ht_mtu mtu;        /* of the report, if it has one */
    uint8_t last_destination; /* where the destination was in the target's record before; 0: none
                                 was, or it was not reached */
};

/* Copies what the report points to; names and tags stay borrowed. */
void record_init(struct record *record, const struct ht_report *report);
void record_fini(struct record *record);

/* The hop of this ttl, or NULL if the record does not list it. */
const struct ht_hop *record_hop(const struct record *record, uint8_t ttl);

/* The node of a hop with this address, or NULL. */
const struct ht_node *record_node(const struct ht_hop *hop, const struct ht_address *address);

#endif
