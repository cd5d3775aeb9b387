/* The log of a round: its probes, the hops that they were sent to, the nodes that answered.
 *
 * Only these functions change the state of a probe and the counts that follow from it. Invariants,
 * for each hop (which has no `left`) and for the whole log:
 *   awaited  = probes in HT_PROBE_LEAVING or HT_PROBE_AWAITED
 *   sent     = probes in HT_PROBE_AWAITED, _ANSWERED, _LOST or _UNNEEDED
 *   received = probes in HT_PROBE_ANSWERED
 *   left     = probes in any state but HT_PROBE_LEAVING, _UNSENT and _SIZED */
#ifndef HT_PROBING_PROBE_LOG_H
#define HT_PROBING_PROBE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "hoptrace/address.h"
#include "hoptrace/report.h"
#include "model/refusal.h"
#include "probing/log/asked.h"

struct ht_address;
struct ht_cached_hop;
struct ht_mpls;
struct ht_rtt;

enum ht_probe_state {
    HT_PROBE_LEAVING,  /* handed out, the result of sending is not known yet */
    HT_PROBE_UNSENT,   /* could not leave this host */
    HT_PROBE_AWAITED,  /* on its way, an answer counts */
    HT_PROBE_ANSWERED, /* answered in time */
    HT_PROBE_LOST,     /* no answer within the timeout */
    HT_PROBE_VOID,     /* unanswered by our own doing: counts for nothing */
    HT_PROBE_EXCUSED,  /* void because a router seems to keep to its rate limit */
    HT_PROBE_UNREAD,   /* void because this host could not read: a local error */
    HT_PROBE_OPEN,     /* still awaited when the record was cut short: counts for nothing */
    HT_PROBE_UNNEEDED, /* beyond the destination: an answer counts, but none is waited for */
    HT_PROBE_SIZED, /* an extra packet of a size of its own (sizing.h): counts for nothing here */
    HT_PROBE_STATES
};

/* No index of a probe. */
#define HT_NO_PROBE UINT32_MAX

/* No index of a node. */
#define HT_NO_NODE UINT16_MAX

/* Addresses of one ttl that are nodes; answers from further addresses count for the hop alone. No
 * balancer has as many ways (ECMP groups have up to 128 in common hardware): further addresses are
 * mostly forged, and cost a counter only. */
#define HT_NODES_MAX 256

/* The largest number that ht_node_facts.refusal holds (6 bits). */
#define HT_NODE_REFUSAL_MASK 0x3f
_Static_assert(HT_REFUSAL_MAX <= HT_NODE_REFUSAL_MASK, "every refusal has a number");

struct ht_probe {
    int64_t sent_ns;
    union {
        int64_t rtt_ns; /* only in HT_PROBE_ANSWERED */
        uint16_t sized; /* only in HT_PROBE_SIZED: bytes of the whole packet */
    };
    uint16_t number; /* what its key and its IPv4 id are made of */
    uint16_t node;   /* index of the node that answered; HT_NO_NODE: none, or beyond HT_NODES_MAX */
    uint8_t ttl;
    uint8_t state;        /* enum ht_probe_state */
    uint8_t site_index;   /* among the probes that its site remembers, see site.h */
    bool retry : 1;       /* an extra probe for a hop that has not answered */
    bool kernel_sent : 1; /* sent_ns is the kernel's */
    bool accepted : 1;    /* answered by a listener's SYN-ACK */
    bool arrived : 1;     /* answered by the destination */
    bool refused : 1;     /* answered by a router that refused it (HT_END_UNREACHABLE) */
    bool after_break : 1; /* TCP: it is the first one behind resets of ours (tcp_listener.h) */
    bool further : 1;     /* an extra probe of a second look, see struct ht_further */
    bool heard : 1;       /* only in HT_PROBE_SIZED: it has its answer */
};

/* Further probes of a ttl that a second look at the path asks for (second_look.h). */
struct ht_further {
    uint8_t due;   /* not sent yet */
    uint8_t asked; /* sent */
};

/* Sends to one hop that this host refuses before the hop is left alone. */
#define HT_REFUSALS_MAX 3

/* Of the number of a hop's probes that are awaited. */
#define HT_AWAITED_BITS 11

