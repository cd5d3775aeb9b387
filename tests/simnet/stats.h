/* What was seen and done, counted. */
#ifndef SIMNET_STATS_H
#define SIMNET_STATS_H

#include "probe.h"
#include "topology.h"

#include <stdio.h>

/* Room for the arrivals of one window: above 1.3 million packets a second the greatest
 * number is capped there. */
#define WINDOW_NS   100000000
#define WINDOW_ROOM (1u << 17)

struct target_stats {
    uint32_t probes, beyond; /* beyond: with a ttl greater than the destination's */
    uint8_t ttl_highest;
};

struct stats {
    uint64_t received; /* packets of any kind, ignored ones included */
    uint64_t verdicts[PROBE_VERDICTS];
    uint64_t icmp, udp, tcp, ipv4, ipv6; /* probes */
    uint64_t dns_queries, dns_answers;
    uint64_t no_route; /* probes to addresses that do not exist */
    uint64_t other;    /* good packets that ask for nothing: RSTs of the kernel, errors */
    uint64_t answers;  /* true ones that left or will leave, copies included */
    uint64_t lost, silent, rate_limited, filtered, firewalled, forged;
    uint64_t no_room;     /* answers that found the queue full: our fault, not the network's */
    uint64_t send_errors; /* answers the link refused: likewise */
    uint64_t link_drops;  /* packets that the link dropped before we could read them */
    uint64_t late;        /* answers that left more than 1 ms after their time */
    int64_t latest_ns;    /* the greatest such delay */
    uint64_t per_ttl[256];
    struct target_stats *per_target;
    uint32_t targets;
    int64_t first_probe_ns, last_probe_ns; /* when they came; 0: none did */
    uint32_t window_most;                  /* probes in any 100 ms */
    uint32_t window_first, window_count;
    int64_t *window; /* ring of arrival times */
};

/* False without memory; fini is safe then, too. */
bool stats_init(struct stats *stats, const struct topology *topology);
/* The network has changed: counts per target start afresh, all others go on. Without
 * memory false, and no probe may be counted any more. */
bool stats_retarget(struct stats *stats, const struct topology *topology);

void stats_fini(struct stats *stats);

/* A probe came for this target (NO_INDEX: none) at now_ns. */
void stats_probe(struct stats *stats, const struct topology *topology, const struct probe *probe,
                 uint32_t target, int64_t now_ns);

/* All counters as one JSON object; README.md describes it. */
void stats_print(const struct stats *stats, const struct topology *topology, FILE *out);

/* One JSON object a line and target that was probed. */
void stats_print_targets(const struct stats *stats, const struct topology *topology, FILE *out);

#endif
