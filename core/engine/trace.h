/* One round of one target: which probes went out, what came back, what to send next.
 *
 * A trace knows neither sockets nor clocks nor packets: probes are indices, times are arguments.
 * Its prober turns its wishes into packets and hands it what the answers say. */
#ifndef HT_ENGINE_TRACE_H
#define HT_ENGINE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/permutation.h"
#include "base/time.h"
#include "engine/previous.h"
#include "model/refusal.h"
#include "model/report.h"
#include "model/settings.h"
#include "wire/extension.h"
#include "wire/probe.h"

enum ht_probe_state {
    HT_PROBE_LEAVING,  /* handed out, the result of sending is not known yet */
    HT_PROBE_UNSENT,   /* could not leave this host */
    HT_PROBE_AWAITED,  /* on its way, an answer counts */
    HT_PROBE_ANSWERED, /* answered in time */
    HT_PROBE_LOST,     /* no answer within the timeout */
    HT_PROBE_VOID,     /* unanswered by our own doing: counts for nothing */
    HT_PROBE_OPEN,     /* awaited until the record was cut short: counts for nothing */
    HT_PROBE_UNNEEDED  /* beyond the destination: an answer counts, but none is waited for */
};

#define HT_NO_NODE UINT16_MAX

/* So many addresses of one ttl are nodes; the answers of further ones count for the hop alone. No
 * balancer has as many ways, so that they are mostly made up: they are to cost little. */
#define HT_NODES_MAX 256

/* The answers of a node are counted in 11 bits, its labels in 5. */
#define HT_NODE_RECEIVED_MASK 0x7ff
#define HT_NODE_LABELS_MASK   0x1f
_Static_assert(HT_MPLS_MAX <= HT_NODE_LABELS_MASK, "all labels can be counted");
#define HT_NODE_REFUSAL_MASK 0x3f
_Static_assert(HT_REFUSAL_MAX <= HT_NODE_REFUSAL_MASK, "every refusal has a number");

/* What answers where a path ends. */
enum ht_end {
    HT_END_NONE, /* a router: the path goes on */
    HT_END_DESTINATION,
    HT_END_UNREACHABLE
};

struct ht_held;
struct ht_places;
struct ht_share;
struct ht_sharing;

struct ht_probe {
    int64_t sent_ns;
    int64_t rtt_ns;  /* of an answered one */
    uint16_t number; /* what its key and its IPv4 id are made of */
    uint16_t node;   /* index of the node that answered; HT_NO_NODE: none, or one too many */
    uint8_t ttl;
    uint8_t state;        /* enum ht_probe_state */
    uint8_t place_index;  /* see place.h */
    bool retry : 1;       /* an extra probe, not one of the regular passes */
    bool kernel_sent : 1; /* sent_ns is the kernel's */
    bool accepted : 1;    /* answered by a listener's SYN-ACK */
    bool excused : 1;     /* void because a router seemed to keep to its limit */
    bool unread : 1;      /* void because this host could not read: a local error */
    bool arrived : 1;     /* answered by the destination */
    bool refused : 1;     /* answered by a router that gets it no further */
};

/* An address that answered at one ttl. */
struct ht_node_state {
    struct ht_address address;
    uint16_t next; /* index of the next one at this ttl; HT_NO_NODE: it is the last one */
    uint16_t received : 11;
    uint16_t mpls_count : 5;
    uint8_t refusal : 6; /* the last one's number (model/refusal.h); 0: it refused nothing */
    bool by_tcp : 1;     /* the last reply was a TCP segment, and has no type and code */
    bool proven : 1;     /* it has shown so much of two probes that no forger guesses it */
    uint8_t reply_ttl;   /* these: of the last reply; 0: unknown */
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct ht_mpls *mpls; /* owned; of the last reply too */
};

/* Sends to one hop that this host refuses before the hop is left alone. */
#define HT_REFUSALS_MAX 3

/* No more than 1,000 regular probes, 10 retries and 255 that were sent again. There are a dozen to
 * a target: no byte is wasted. */
struct ht_hop_state {
    int64_t not_before_ns; /* the next probe leaves no earlier than this */
    int64_t first_sent_ns; /* HT_NEVER: nothing sent yet */
    int64_t last_sent_ns;
    uint16_t sent;
    uint16_t received;
    uint16_t awaited;     /* probes in HT_PROBE_LEAVING or HT_PROBE_AWAITED */
    uint16_t first_node;  /* index, in the order of their first answers; HT_NO_NODE: none */
    uint16_t passes : 10; /* regular probes sent or given up */
    bool in_line : 1;     /* has a ticket, see limits.h */
    bool held : 1;        /* waits for its turn: no answer is expected meanwhile */
    bool forgone : 1;     /* too many wait: no more is sent */
    bool shared : 1;      /* taken over from another target, see sharing.h */
    bool own : 1;         /* not to be taken over: it is measured here */
    bool published : 1;   /* others had their chance to take it over */
    uint8_t retries : 4;  /* extra probes sent */
    uint8_t failures : 4; /* sends that this host refused, HT_REFUSALS_MAX at most */
    uint8_t redone; /* probes that were sent again: this host dropped their answers, or a router
                       kept to its limit */
    uint32_t ticket;
    union {
        struct ht_share *share;    /* borrowed: measured for others too; NULL: it is not */
        struct ht_rtt *shared_rtt; /* owned; of a hop that was taken over (`shared`) */
    };
};

