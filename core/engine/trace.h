/* One round of one target: which probes went out, what came back, what to send next.
 *
 * A trace knows neither sockets nor clocks nor packets: probes are indices, times are arguments.
 * Its prober turns its wishes into packets and hands it what the answers say. */
#ifndef HT_ENGINE_TRACE_H
#define HT_ENGINE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/time.h"
#include "engine/extent.h"
#include "engine/held.h"
#include "engine/hop_due.h"
#include "engine/host_faults.h"
#include "engine/listener.h"
#include "engine/naming.h"
#include "engine/overdue.h"
#include "engine/previous.h"
#include "engine/probe_log.h"
#include "engine/window.h"
#include "model/settings.h"
#include "wire/probe.h"

struct ht_places;
struct ht_sharing;

/* What the target's settings say that is looked at with each packet. */
struct ht_asked {
    int64_t timeout_ns;
    uint16_t probes;
    uint8_t first_ttl;
    uint8_t max_ttl;
    uint8_t gap_limit;
    uint8_t retries;
};

enum ht_round_state {
    HT_ROUND_WAITING, /* nothing sent yet */
    HT_ROUND_BLOCKED, /* nothing sent yet, another round has the same TCP flow */
    HT_ROUND_READY,   /* under way, a probe is due as soon as the pace allows */
    HT_ROUND_PATIENT, /* the same, but those that are ready or wait may go first */
    HT_ROUND_PARTING, /* the same, and so may those that are patient: it is the last that it sends
                       */
    HT_ROUND_DONE,    /* finished, its record is not closed yet */
    HT_ROUND_QUEUES,
    HT_ROUND_ACTIVE = HT_ROUND_QUEUES /* under way, nothing due; it has a timer */
};

/* Where the round stands among the others; the scheduler and the prober write it. */
struct ht_slot {
    struct ht_round *flow_next; /* of the same flow tag, while it is under way */
    struct ht_round *previous;  /* in the queue of its state */
    struct ht_round *next;
    struct ht_heap_node timer;
    int64_t done_ns; /* when it was finished, if it is */
    uint8_t state;   /* enum ht_round_state */
    bool has_twin;   /* another round under way has, or had, the same flow tag */
    bool lingers;    /* nothing is due, and its destination is known */
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
    const struct ht_previous *recalled; /* borrowed: what the last round left */
    struct ht_places *places;   /* borrowed: the routers' limits; NULL: nothing is held back */
    struct ht_sharing *sharing; /* borrowed: others' measurements; NULL: all is measured here */

    const struct ht_target *target; /* borrowed */
    uint32_t interface_index;
    uint32_t fwmark;
    struct ht_previous *legacy; /* borrowed: what it leaves to the next round; NULL: nothing */
};

/* Of a round, what each packet touches. */
#define HT_ROUND_BUSY_BYTES offsetof(struct ht_round, target)

/* The probes of one ttl go out in passes this far apart, lest a router's rate limit swallow them.
 */
#define HT_PASS_SPACING_NS (50 * HT_NS_PER_MS)

/* When a trace wants to be looked at again. */
struct ht_round_agenda {
    int64_t send_ns;   /* a probe is due; HT_NEVER: none will be unless something happens */
    int64_t expire_ns; /* an awaited probe runs out of time; HT_NEVER: none awaited */
    bool far;          /* what is due is a far probe */
};

/* Prepares a round that has sent nothing. `flow` is complete (ht_flow_init); `room` as in
 * ht_probe_log_init. */
void ht_round_init(struct ht_round *round, const struct ht_target *target,
                   const struct ht_flow *flow, uint32_t interface_index, uint32_t serial,
                   uint16_t first_number, struct ht_round_room *room);

/* Tells a trace that has sent nothing what the last round left, which it borrows. */
void ht_round_recall(struct ht_round *round, const struct ht_previous *previous);

/* Notes what the next round is to know of this one, besides what the report says; and gives back
 * what was recalled, which may be the same. */
void ht_round_leave(struct ht_round *round, struct ht_previous *previous);

/* Frees what the trace owns. */
void ht_round_fini(struct ht_round *round);

/* Fetch into the cache what each packet touches; then, once that is here, what sending the next
 * probe touches; all that was measured. */
void ht_round_fetch(const struct ht_round *round);
void ht_round_fetch_next(const struct ht_round *round);
void ht_round_fetch_all(const struct ht_round *round);

/* The round of a timer. */
struct ht_round *ht_round_of_timer(struct ht_heap_node *timer);

/* What comes next, as things stand at `now_ns`. Both HT_NEVER: the trace is finished. */
struct ht_round_agenda ht_round_agenda(struct ht_round *round, int64_t now_ns);

/* True if nothing could ever leave this host: the measurement failed here, not in the network. */
bool ht_round_never_left(const struct ht_round *round);

#endif