/* A hop gets at most 1,000 regular probes, 10 retries, 10 of a second look and 255 probes in place
 * of void ones. A path has a dozen hops, 10,000 targets have 120,000: the members are packed. */
struct ht_hop_state {
    int64_t not_before_ns; /* the next probe leaves no earlier than this */
    int64_t first_sent_ns; /* HT_NEVER: nothing sent yet */
    int64_t last_sent_ns;
    uint16_t sent; /* sent, received, awaited: see the invariants above */
    uint16_t received;
    uint16_t first_node; /* index of the node that answered first; HT_NO_NODE: none */
    uint16_t awaited : HT_AWAITED_BITS;
    uint16_t site : 5;      /* number of the site of its probes, see sites.h */
    uint16_t passes : 10;   /* regular probes sent or given up */
    bool in_line : 1;       /* has a ticket of its site's line, see turns.h */
    bool held : 1;          /* waits for its turn: no answer is expected meanwhile */
    bool line_too_long : 1; /* too many tickets are before it: no more is sent */
    bool shared : 1;        /* taken over from another target, see hop_cache.h */
    bool own : 1;           /* not to be taken over: it is measured here */
    bool published : 1;     /* was offered to the hop cache */
    uint8_t retries : 4;    /* extra probes sent */
    uint8_t failures : 2;   /* sends that this host refused, HT_REFUSALS_MAX at most */
    bool site_guessed : 1;  /* its site may be another router's: its probes tell it nothing */
    bool waited : 1;        /* has had a ticket before */
    uint8_t redone : 4;     /* probes sent in place of void ones, or to confirm a held answer */
    uint8_t asked : 4;      /* probes that left; at most 15 are counted */
    uint32_t ticket;        /* only while in_line */
    union {
        struct ht_cached_hop *share; /* borrowed: measured for others too; NULL: it is not */
        struct ht_rtt *shared_rtt;   /* owned; of a hop that was taken over (`shared`) */
    };
};

/* Elements of each of the log's arrays that the round has memory for, as most paths need; an array
 * that outgrows it is allocated. */
#define HT_ROUND_ROOM 16
struct ht_round_room {
    struct ht_probe probes[HT_ROUND_ROOM];
    struct ht_hop_state hops[HT_ROUND_ROOM];
    struct ht_node_facts nodes[HT_ROUND_ROOM];
    uint16_t next_nodes[HT_ROUND_ROOM];
};

struct ht_probe_log {
    struct ht_probe *probes;     /* owned, in the order in which they were handed out */
    struct ht_hop_state *hops;   /* owned; [0] is first_ttl */
    struct ht_node_facts *nodes; /* owned with their label stacks, in the order of first replies */
    uint16_t *next_nodes; /* owned, by node: index of the next node of its ttl; HT_NO_NODE: it is
                             the last */
    uint32_t probe_count;
    uint32_t probe_capacity;
    uint32_t oldest_awaited; /* index: no probe before it is awaited or leaving */
    uint16_t made_hops;      /* hops up to the window's last and to each distance probe's */
    uint16_t hop_capacity;
    uint16_t node_count;
    uint16_t node_capacity;
    uint32_t awaited; /* awaited, left, received: see the invariants above */
    uint32_t left;
    uint32_t received;
    uint32_t excused;      /* probes in HT_PROBE_EXCUSED */
    uint32_t local_errors; /* probes in HT_PROBE_UNSENT or HT_PROBE_UNREAD */
    struct ht_asked asked;
    int64_t max_rtt_ns;         /* longest time of an answer; 0: nothing answered yet */
    struct ht_further *further; /* owned: by ttl; NULL: no second look was taken */
    struct ht_round_room *room; /* borrowed: the arrays' first storage; NULL: none */
};

/* An empty log. `room`, if not NULL, lasts as long as the log; its content does not matter. No
 * array is allocated before its part of `room` is full. */
void ht_probe_log_init(struct ht_probe_log *log, const struct ht_asked *asked,
                       struct ht_round_room *room);

/* Frees what the log owns, labels of nodes too. The caller has let go of what hops refer to
 * (`shared_rtt`, `share`). */
void ht_probe_log_fini(struct ht_probe_log *log);

