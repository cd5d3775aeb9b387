/* The routing table's own words about a destination, by netlink: which device packets leave through
 * and whether it is this host. A connected socket knows neither, so this is for the few questions
 * that need it. No file outside core/net includes it. */
#ifndef HT_NET_ROUTE_LOOKUP_H
#define HT_NET_ROUTE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/route.h"

struct ht_route_facts {
    uint32_t device; /* that packets leave through; 0: not known */
    bool local;      /* the destination is this host */
    bool broadcast;  /* it is the broadcast address of a link of this host's */
};

/* What is known of the way of packets like those asked about, through the device of this index (0:
 * any); the question's source plays no part. Nothing (all 0) without a route, or where netlink is
 * refused. */
struct ht_route_facts ht_route_lookup(const struct ht_route_question *question, uint32_t through);

#endif
