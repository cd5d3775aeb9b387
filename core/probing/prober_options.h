/* What a prober is made with: its pace, its secrets, and who is told what. */
#ifndef HT_PROBING_PROBER_OPTIONS_H
#define HT_PROBING_PROBER_OPTIONS_H

#include <stdint.h>

#include "base/zone.h"
#include "hoptrace/address.h"
#include "hoptrace/report.h"
#include "model/local_ids.h"

struct ht_flow_sightings;

struct ht_prober_options {
    uint32_t pps;            /* ceiling, packets a second (see pacer.h); 0: none */
    uint64_t secret[2];      /* random: makes keys and flow tags unpredictable */
    uint64_t host_secret[2]; /* the same for all processes of this host: what their flows have in
                                common, and strangers cannot foretell, is made of it */
    int64_t connection_ns;   /* how long a TCP probe may be answered, where one of a flow is on its
                                way at a time (ht_probe_ids.alone); 0: there is no such limit */
    struct ht_local_ids ids; /* reserved for this process */
    /* Both are borrowed, see hoptrace.h. `seen`: what the round has seen, flow by flow, as many as
     * the record has flows, one at least. */
    void (*on_report)(void *user, const struct ht_report *report,
                      const struct ht_flow_sightings *seen);
    /* Of a target with several flows all hops are told right before the record. */
    void (*on_hop)(void *user, const struct ht_report *so_far, const struct ht_hop *hop);
    /* May be NULL. An address answered at a ttl for the first time in a round; told of rounds whose
     * target is not numeric. */
    void (*on_node)(void *user, const struct ht_address *address);
    /* May be NULL. A search for all paths needs more flows than `ids` has: who can gives more at
     * once (ht_prober_set_local_ids). */
    void (*on_few_ids)(void *user);
    void *user;
    const struct ht_zones
        *zones; /* borrowed: names for the scopes of nodes; NULL: none are known */
};

#endif
