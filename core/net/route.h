/* What the kernel's routing table says about a destination. */
#ifndef HT_NET_ROUTE_H
#define HT_NET_ROUTE_H

#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

/* Sockets kept for asking; {-1, -1} before the first use. */
struct ht_router {
    int ipv4_fd;
    int ipv6_fd;
};

/* Opens what questions about a family are asked through, unless it is open. Not needed: done before
 * the privilege for raw sockets is given up, it makes questions cheaper afterwards. */
void ht_router_prepare(struct ht_router *router, uint8_t ip_version);

/* Closes what was kept; the router may be used again. */
void ht_router_fini(struct ht_router *router);

/* The source address that a packet to `destination` gets: *source, unless `wanted` (NULL or
 * HT_IP_NONE: none) names one, which is then checked to be this host's. `interface` "" or the
 * device to send through, whose index goes to *interface_index (else 0). Sends no packet, needs no
 * privilege. A link-local destination needs its scope, or an interface.
 * HT_ERR_UNREACHABLE: no route, no such interface or address, or one that is down; the text names
 * it. HT_ERR_NOMEM, HT_ERR_SYSTEM: the descriptors are exhausted, and the like. */
int ht_router_ask(struct ht_router *router, const struct ht_address *destination,
                  const struct ht_address *wanted, const char *interface, struct ht_address *source,
                  uint32_t *interface_index, struct ht_error *error);

#endif
