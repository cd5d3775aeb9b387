/* Drives the engine through a scenario on a fake clock, as its contract demands, and keeps what
 * came out. */
#ifndef HT_SCENARIO_DRIVER_H
#define HT_SCENARIO_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/history.h"
#include "ledger.h"
#include "network.h"
#include "probing/prober.h"
#include "queue.h"
#include "record.h"
#include "scenario.h"

/* A hop that was announced before its record. */
struct hop_note {
    uint8_t ttl;
    uint32_t sent;
    uint32_t received;
    size_t nodes;
};

/* Where the rounds of one target stand. */
struct progress {
    uint32_t due; /* rounds to start as soon as none is under way */
    uint32_t started;
    uint32_t reported;
    uint32_t dropped;
    bool under_way;
    struct ht_address address; /* of the round under way, or the last one */
    struct ht_address source;
    struct ht_address next_address; /* of the next one */
    struct ht_address next_source;
    /* By flow. */
    struct ht_path_memory *paths[HT_FLOWS_SEARCHED]; /* likewise; borrowed from the history; NULL:
                                                   no memory */
    struct ht_round_memory *previous; /* owned: without memory what the last round left */
    int64_t longest_rtt_ns;           /* as timeout=auto has it */
    bool reached;                     /* by the last round */
    struct hop_note notes[255];       /* of the round under way */
    size_t note_count;
};

struct driver {
    const struct scenario *scenario;
    struct ht_prober *prober;
    struct ht_prober_counters counters; /* at the end */
    struct ledger ledger;
    struct network network;
    struct queue queue;
    struct progress *progress; /* by target */
    struct ht_history history; /* what targets remember */
    struct record **records;   /* in the order of their delivery */
    size_t record_count;
    struct script_target **waiting; /* to start a round; borrowed */
    size_t waiting_count;
    struct ht_outgoing *batch;
    struct ht_now now;
    uint16_t local_id; /* that probes leave with */
    uint16_t next_local_id;
    int64_t wall_offset_ns;
    int64_t begin_ns;
    int64_t longest_stall_ns; /* until now */
    size_t to_drop;           /* answers that will find the receive buffer full */
    int64_t unread_until_ns;  /* what arrives before cannot be read */
    bool closing;             /* within ht_prober_close_all */
    uint32_t idle;            /* turns in which nothing happened and no time went by */
    size_t faults;            /* breaches of the contract, each printed */
    uint64_t digest;          /* FNV-1a over time and bytes of every packet that left */
};

/* Runs the scenario to its end. */
void driver_run(struct driver *driver, const struct scenario *scenario);

void driver_fini(struct driver *driver);

#endif
