/* What opening, sending and receiving by raw sockets share. For core/net alone. */
#ifndef HT_NET_RAW_INTERNAL_H
#define HT_NET_RAW_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/prefetch.h"
#include "net/ancillary.h"
#include "net/clock.h"
#include "net/socket_address.h"
#include "net/sockets.h"
#include "net/transmit_stamps.h"

/* Most packets to one system call for sending where stamps come late or never: few enough that the
 * time of each is known well from the times before and after the call. */
#define HT_SEND_RUN 8

/* Most items of the error queue to one system call: the stamps of one call for sending, and
 * HT_STAMPS_LATE more, so that late ones do not pile up. */
#define HT_STAMPS_LATE 8
#define HT_STAMP_RUN   (HT_BATCH_MAX + HT_STAMPS_LATE)

/* A socket that receives; the descriptor is -1 while it is not open. */
struct ht_receiver {
    int fd;
    uint32_t drops; /* the kernel's counter of packets dropped, modulo 2^32, when last seen */
    size_t size;    /* of its buffer, in bytes; 0: not known yet */
    /* What the packets took of it that were read since it was last empty: at least, at most. */
    size_t held;
    size_t held_most;
};

/* The sockets of one family; descriptors are -1 while it is not open. */
struct ht_family_sockets {
    int send_fd;
    int64_t pace_ns; /* what sending one packet took of late */
    bool bind_tried;
    bool bound; /* the sending socket is, to this source address (IPv4 only): */
    uint8_t bound_address[4];
    struct ht_transmit_stamps stamps;
    struct ht_receiver receivers[2]; /* by enum ht_answers */
};

struct ht_send_area {
    struct mmsghdr messages[HT_BATCH_MAX];
    struct iovec vectors[HT_BATCH_MAX];
    union ht_socket_address names[HT_BATCH_MAX];
    union ht_control controls[HT_BATCH_MAX];
};

struct ht_stamp_area {
    struct mmsghdr messages[HT_STAMP_RUN];
    union ht_control controls[HT_STAMP_RUN];
};

struct ht_receive_area {
    size_t used;        /* messages from the front that the last call may have changed */
    uint8_t ip_version; /* that the messages are set up for; 0: none */
    struct mmsghdr messages[HT_BATCH_MAX];
    struct iovec vectors[HT_BATCH_MAX];
    union ht_socket_address names[HT_BATCH_MAX];
    union ht_control controls[HT_BATCH_MAX];
    /* A line more, lest all packets begin at the few places of the cache that a power of two has.
     */
    uint8_t bytes[HT_BATCH_MAX][HT_RECEIVE_MAX + HT_CACHE_LINE];
};

/* The state of ht_backend_raw. */
struct ht_raw {
    struct ht_family_sockets ipv4;
    struct ht_family_sockets ipv6;
    struct ht_stamp_clock clock;
    struct ht_send_area send;
    struct ht_stamp_area stamps;
    struct ht_receive_area receive;
};

static inline struct ht_family_sockets *ht_raw_family(struct ht_raw *raw, uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? &raw->ipv4 : &raw->ipv6;
}

/* `send` and `receive` of ht_backend_raw. */
void ht_raw_send(void *state, struct ht_outgoing *packets, size_t count, bool more);
size_t ht_raw_receive(void *state, uint8_t ip_version, enum ht_answers answers,
                      struct ht_incoming *packets, struct ht_missed *missed);

/* How far a counter of dropped packets has moved on from what it was when last seen, up to `seen`.
 */
uint32_t ht_advance_drops(uint32_t *drops, uint32_t seen);

/* Points the messages at their buffers, once. */
void ht_receive_area_init(struct ht_receive_area *area);

#endif
