/* The connections that TCP probes try to open, one for each flow at a time. For core/net alone. */
#ifndef HT_NET_USER_CONNECTIONS_H
#define HT_NET_USER_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/time.h"
#include "model/packet.h"

/* How long a connection is tried: the kernel sends its SYN again after 1 s (RFC 6298 section 2),
 * and an answer would not tell which of the two it is to. */
#define HT_CONNECTION_NS (950 * HT_NS_PER_MS)

/* Connections at a time; further ones wait (HT_SEND_BUSY). */
#define HT_CONNECTIONS_MAX 4096

/* Bytes of the longest TCP header, which is all that a probe's answer is matched by. */
#define HT_TCP_HEADER_MAX 60

/* No index. */
#define HT_NO_CONNECTION UINT32_MAX

struct ht_connection {
    int fd;
    struct ht_address source;
    struct ht_address destination;
    int64_t sent_ns;
    uint32_t next;  /* index of the next one of its bucket; of a free one: of the next free one */
    uint32_t newer; /* index; by sent_ns */
    uint32_t older;
    uint8_t header_length; /* of the probe's header */
    uint8_t header[HT_TCP_HEADER_MAX];
};

#define HT_CONNECTION_BUCKETS 1024

struct ht_connections {
    struct ht_connection *list; /* owned: HT_CONNECTIONS_MAX, so that an index stays good */
    uint32_t buckets[HT_CONNECTION_BUCKETS];
    uint32_t made; /* of the list: used at least once */
    uint32_t free; /* index of the first free one of these */
    uint32_t newest;
    uint32_t oldest;
};

/* False: no memory. */
bool ht_connections_init(struct ht_connections *connections);

/* Frees the list; no connection may be left. */
void ht_connections_fini(struct ht_connections *connections);

/* The connection of the packet's flow: ports and addresses. HT_NO_CONNECTION: there is none. */
uint32_t ht_connections_find(const struct ht_connections *connections,
                             const struct ht_outgoing *packet);

/* Adds one for the packet, whose flow has none, sent no earlier than those before it.
 * HT_NO_CONNECTION: there are HT_CONNECTIONS_MAX. */
uint32_t ht_connections_add(struct ht_connections *connections, int fd, int64_t sent_ns,
                            const struct ht_outgoing *packet);

/* Takes one out; its descriptor is the caller's to close. */
void ht_connections_remove(struct ht_connections *connections, uint32_t index);

/* When the oldest one has been tried for HT_CONNECTION_NS; HT_NEVER: there is none. */
int64_t ht_connections_next_ns(const struct ht_connections *connections);

#endif