/* Room for what most paths need: more of anything is allocated. */
#define HT_TRACE_ROOM 16
struct ht_trace_room {
    struct ht_probe probes[HT_TRACE_ROOM];
    struct ht_hop_state hops[HT_TRACE_ROOM];
    struct ht_node_state nodes[HT_TRACE_ROOM];
};

/* The kernel refused to hand over what was received. */
struct ht_unread {
    int64_t when_ns; /* INT64_MIN: it never did */
    int sys_errno;
};

/* What the target's settings say that is looked at with each packet. */
struct ht_asked {
    int64_t timeout_ns;
    uint16_t probes;
    uint8_t first_ttl;
    uint8_t max_ttl;
    uint8_t gap_limit;
    uint8_t retries;
};

struct ht_trace {
    /* What each packet touches comes first, in as few cache lines as may be. */
    struct ht_flow flow;
    struct ht_asked asked;

    struct ht_probe *probes;     /* owned, in the order in which they were handed out */
    struct ht_hop_state *hops;   /* owned; [0] is first_ttl */
    struct ht_node_state *nodes; /* owned, in the order of first replies */
    uint32_t probe_count;
    uint32_t probe_capacity;
    uint32_t oldest_awaited; /* every probe before it is settled */
    uint16_t hop_count;      /* those that have been inside the window so far */
    uint16_t made_hops;      /* these, and those up to where a far probe went */
    uint16_t hop_capacity;
    uint16_t node_count;
    uint16_t node_capacity;
    uint16_t first_open;  /* every hop before it has all the probes it will get */
    uint16_t quiet_count; /* nothing is due at so many of the first hops ... */
    int64_t quiet_ns;     /* ... before then, at the earliest */

    struct ht_places *places;   /* borrowed: the routers' limits; NULL: nothing is held back */
    struct ht_sharing *sharing; /* borrowed: others' measurements; NULL: all is measured here */
    int64_t max_rtt_ns;         /* 0: nothing answered yet */
    int64_t first_sent_ns;      /* HT_NEVER until then */
    int64_t busy_since_ns;      /* queues here have been full since then; HT_NEVER: they are not */
    int64_t far_sent_ns;        /* when the last far probe left; HT_NEVER: it has not yet */
    struct ht_held *held;       /* owned: answers that wait for more to be known, see held.h */
    struct ht_permutation keys; /* of numbers: the key of a probe tells nobody another one's, nor
                                   its IPv4 id */
    uint32_t round;             /* number of this round, for the serials of its probes */
    uint16_t first_number;      /* they follow one another, but for those that are passed over */
    uint16_t next_number;
    uint16_t keyless_number; /* that make a key, an IPv4 id of 0: they are passed over */
    uint16_t idless_number;
    uint32_t passed_over;
    uint32_t first_timestamp; /* TCP: of the first probe; each one behind it has one more */
    uint32_t labelled_from;   /* index of the first probe that has a length label of its own;
                                 HT_NO_PROBE: none has */
    uint32_t forged;          /* answers that named this flow and were refused */
    uint32_t unlabelled;      /* probes that were sent again to be told by their length, and whose
                                 own answers have not come yet */
    uint32_t awaited;
    uint32_t sent;
    uint32_t received;       /* by probes that are known */
    uint32_t untold;         /* answers to probes that were sent again, not known to which */
    uint32_t excused;        /* probes that are */
    uint8_t window_ttl;      /* how far the window went when it was looked at last */
    uint8_t look_ahead;      /* see window.h; the prober sets it, 1 or more */
    uint8_t common_ttl;      /* hardly any path ends before; the prober sets it, 0: unknown */
    uint8_t shortest_ttl;    /* no path ends before; the prober sets it, 0: unknown */
    uint8_t far_ttl;         /* where a far probe may go; the prober sets it, 0: nowhere */
    int8_t detour;           /* of most ways back, see lengths.h; the prober sets it */
    uint8_t far_sent_ttl;    /* where the last one went; 0: none did */
    uint8_t reaches_ttl;     /* highest ttl at which one expired; 0: none */
    uint8_t ends_ttl;        /* where one found the end of the path, or overshot it; 0: none */
    uint8_t far_end;         /* enum ht_end: what answered it there */
    uint8_t guessed_ttl;     /* where the destination is, by that answer; 0: it does not tell */
    uint8_t destination_ttl; /* lowest ttl at which the destination answered; 0: none yet */
    uint8_t unreachable_ttl; /* lowest ttl with a terminal unreachable, see extent.h; 0: none */
    uint8_t last_answer_ttl; /* highest ttl that answered; 0: none */
    uint8_t last_router_ttl; /* highest ttl at which a probe expired; 0: none */
    uint8_t unshifted_ttl;   /* TCP: highest one whose quotes show the right sequence number */
    bool one_by_one;         /* TCP: the destination does not say which probe it answers */
    bool listening;          /* the destination has accepted a SYN */
    bool user_received;      /* an answer lacks the kernel's receive stamp */
    bool user_sent;          /* an answered probe lacks the kernel's transmit stamp */
    bool cut_off;            /* this host's kernel cannot get a packet out: no more is sent */
    bool held_more;          /* a further hop is held back: the window may reach further */
    bool waits_its_turn;     /* a probe is due but for one on its way that it, or its answer,
                                would get in the way of */
    bool stirred;            /* an answer may have made something due sooner: see the agenda */
    bool out_of_memory;      /* what was measured is incomplete for want of memory */
    const struct ht_previous *previous; /* borrowed: what the last round left */

