/* All paths to a target: which (flow, ttl) is to be probed next, until the stopping rule is met at
 * every node. Pure: the caller sends, waits, and tells what became of each probe.
 *
 * Flows are reused hop by hop. No (flow, ttl) is probed twice, except
 *
 *   after silence     up to 5 tries (path_view.h)
 *   a void probe      until it is answered, at most HT_PUT_OFF_MAX times: a router that limits
 *                     its answers is asked again, not taken for narrow
 *   an answered flow  to tell routers that take turns packet by packet (by_packet.h)
 *
 * What is handed out is needed whatever the probes under way will show, but for a tenth of a probe
 * a batch and ttl (plan_ahead.c):
 *
 *   of a node         n(k) - flows that count - flows under way: k and n only grow
 *   of a ttl          the sum over its nodes of the flows that these lack, less those under way:
 *                     a further flow passes one node of the ttl
 *
 * The flows for a ttl are first those whose node before leads to what lacks flows, then the lowest
 * ones, which other ttls have used. A flow whose ttl before is not known says nothing of the links
 * to its node, and is asked there only if no other flow shows one.
 *
 * With what a round of flow 0 has shown (ht_multipath_take) a path without branches takes one
 * batch, else a batch or two for each hop. A call looks at all cells of the map: it is meant for
 * batches.
 *
 * Ceilings end the search early; what is not proven then, and what cannot be, is said. A proof is
 * renewed with an empty map: cells of a map may be of the path before a change. */
#ifndef HT_PROBING_MULTIPATH_MULTIPATH_H
#define HT_PROBING_MULTIPATH_MULTIPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/multipath/flow_map.h"
#include "probing/multipath/path_view.h"

/* Most probes of a target. */
#define HT_MULTIPATH_PROBES_MAX 5000

struct ht_multipath_settings {
    double failure;      /* eps: 0.05 for a confidence of 95 %; above 0, below 1 */
    uint32_t probes_max; /* ceiling of all probes, the void ones too */
    uint16_t flows_max;  /* 1 to HT_FLOWS_SEARCHED */
    uint8_t ttl_max;
    uint8_t gap_limit; /* silent nodes in a row that end a path; at least 1 */
};

/* A probe to be sent. */
struct ht_multipath_probe {
    uint16_t flow;
    uint8_t ttl;
};

/* What became of a probe. */
enum ht_multipath_outcome {
    HT_MULTIPATH_ANSWERED, /* by a router on the way */
    HT_MULTIPATH_ENDED,    /* by the destination, or by a router that refuses the flow */
    HT_MULTIPATH_SILENT,   /* no answer in time: lost, or the router is silent */
    HT_MULTIPATH_VOID      /* no answer for a rate limit or for this host, or it did not leave */
};

/* Why not all is proven. */
enum ht_multipath_gap {
    HT_UNPROVEN_FLOWS = 1 << 0,   /* flows_max is reached */
    HT_UNPROVEN_PROBES = 1 << 1,  /* probes_max is */
    HT_UNPROVEN_TTL = 1 << 2,     /* a path goes on at ttl_max */
    HT_UNPROVEN_SILENCE = 1 << 3, /* a path ends in silence: branches may lie behind it */
    HT_UNPROVEN_PACKETS = 1 << 4, /* behind a node by packet several nodes follow several: which
                                     leads to which cannot be seen */
    HT_UNPROVEN_LIMITS = 1 << 5,  /* a probe was void, or a repetition unanswered, too often */
    HT_UNPROVEN_MEMORY = 1 << 6
};

struct ht_multipath_progress {
    bool finished;     /* nothing is under way or to be sent */
    bool complete;     /* finished, and the rule is met at every node */
    unsigned unproven; /* enum ht_multipath_gap, when finished */
};

/* Sets probes[] to those that are to be sent now, at most `max`, and notes them in the map as under
 * way; returns how many. `view`: built of the map in the end, for as long as the map is as it was.
 */
size_t ht_multipath_next(struct ht_flow_map *map, const struct ht_multipath_settings *settings,
                         struct ht_path_view *view, struct ht_multipath_probe *probes, size_t max,
                         struct ht_multipath_progress *progress);

/* What became of a probe, or of one that another measurement sent. `address`: who answered, else
 * NULL. flow < HT_FLOWS_SEARCHED, ttl > 0. */
void ht_multipath_take(struct ht_flow_map *map, struct ht_multipath_probe probe,
                       enum ht_multipath_outcome outcome, const struct ht_address *address);

#endif
