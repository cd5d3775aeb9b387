/* What the network does with a packet: packet bytes in, answers with delays out.
 * No system call, no clock: time is an argument. */
#ifndef SIMNET_ANSWER_H
#define SIMNET_ANSWER_H

#include "listener.h"
#include "reply.h"
#include "rng.h"
#include "site.h"
#include "stats.h"

/* Takes an answer; it is to leave delay_ns after the packet came. */
typedef void (*answer_emit)(void *context, const uint8_t *packet, size_t length, int64_t delay_ns);

/* Tokens of a rate limit; one for each router. */
struct bucket {
    double tokens;
    int64_t filled_ns; /* 0: never used, that is full */
};

/* The network's changing state. */
struct network {
    const struct topology *topology;
    struct stats *stats;
    struct rng rng;
    struct bucket *buckets;
    uint32_t *answered; /* per hop: answers so far */
    struct listener *listener;
    struct ways ways;
    struct address dns_ipv4, dns_ipv6, forger_ipv4, forger_ipv6;
    uint16_t ip_id;
    struct reply scratch;
    answer_emit emit;
    void *context;
};

/* Both of topology and stats have to outlive the network. False without memory; fini is
 * safe then, too. */
bool network_init(struct network *network, const struct topology *topology, struct stats *stats,
                  uint64_t seed, answer_emit emit, void *context);
/* The same network with another topology from now on: rate limits and TCP flows start
 * afresh. False, and nothing is changed, without memory. */
bool network_replace(struct network *network, const struct topology *topology);

void network_fini(struct network *network);

/* A packet came at now_ns (monotonic). Emits what the network answers. `probe` gets the
 * fields of the packet, valid as far as the verdict goes. `partial`: see probe_read. */
enum probe_verdict network_packet(struct network *network, uint8_t *packet, size_t length,
                                  bool partial, int64_t now_ns, struct probe *probe);

/* Readies the scratch reply: from this router or address back to the prober. */
struct reply *network_reply(struct network *network, const struct probe *probe,
                            const struct address *source, int ttl);

#endif
