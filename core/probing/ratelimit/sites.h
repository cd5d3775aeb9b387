/* All sites, and which of them a round's probes are entered at.
 *
 * The targets of an interface have one site at each ttl as long as one router answers them all
 * there. Where several do (behind a balancer), a round whose memory knows the router that it meets
 * has that router's site, if other targets meet it too. The rest is left at the common one, where
 * no limit can be told, or, once routers of the ttl are known to have limits, waits for its turn at
 * one of theirs. */
#ifndef HT_PROBING_SITES_H
#define HT_PROBING_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probing/ratelimit/site.h"

struct ht_hop_state;
struct ht_path_memory;
struct ht_probe;
struct ht_probe_log;

/* Routers of a ttl that may have a site of their own, which bounds memory; the number fits in
 * ht_hop_state.site. */
#define HT_ROUTER_SITES_MAX 31

/* The site of a router that is not the only one at its ttl. It is used, and gets its 4 kB of
 * probes, once a second target meets the router, or where the common site has seen that before. */
struct ht_router_site {
    struct ht_router_site *next;
    struct ht_site site;
    uint32_t flow_tag; /* of the first target */
    bool shared;       /* another one meets it, too */
};

/* What is known of the paths that leave by one interface. */
struct ht_sites {
    struct ht_sites *next;
    uint32_t interface_index;
    uint8_t ip_version;
    int64_t read_ns;  /* answers that came up to then were read */
    uint32_t alarms;  /* times that a site of them was no more in HT_SITE_FREE */
    uint16_t limited; /* sites in another state than HT_SITE_FREE */
    struct ht_site at[UINT8_MAX + 1];
    struct ht_router_site *routers[UINT8_MAX + 1]; /* owned; oldest first */
};

/* {0} is empty. */
struct ht_rate_limits {
    struct ht_sites *first; /* owned */
    size_t count;
};

void ht_rate_limits_fini(struct ht_rate_limits *limits);

/* All answers that came up to then were read. */
void ht_rate_limits_read(struct ht_rate_limits *limits, int64_t until_ns);

/* Alarms so far, of all sites. */
uint32_t ht_rate_limits_alarms(const struct ht_rate_limits *limits);

/* True if a limit is sought at some site, or kept to with turns that are less apart than this. */
bool ht_rate_limits_closer(const struct ht_rate_limits *limits, int64_t spacing_ns);

/* The sites of an interface (0: the routing table decides), made when first asked for. NULL: no
 * memory, or there are too many interfaces. */
struct ht_sites *ht_rate_limits_sites(struct ht_rate_limits *limits, uint32_t interface_index,
                                      uint8_t ip_version);

/* The site of this ttl with a number: 0 is the common one, N that of the N-th router. */
struct ht_site *ht_sites_at(struct ht_sites *sites, uint8_t ttl, uint8_t number);

/* The site at which the round's probes of this ttl are entered. The ttl has been asked for. */
struct ht_site *ht_sites_of(const struct ht_probe_log *log, struct ht_sites *sites, uint8_t ttl);

/* Begins to fetch into the cache what the common site remembers of a probe. */
void ht_sites_fetch(const struct ht_sites *sites, const struct ht_probe *probe);

/* Chooses that site, before the hop's first probe leaves. `memory`: of the round's path, NULL if it
 * has none. `flow_tag`: a number that is the target's alone. */
void ht_sites_choose(struct ht_sites *sites, const struct ht_path_memory *memory, uint32_t flow_tag,
                     struct ht_hop_state *hop, uint8_t ttl, int64_t now_ns);

#endif
