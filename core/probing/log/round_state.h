/* The state of one round of one target, in parts by subject.
 *
 * A round knows neither sockets nor clocks nor packets: probes are indices, times are arguments. */
#ifndef HT_PROBING_ROUND_STATE_H
#define HT_PROBING_ROUND_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "history/round_memory.h"
#include "hoptrace/settings.h"
#include "hoptrace/time.h"
#include "probing/log/doubted.h"
#include "probing/log/hints.h"
#include "probing/log/hop_due.h"
#include "probing/log/host_faults.h"
#include "probing/log/overdue.h"
#include "probing/log/path_end.h"
#include "probing/log/probe_id.h"
#include "probing/log/probe_log.h"
#include "probing/log/tcp_listener.h"
#include "wire/probe.h"

struct ht_flow_group;
struct ht_hop_cache;
struct ht_path_memory;
struct ht_sites;
struct ht_sizing;
struct ht_target;

enum ht_round_state {
    HT_ROUND_WAITING,   /* nothing sent yet */
    HT_ROUND_BLOCKED,   /* nothing sent yet, a round under way has the same TCP flow */
    HT_ROUND_READY,     /* under way, a probe is due and leaves as soon as the pace allows */
    HT_ROUND_DEFERRED,  /* as READY, but READY and WAITING rounds go first */
    HT_ROUND_LAST_SEND, /* as DEFERRED, but DEFERRED rounds go first: its window is at the end */
    HT_ROUND_DONE,      /* finished, its record is not closed yet */
    HT_ROUND_FINISHED,  /* likewise, but another flow of its target is not finished */
    HT_ROUND_QUEUES,
    HT_ROUND_ACTIVE = HT_ROUND_QUEUES /* under way, nothing due; it has a timer */
};

/* The round among the others; the scheduler and the prober write it. */
struct ht_slot {
    struct ht_round *flow_next; /* the next round under way of the same flow tag */
    struct ht_round *previous;  /* in the queue of its state */
    struct ht_round *next;
    struct ht_heap_node timer;
    int64_t done_ns;    /* when it was finished, in HT_ROUND_DONE and HT_ROUND_FINISHED */
    uint8_t state;      /* enum ht_round_state */
    bool same_tag;      /* another round under way has, or had, the same flow tag */
    bool awaiting_only; /* nothing is due, and its destination is known */
};

/* What subscribers were told of; the prober begins it, round_events goes on with it. */
struct ht_told {
    uint8_t next_hop;          /* ttl of the next hop that on_hop is called for */
    bool tells_nodes;          /* on_node is called for the addresses that answer */
    uint16_t next_node;        /* index of the next node that on_node is called for */
    uint32_t overflows_before; /* packets that this host had dropped when the round began */
};

/* What is remembered of the path, and whether this round shows something else. */
struct ht_look {
    const struct ht_path_memory *known; /* borrowed; NULL: the target is not remembered */
    bool unknown; /* an answer came from an address that is not known at its ttl */
};

struct ht_round {
    /* The members that each packet touches come first, to lie in few cache lines. */
    struct ht_slot slot;
    struct ht_told told;
    struct ht_flow flow;
    struct ht_probe_log log;
    struct ht_path_end end;
    struct ht_upcoming upcoming;
    struct ht_hints hints;
    struct ht_probe_ids ids;
    struct ht_tcp_state tcp;
    struct ht_timing timing;
    struct ht_doubted doubted;
    struct ht_look look;
    const struct ht_round_memory *recalled; /* borrowed: what the last round left */
    struct ht_sites *sites;     /* borrowed: rate limits of routers; NULL: nothing is held back */
    struct ht_hop_cache *cache; /* borrowed: hops of other targets; NULL: all are measured here */
    uint32_t interface_index;
    uint32_t fwmark;
    struct ht_sizing *sizing;   /* owned: the search for the path MTU; NULL: none is asked for */
    struct ht_host_faults host; /* of this, what comes before overflowed_ns */

    const struct ht_target *target; /* borrowed */
    struct ht_flow_group *group;    /* borrowed: it is one of several flows; NULL: the only one */
    struct ht_round_memory
        *memory_out; /* borrowed: where it leaves what the next one recalls; NULL: nowhere */
};

/* True if all of the round is measured. */
static inline bool ht_slot_is_done(const struct ht_slot *slot)
{
    return slot->state == HT_ROUND_DONE || slot->state == HT_ROUND_FINISHED;
}

/* Bytes at the beginning of a round that each packet touches. */
#define HT_ROUND_BUSY_BYTES offsetof(struct ht_round, host.overflowed_ns)

/* Least time between two passes (regular probes) of a hop: the shorter it is, the more of them a
 * router's rate limit drops; the longer, the longer is the round. */
#define HT_PASS_SPACING_NS (50 * HT_NS_PER_MS)

#endif
