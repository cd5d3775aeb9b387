/* A network with several paths that is made up, and what its probes meet. */
#ifndef HT_TESTS_MULTIPATH_NETWORK_H
#define HT_TESTS_MULTIPATH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"

#define NET_NODES_MAX 96
#define NET_NEXT_MAX  16

struct net_node {
    uint8_t next[NET_NEXT_MAX];
    uint8_t weights[NET_NEXT_MAX]; /* shares, relative */
    uint8_t next_count;
    bool packet; /* takes turns by chance, packet by packet */
    bool silent;
    bool limited; /* drops each second answer, and is known to */
    bool end;     /* the destination */
};

/* Node 0 is this host; links lead to higher ones. */
struct net {
    struct net_node nodes[NET_NODES_MAX];
    uint8_t count;
    double loss; /* of each probe, 0 to 1 */
};

/* What a probe meets; NET_LOST: no answer. */
#define NET_LOST    255
#define NET_LIMITED 254

/* The node at this ttl for a packet of this flow (below 2^24); the last one if the path is shorter.
 * `seed` makes the hash functions, `chance` what goes packet by packet. */
uint8_t net_walk(const struct net *net, uint64_t seed, uint64_t *chance, uint32_t flow,
                 uint8_t ttl);

/* Who answers a probe. */
uint8_t net_probe(const struct net *net, uint64_t seed, uint64_t *chance, uint32_t flow,
                  uint8_t ttl);

/* The address of a node; its number back. */
struct ht_address net_address(uint8_t node);
uint8_t net_node_of(const struct ht_address *address);

/* Building: a node behind each of `from`; the new node's number. */
uint8_t net_add(struct net *net, const uint8_t *from, uint8_t count);
/* `width` nodes, each behind each of `from`; their numbers in `to`. */
void net_widen(struct net *net, const uint8_t *from, uint8_t count, uint8_t *to, uint8_t width);
void net_link(struct net *net, uint8_t from, uint8_t to, uint8_t weight);

#endif
