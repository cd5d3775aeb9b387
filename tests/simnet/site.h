/* The way of a packet along its path: where it ends, and what meets it before. */
#ifndef SIMNET_SITE_H
#define SIMNET_SITE_H

#include "firewall.h"
#include "rng.h"
#include "topology.h"

/* What a hop has against a packet. */
enum refusal { REFUSE_NOTHING, REFUSE_UNREACHABLE, REFUSE_PARAMETER, REFUSE_TOO_BIG };

/* Where on the path a packet ended and how that place answers. */
struct site {
    const struct target *target;
    const struct behaviour *behaviour;
    struct behaviour plain; /* that, where it translates other flows only */
    uint32_t hop_number, router;
    int64_t rtt_ns;
    unsigned distance; /* the ttl that leads here */
    enum refusal refusal;
    uint8_t tos;                /* or traffic class, as the packet has it there */
    struct address destination; /* likewise */
    uint16_t destination_port;  /* likewise */
    uint32_t shift;             /* what firewalls on the way added to its TCP sequence number */
};

/* What changes on ways while packets flow. */
struct ways {
    struct firewall *firewall;
    uint32_t *met; /* per hop that refuses some: packets that came to be judged */
};

/* False without memory; fini is safe then, too. */
bool ways_init(struct ways *ways, const struct topology *topology, uint64_t seed);
void ways_fini(struct ways *ways);

/* Where the ttl leads a packet to this target. */
enum way {
    WAY_FOUND,
    WAY_NONE,   /* past the end of the path */
    WAY_DROPPED /* by a firewall */
};
enum way site_find(struct site *site, struct ways *ways, const struct topology *topology,
                   uint32_t target, const struct probe *probe, int64_t now_ns, struct rng *rng);

/* The destination at this site has refused the packet's connection, now: the firewalls on the way
 * back see it. */
void site_refused(const struct site *site, struct ways *ways, const struct topology *topology,
                  const struct probe *probe, int64_t now_ns);

#endif
