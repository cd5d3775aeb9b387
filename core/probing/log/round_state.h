/* All that is known of one round of one target, in parts by who writes them.
 *
 * A round knows neither sockets nor clocks nor packets: probes are indices, times are arguments. */
#ifndef HT_PROBING_ROUND_STATE_H
#define HT_PROBING_ROUND_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"
#include "probing/log/asked.h"
#include "probing/log/doubted.h"
#include "probing/log/hints.h"
#include "probing/log/hop_due.h"
#include "probing/log/host_faults.h"
#include "probing/log/overdue.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/probe_log.h"
#include "probing/log/round_memory.h"
#include "probing/log/tcp_listener.h"
#include "wire/probe.h"

struct ht_sites;
struct ht_hop_cache;

enum ht_round_state {
    HT_ROUND_WAITING,   /* nothing sent yet */
    HT_ROUND_BLOCKED,   /* nothing sent yet, another round has the same TCP flow */
    HT_ROUND_READY,     /* under way, a probe is due as soon as the pace allows */
    HT_ROUND_DEFERRED,  /* the same, but those that are ready or wait may go first */
    HT_ROUND_LAST_SEND, /* the same, and so may those that are patient: it is the last that it sends
                         */
    HT_ROUND_DONE,      /* finished, its record is not closed yet */
    HT_ROUND_QUEUES,
    HT_ROUND_ACTIVE = HT_ROUND_QUEUES /* under way, nothing due; it has a timer */
};

/* Where the round stands among the others; the scheduler and the prober write it. */
struct ht_slot {
    struct ht_round *flow_next; /* of the same flow tag, while it is under way */
    struct ht_round *previous;  /* in the queue of its state */
    struct ht_round *next;
    struct ht_heap_node timer;
    int64_t done_ns;    /* when it was finished, if it is */
    uint8_t state;      /* enum ht_round_state */
    bool same_tag;      /* another round under way has, or had, the same flow tag */
    bool awaiting_only; /* nothing is due, and its destination is known */
};

/* What subscribers were told of; the reporter writes it. */
struct ht_told {
    uint8_t next_hop;          /* ttl of the next hop that they are to be told of */
    bool tells_nodes;          /* somebody wants to know which addresses answered */
    uint16_t next_node;        /* index of the next node that they are to be told of */
    uint32_t overflows_before; /* the prober's count when the round began */
};

struct ht_round {
    /* What each packet touches comes first, in as few cache lines as may be. */
    struct ht_slot slot;
    struct ht_told told;
    struct ht_flow flow;
    struct ht_asked asked;
    struct ht_probe_log log;
    struct ht_path_end end;
    struct ht_upcoming upcoming;
    struct ht_hints hints;
    struct ht_probe_ids ids;
    struct ht_tcp_state tcp;
    struct ht_timing timing;
    struct ht_doubted doubted;
    struct ht_host_faults host;
    const struct ht_round_memory *recalled; /* borrowed: what the last round left */
    struct ht_sites *sites;     /* borrowed: the routers' limits; NULL: nothing is held back */
    struct ht_hop_cache *cache; /* borrowed: others' measurements; NULL: all is measured here */

    const struct ht_target *target; /* borrowed */
    uint32_t interface_index;
    uint32_t fwmark;
    struct ht_round_memory
        *memory_out; /* borrowed: what it leaves to the next round; NULL: nothing */
};

/* Of a round, what each packet touches. */
#define HT_ROUND_BUSY_BYTES offsetof(struct ht_round, target)

/* The probes of one ttl go out in passes this far apart, lest a router's rate limit swallow them.
 */
#define HT_PASS_SPACING_NS (50 * HT_NS_PER_MS)

#endif
