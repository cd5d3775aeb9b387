/* What the kernel's routing table says about a destination. */
#ifndef HT_NET_ROUTE_H
#define HT_NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"

/* A socket kept for asking. */
struct ht_asker {
    int fd;      /* -1: not open */
    uint8_t tos; /* as it was last asked with */
};

/* Sockets kept for asking. */
struct ht_route_query {
    struct ht_asker ipv4;
    struct ht_asker ipv6;
};

/* What is asked: the way of packets like those of a target. Strings are borrowed. */
struct ht_route_question {
    struct ht_address destination;
    struct ht_address source; /* which must be this host's; HT_IP_NONE: the kernel chooses */
    const char
        *source_zone;      /* of a link-local source without a scope; "": see ht_route_query_ask */
    const char *interface; /* to send through; "": the routing table decides */
    uint8_t tos;
    uint32_t fwmark; /* 0: none */
};

struct ht_route {
    /* As asked about, and what packets to it get. Link-local ones have their scope. */
    struct ht_address destination;
    struct ht_address source;
    /* The device to send through; 0: the routing table decides. A packet from a link-local source
     * to an address that is none has to name its device. */
    uint32_t interface_index;
};

/* No socket is open yet. */
void ht_route_query_init(struct ht_route_query *query);

/* Opens what questions about a family are asked through, unless it is open. Not needed: done before
 * the privilege for raw sockets is given up, it makes questions cheaper afterwards. */
void ht_route_query_prepare(struct ht_route_query *query, uint8_t ip_version);

/* Closes what was kept; the query may be used again. */
void ht_route_query_fini(struct ht_route_query *query);

/* Whether this process may mark packets: HT_OK; HT_ERR_PERMISSION with the command that grants it;
 * HT_ERR_NOMEM, HT_ERR_SYSTEM. */
int ht_route_query_may_mark(struct ht_error *error);

/* Whether packets to the destination of this question are known not to be taken in here: their
 * route is there and leads elsewhere. The question's source plays no part. False also where netlink
 * is refused. */
bool ht_route_leads_away(const struct ht_route_question *question);

/* The way that packets like those asked about take, and the source address they get. Sends no
 * packet; needs no privilege unless there is a mark. A link-local destination needs its scope, or
 * an interface; a link-local source its scope, its zone, an interface, or the destination's scope.
 * HT_ERR_UNREACHABLE: no route, no such interface, a source that is not this host's, cannot be one
 * or cannot reach the destination, or none that can; the text names it. HT_ERR_PERMISSION: the mark
 * is refused. HT_ERR_NOMEM, HT_ERR_SYSTEM: the descriptors are exhausted, and the like. */
int ht_route_query_ask(struct ht_route_query *query, const struct ht_route_question *question,
                       struct ht_route *route, struct ht_error *error);

#endif