/* The hop at a ttl that was made. */
static inline struct ht_hop_state *ht_probe_log_hop(const struct ht_probe_log *log, uint8_t ttl)
{
    HT_ASSERT(ttl >= log->asked.first_ttl && ttl - log->asked.first_ttl < log->made_hops);
    return &log->hops[ttl - log->asked.first_ttl];
}

/* The node at an index; the first node of any ttl; the next node of the same ttl. NULL: none. */
static inline const struct ht_node_facts *ht_probe_log_node(const struct ht_probe_log *log,
                                                            uint16_t index)
{
    return index != HT_NO_NODE ? &log->nodes[index] : NULL;
}

static inline const struct ht_node_facts *ht_probe_log_first_node(const struct ht_probe_log *log,
                                                                  unsigned ttl)
{
    unsigned index = ttl - log->asked.first_ttl;
    return index < log->made_hops ? ht_probe_log_node(log, log->hops[index].first_node) : NULL;
}

static inline const struct ht_node_facts *ht_probe_log_next_node(const struct ht_probe_log *log,
                                                                 const struct ht_node_facts *node)
{
    return ht_probe_log_node(log, log->next_nodes[node - log->nodes]);
}

/* True if this host refused HT_REFUSALS_MAX sends to the hop: it gets no more. */
static inline bool ht_hop_given_up(const struct ht_hop_state *hop)
{
    return hop->failures >= HT_REFUSALS_MAX;
}

/* True if the probe is void: it counts for nothing, and was not answered. */
static inline bool ht_probe_is_void(const struct ht_probe *probe)
{
    return probe->state == HT_PROBE_VOID || probe->state == HT_PROBE_EXCUSED ||
           probe->state == HT_PROBE_UNREAD;
}

/* Enters a probe that is handed out, in HT_PROBE_LEAVING; its hop was made. Returns its index;
 * HT_NO_PROBE: no memory. */
uint32_t ht_probe_log_add(struct ht_probe_log *log, uint8_t ttl, uint16_t number, int64_t now_ns);

/* Makes the further probes' counts, all 0, if there are none yet. False: no memory. */
bool ht_probe_log_make_further(struct ht_probe_log *log);

/* Changes the state of a probe, and with it the counts of its hop and of the log. */
void ht_probe_log_set_state(struct ht_probe_log *log, struct ht_probe *probe,
                            enum ht_probe_state state);

/* The oldest probe that is awaited or leaving; NULL: there is none. */
const struct ht_probe *ht_probe_log_oldest(struct ht_probe_log *log);

/* True if the invariants above hold. For assertions: it counts all probes. */
bool ht_probe_log_holds(const struct ht_probe_log *log);

/* Probes of this ttl (0: of all) in HT_PROBE_OPEN. */
uint32_t ht_probe_log_open(const struct ht_probe_log *log, uint8_t ttl);

/* Makes those of the first `count` hops that are missing; their probes may leave from `now_ns` on.
 * False: no memory. */
bool ht_probe_log_make_hops(struct ht_probe_log *log, size_t count, int64_t now_ns);

/* Finds or adds the node of this address at this ttl; *node is HT_NO_NODE if the ttl has
 * HT_NODES_MAX others. False: no memory. */
bool ht_probe_log_node_for(struct ht_probe_log *log, uint8_t ttl, const struct ht_address *address,
                           uint16_t *node);

/* Whether the node of this address at this ttl is proven; makes the node that answered the probe at
 * this index proven. */
bool ht_probe_log_is_proven(const struct ht_probe_log *log, uint8_t ttl,
                            const struct ht_address *address);
void ht_probe_log_prove(struct ht_probe_log *log, uint32_t index);

/* Fetch into the CPU's cache: the probe at this index, if there is one; once that is there, what
 * else an answer to it touches (`window_hops`: hops inside the window); the whole log. */
void ht_probe_log_fetch(const struct ht_probe_log *log, uint32_t probe);
void ht_probe_log_fetch_answered(const struct ht_probe_log *log, uint32_t probe,
                                 uint16_t window_hops);
void ht_probe_log_fetch_all(const struct ht_probe_log *log, uint16_t window_hops);

#endif
