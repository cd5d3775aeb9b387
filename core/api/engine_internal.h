/* What the files of the engine share: it joins the pure prober with sockets, clocks and names.
 *
 * engine.c owns the event loop, rounds.c the life of one round, names.c the names of its nodes,
 * load.c what all rounds together need, target.c the copies of targets. */
#ifndef HT_API_ENGINE_INTERNAL_H
#define HT_API_ENGINE_INTERNAL_H

#include "api/hoptrace.h"
#include "base/heap.h"
#include "base/zone.h"
#include "net/reserve.h"
#include "net/resolver.h"
#include "net/reverse.h"
#include "net/route.h"
#include "net/sockets.h"
#include "net/watch.h"
#include "probing/prober.h"
#include "probing/rounds/schedule.h"

/* How long a record that is closed waits for names that are being asked for, at most. */
#define HT_NAMES_WAIT_NS (500 * HT_NS_PER_MS)

/* A record that is closed and waits for names. */
struct ht_kept_record {
    struct ht_report *report;        /* owned; NULL: none waits */
    struct ht_heap_node timer;       /* in the engine's names while one waits */
    struct ht_reverse_waiter waiter; /* for the name of this hop's node */
    size_t hop;
    size_t node;
};

/* The names of nodes. */
struct ht_names {
    struct ht_reverse *reverse;
    struct ht_heap kept;   /* records that wait, by when they are delivered at the latest */
    struct ht_hop *hops;   /* owned; with `nodes`: a report's, while it is shown with names */
    struct ht_node *nodes; /* owned */
    size_t hop_capacity;
    size_t node_capacity;
};

/* A target and where its rounds stand. The engine's copy of the target has this in its `user`. */
struct ht_member {
    struct ht_target target; /* strings and tags in `memory` */
    void *user;              /* the caller's */
    void *memory;            /* owned */
    struct ht_engine *engine;
    uint32_t id;
    uint32_t place; /* in the engine's array */
    struct ht_schedule schedule;
    struct ht_heap_node timer;       /* in the engine's heap while a round is to come */
    struct ht_lookup *lookup;        /* under way; NULL: none */
    struct ht_address address;       /* of the last round: kept while the name still has it */
    struct ht_round_memory previous; /* what that round left */
    struct ht_kept_record kept;      /* of the round that it is in */
    double load_pps;                 /* packets of the last round over the interval */
    int64_t begun_ns;                /* when the last round began */
    bool in_round;
    bool measured; /* `load_pps` is part of the engine's */
    bool reported; /* at least one record was delivered */
    bool removed;  /* to be freed as soon as nobody can refer to it */
};

/* What the targets with an interval need, as far as they were measured. */
struct ht_load {
    double pps;
    size_t members;
};

/* Whether some sockets could be opened. */
struct ht_opening {
    bool tried;
    struct ht_error error; /* HT_OK: they are open */
};

struct ht_engine {
    struct ht_engine_options options;
    struct ht_prober *prober;
    struct ht_sockets *sockets;
    struct ht_resolver *resolver;
    struct ht_names names;
    struct ht_router router;
    uint64_t host_secret[2];
    struct ht_reservation reservation;
    struct ht_opening number;  /* the reservation: what every target needs */
    struct ht_opening icmp[2]; /* IPv4, IPv6: what every target of the family needs besides */
    struct ht_opening tcp[2];  /* what its TCP targets need besides */
    struct ht_opening mark;    /* what targets with a mark need besides */
    struct ht_zones zones;     /* names of devices, for addresses of one link */
    struct ht_watch watch;     /* what the caller polls is in it */
    int64_t deadline_ns;       /* HT_NEVER: none */
    struct ht_heap due;        /* members by the start of their next round */
    struct ht_member **members;
    size_t member_count;
    size_t member_capacity;
    uint32_t last_id;
    size_t rounds; /* members in a round */
    struct ht_load load;
    struct ht_now now;
    int64_t reserve_again_ns;  /* all numbers were found taken: not before */
    int64_t read_again_ns;     /* the kernel refused to hand over what was received: not before */
    int64_t suspended_ns;      /* how long this machine was, at most, when last looked at */
    int64_t resumed_ns;        /* when it was found to have been, last; HT_NEVER: never */
    struct ht_outgoing *batch; /* HT_BATCH_MAX packets */
    bool opened;
    bool unstamped;   /* answers come without the kernel's stamps */
    bool busy;        /* inside a call that delivers callbacks */
    bool interrupted; /* no further round begins */
    bool closed;      /* all records were closed, by the deadline or an interruption */
    bool removals;    /* some member is to be freed */
};

/* Makes a member of a copy of the target. NULL: no memory. */
struct ht_member *ht_member_new(struct ht_engine *engine, const struct ht_target *target);
void ht_member_free(struct ht_member *member);

/* A round of the member has had so many packets; the member goes. */
void ht_load_note(struct ht_member *member, uint32_t sent);
void ht_load_drop(const struct ht_member *member);

/* Begins the round of a member that is due: looks its name up, then measures. */
void ht_round_begin(struct ht_member *member);

/* Ends a round under way, or one that never came about, with a record that says why. */
void ht_round_cut(struct ht_member *member, enum ht_stop_reason reason);

/* Hands out the record of a round and ends the round. */
void ht_round_deliver(struct ht_member *member, const struct ht_report *report);

/* The prober's callbacks; `user` is the engine. */
void ht_round_report(void *user, const struct ht_report *report);
void ht_round_hop(void *user, const struct ht_report *so_far, const struct ht_hop *hop);

/* HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int ht_names_init(struct ht_names *names, int epoll_fd, uint64_t epoll_tag, struct ht_error *error);

/* Frees what was found out; records that wait must have been dropped. */
void ht_names_fini(struct ht_names *names);

/* The prober's callback: asks for the name of a new node, so that it is known when the record
 * closes. */
void ht_names_note(void *user, const struct ht_address *address);

/* Keeps a record that is closed as long as names are being asked for, and delivers it later:
 * within HT_NAMES_WAIT_NS, and before the target's next round begins. False: it is not kept,
 * there is nothing to wait for (or no memory for waiting). */
bool ht_names_keep(struct ht_member *member, const struct ht_report *report);

/* Drops the record that is kept for a member, if any. */
void ht_names_drop(struct ht_member *member);

/* Gives the nodes of a report, or of one hop, the names that are known. What they then point to
 * is gone with the next call. Without memory they stay as they are. */
void ht_names_show(struct ht_member *member, struct ht_report *report);
void ht_names_show_hop(struct ht_member *member, struct ht_hop *hop);

/* Delivers the records that have waited long enough, and, with `all`, the others. */
void ht_names_deliver(struct ht_engine *engine, bool all);

/* When to look after names and kept records at the latest; HT_NEVER: there are none. */
int64_t ht_names_next_ns(const struct ht_names *names);

/* Opens the sockets that a target with these settings needs for a family (4 or 6), and reserves the
 * number, unless that is done or there is no hope. NULL: it is done; else why not, or why its
 * packets cannot be marked. */
const struct ht_error *ht_engine_open_sockets(struct ht_engine *engine, uint8_t ip_version,
                                              const struct ht_settings *settings);

#endif