    const struct ht_target *target; /* borrowed */
    struct ht_trace_room *room;     /* borrowed: where the arrays begin; NULL: nowhere */
    int64_t begun_ns;               /* when its first probe was due; HT_NEVER until then */
    int64_t first_sent_wall_ns;     /* the wall clock at first_sent_ns; the prober sets it */
    struct ht_unread unread;        /* when its answers could last not be read */
    int64_t overflowed_ns;          /* when this host last dropped answers; INT64_MIN: it did not */
    uint32_t interface_index;
    uint32_t fwmark;
    uint32_t broken_off;   /* whatever a listener held for the probes before it was broken off */
    uint32_t local_errors; /* sends that were refused, and probes that are `unread` */
    int refusal;           /* errno of the last send that this host refused; 0: none */
};

/* Of a trace, what each packet touches. */
#define HT_TRACE_BUSY_BYTES offsetof(struct ht_trace, target)

/* The probes of one ttl go out in passes this far apart, lest a router's rate limit swallow them.
 */
#define HT_PASS_SPACING_NS (50 * HT_NS_PER_MS)

/* When a trace wants to be looked at again. */
struct ht_trace_agenda {
    int64_t send_ns;   /* a probe is due; HT_NEVER: none will be unless something happens */
    int64_t expire_ns; /* an awaited probe runs out of time; HT_NEVER: none awaited */
    bool far;          /* what is due is a far probe */
};

/* No index of a probe. */
#define HT_NO_PROBE UINT32_MAX

/* The hop at a ttl that has been inside the window. */
static inline struct ht_hop_state *ht_trace_hop(const struct ht_trace *trace, uint8_t ttl)
{
    return &trace->hops[ttl - trace->asked.first_ttl];
}

/* The first node at any ttl, and the one after it. NULL: there is none. */
static inline const struct ht_node_state *ht_trace_node(const struct ht_trace *trace,
                                                        uint16_t index)
{
    return index != HT_NO_NODE ? &trace->nodes[index] : NULL;
}

static inline const struct ht_node_state *ht_trace_first_node(const struct ht_trace *trace,
                                                              unsigned ttl)
{
    unsigned place = ttl - trace->asked.first_ttl;
    return place < trace->made_hops ? ht_trace_node(trace, trace->hops[place].first_node) : NULL;
}

static inline const struct ht_node_state *ht_trace_next_node(const struct ht_trace *trace,
                                                             const struct ht_node_state *node)
{
    return ht_trace_node(trace, node->next);
}

static inline bool ht_hop_given_up(const struct ht_hop_state *hop)
{
    return hop->failures >= HT_REFUSALS_MAX;
}

/* Prepares a trace that has sent nothing. `flow` is complete (ht_flow_init). `room`, if not NULL,
 * lasts as long as the trace; its content does not matter. Nothing is allocated before it is
 * full. */
void ht_trace_init(struct ht_trace *trace, const struct ht_target *target,
                   const struct ht_flow *flow, uint32_t interface_index, uint32_t round,
                   uint16_t first_number, struct ht_trace_room *room);

/* Tells a trace that has sent nothing what the last round left, which it borrows. */
void ht_trace_recall(struct ht_trace *trace, const struct ht_previous *previous);

/* Notes what the next round is to know of this one, besides what the report says; and gives back
 * what was recalled, which may be the same. */
void ht_trace_leave(struct ht_trace *trace, struct ht_previous *previous);

/* Frees what the trace owns. */
void ht_trace_fini(struct ht_trace *trace);

/* Fetch into the cache the probe of this index, if there is one; then, once that is here, what else
 * an answer to it will touch; what sending the next probe will; all that was measured. */
void ht_trace_fetch_probe(const struct ht_trace *trace, uint32_t probe);
void ht_trace_fetch_answered(const struct ht_trace *trace, uint32_t probe);
void ht_trace_fetch_next(const struct ht_trace *trace);
void ht_trace_fetch_all(const struct ht_trace *trace);

/* What comes next, as things stand at `now_ns`. Both HT_NEVER: the trace is finished. */
struct ht_trace_agenda ht_trace_agenda(struct ht_trace *trace, int64_t now_ns);

/* True if nothing could ever leave this host: the measurement failed here, not in the network. */
bool ht_trace_never_left(const struct ht_trace *trace);

#endif
