/* The state of an engine, which joins the pure prober with sockets, clocks and names. Each part has
 * one file that writes it:
 *
 * | part | file |
 * |---|---|
 * | targets | targets.c; each one's record in scheduled_target.h |
 * | openings | opening.c |
 * | grid | grid.c |
 * | names | names.c |
 * | waiting | waiting.c |
 * | load | load.c |
 * | health | health.c |
 * | history, state | memory.c |
 * | shown | verdict.c |
 * | branches | branch_verdict.c |
 * | causes | causes.c |
 * | due | targets.c, grid.c, trigger.c, loop.c as rounds begin |
 * | loop, now | loop.c (ht_engine_new before it first runs) |
 * | address_changes | loop.c, and rounds.c before it looks |
 *
 * Calls go one way: engine and loop -> targets, rounds -> waiting, destination, memory ->
 * delivery, verdict -> branch_verdict -> all_paths, names, events, trigger -> causes, where_event.
 */
#ifndef HT_API_ENGINE_INTERNAL_H
#define HT_API_ENGINE_INTERNAL_H

#include "api/branch_verdict.h"
#include "api/grid.h"
#include "api/health.h"
#include "api/load.h"
#include "api/names.h"
#include "api/opening.h"
#include "api/packets.h"
#include "api/targets.h"
#include "api/verdict.h"
#include "base/heap.h"
#include "base/zone.h"
#include "dns/resolver.h"
#include "history/common_cause.h"
#include "history/history.h"
#include "hoptrace/engine.h"
#include "net/address_changes.h"
#include "net/route.h"
#include "net/sockets.h"
#include "net/watch.h"
#include "probing/prober.h"

struct ht_state;

/* What the entries of the epoll set are tagged with, besides the sockets and the timer. */
enum { HT_TAG_RESOLVER = HT_WATCH_OTHERS, HT_TAG_NAMES, HT_TAG_ADDRESSES };

/* The event loop. */
struct ht_loop {
    struct ht_outgoing *batch; /* owned: HT_BATCH_MAX packets */
    int64_t deadline_ns;       /* all records are closed by then; HT_NEVER: none */
    struct ht_now looked;      /* before the last turn read what came in */
    size_t moved;              /* packets that came in or left in the present dispatch */
    int64_t read_again_ns;     /* earliest next read after the kernel refused one */
    int64_t suspended_ns; /* upper bound of this machine's time in suspension, when last read */
    int64_t resumed_ns;   /* when the last suspension was noticed; HT_NEVER: none was */
    bool unstamped;       /* answers come without the kernel's stamps */
    bool busy;            /* inside a call that delivers callbacks */
    bool interrupted;     /* no further round begins */
    bool closed;          /* all records were closed, by the deadline or an interruption */
};

struct ht_engine {
    struct ht_engine_options options;
    struct ht_prober *prober;     /* owned */
    struct ht_sockets *sockets;   /* owned */
    struct ht_resolver *resolver; /* owned */
    struct ht_names names;        /* of routers */
    struct ht_heap waiting;       /* records that wait for names, by their latest delivery */
    struct ht_route_query router; /* routes of the targets' packets */
    struct ht_zones zones;        /* names of devices, for addresses of one link */
    struct ht_openings openings;  /* what was opened for the targets */
    struct ht_watch watch;        /* has the descriptor that the caller polls */
    struct ht_address_changes address_changes; /* of this host */
    struct ht_targets targets;
    struct ht_grid grid;       /* on which their rounds begin */
    struct ht_history history; /* of the targets */
    bool history_left;         /* some of it may be of targets that are gone */
    struct ht_shown_window shown;
    struct ht_shown_packets shown_packets;
    struct ht_shown_branches branches;
    struct ht_common_causes causes; /* of events; the tickets are causes.c's */
    char *state_path;               /* owned: options.state */
    char *asn_path;                 /* owned: options.asn_db */
    struct ht_state *state;         /* owned: where the history is kept; NULL: nowhere */
    struct ht_heap due;             /* scheduled targets by the start of their next round */
    size_t rounds;                  /* scheduled targets in a round */
    struct ht_load load;
    struct ht_health_state *health; /* owned; NULL: it is not asked for */
    struct ht_now now;
    struct ht_loop loop;
    bool opened;
};

#endif
