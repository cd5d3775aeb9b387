/* What the parts of the backend without privilege share. For core/net alone.
 *
 * A datagram socket is bound to the source address and the number of the flows that it sends, and
 * so is one for all targets. The kernel gives it the ICMP errors about packets from there, through
 * its error queue, and a socket for ICMP the echo replies to its id. Sending reads that queue too,
 * for its packets' stamps: errors that it finds there wait in the receiver.
 *
 * A TCP probe is an attempt to connect, with the probe's ttl, from the flow's port: the kernel's
 * own SYN, with its own sequence number and timestamp. The kernel has one connection of a flow at a
 * time, so that what it tells of one is an answer to that probe, whose own header stands in for
 * what was quoted. */
#ifndef HT_NET_USER_INTERNAL_H
#define HT_NET_USER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/prefetch.h"
#include "net/ancillary.h"
#include "net/clock.h"
#include "net/raw_internal.h"
#include "net/socket_address.h"
#include "net/sockets.h"
#include "net/transmit_stamps.h"
#include "net/user_connections.h"
#include "wire/rebuilt.h"

/* What a receiver's own wake_fd is tagged with; no index. */
#define HT_WAKE_TAG UINT64_MAX

/* Most datagram sockets of a family: one for each protocol, source address, number and interface.
 * Of more, the one that has sent nothing for longest makes room. */
#define HT_USER_SOCKETS_MAX 256

/* A datagram socket. */
struct ht_user_socket {
    int fd; /* -1: the place is free */
    uint8_t ip_protocol;
    uint16_t local_id; /* ICMP id, source port */
    struct ht_address source;
    uint32_t interface_index; /* IPv6: that it is bound to; 0: none */
    uint64_t last_used;       /* a count that rises with each use */
    int hop_limit;            /* ICMPv6: as it is set; -1: not yet */
    int traffic_class;
    bool whole;     /* IPv4: packets may not be cut to pieces, as it is set */
    uint32_t drops; /* the kernel's counter of packets dropped, modulo 2^32, when last seen */
    struct ht_transmit_stamps stamps;
};

/* What was received of one kind and family, and is not handed over yet. */
struct ht_user_receiver {
    int epoll_fd; /* of the sockets concerned, and of wake_fd; -1: not open */
    int wake_fd;  /* readable while `rung`: packets wait that sending has read; -1: not open */
    bool rung;
    uint8_t ip_version;
    size_t count;     /* packets that wait */
    uint32_t dropped; /* packets newly dropped for want of buffer, at least */
    struct ht_incoming packets[HT_BATCH_MAX];
    /* The first `count` hold the packets that wait; in the others is room to read. */
    uint8_t *buffers[HT_BATCH_MAX];
    uint8_t (*bytes)[HT_REBUILT_HEADROOM + HT_RECEIVE_MAX + HT_CACHE_LINE]; /* owned, as many */
};

struct ht_user_family {
    int64_t pace_ns; /* what sending one packet took of late */
    uint64_t uses;
    size_t socket_count;
    size_t latest; /* index of the socket that sent last */
    struct ht_user_socket sockets[HT_USER_SOCKETS_MAX];
    struct ht_user_receiver receivers[2]; /* by enum ht_answers */

    /* TCP, while it is open. */
    struct ht_connections connections;
    int timer_fd;     /* -1: not open */
    int64_t timer_ns; /* what it is set to */
};

/* One call to read. */
struct ht_user_reading {
    struct mmsghdr messages[HT_BATCH_MAX];
    struct iovec vectors[HT_BATCH_MAX];
    union ht_socket_address names[HT_BATCH_MAX];
    union ht_control controls[HT_BATCH_MAX];
};

/* Linux 5.0; older C libraries do not name it. */
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

/* The C library does not name it (linux/in6.h, which cannot be included beside its own header). */
#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND 33
#endif

/* The state of ht_backend_user. */
struct ht_user {
    struct ht_user_family ipv4;
    struct ht_user_family ipv6;
    struct ht_stamp_clock clock;
    struct ht_send_area send;
    struct ht_user_reading reading;
};

static inline struct ht_user_family *ht_user_family(struct ht_user *user, uint8_t ip_version)
{
    return ip_version == HT_IPV4 ? &user->ipv4 : &user->ipv6;
}

/* The packets of one call to send, whose stamps are looked for. */
struct ht_user_sent {
    struct ht_outgoing *packets;
    int64_t before_ns; /* when the call began */
    size_t stamped;    /* stamps found */
};

/* user_socket.c: the socket that a packet leaves by, opened where there is none yet. NULL, with
 * errno. */
struct ht_user_socket *ht_user_socket_of(struct ht_user_family *family,
                                         const struct ht_outgoing *packet);
void ht_user_sockets_close(struct ht_user_family *family);

/* Binds a socket to the number, beside the reservation's own sockets, which hold it for this
 * process (reserve.h): what comes to an address goes to the socket that is bound to it. False, with
 * errno. */
bool ht_user_bind(int fd, const struct ht_address *source, uint16_t local_id);

/* The same for those of one protocol: whether one may be had, HT_OK or as ht_sockets_open. */
int ht_user_try_echo(uint8_t ip_version, struct ht_error *error);

/* user_receive.c: reads the socket's error queue as far as there is room in the receiver. Errors
 * wait there; stamps are entered in what was `sent` (NULL: nothing was). Returns the number of
 * items read. */
size_t ht_user_read_errors(struct ht_user *user, struct ht_user_receiver *receiver,
                           struct ht_user_socket *socket, struct ht_user_sent *sent);

/* user_tcp.c: opens what TCP needs besides its receiver, HT_OK or as ht_sockets_open; closes it,
 * also after a failure. */
int ht_user_tcp_open(struct ht_user_family *family, struct ht_error *error);
void ht_user_tcp_close(struct ht_user_family *family);

/* Begins the connection that is this probe, in place of the flow's last one, and fills in the
 * result. */
void ht_user_tcp_send(struct ht_user *user, struct ht_user_family *family,
                      struct ht_outgoing *packet);

/* Takes answers in, as far as there is room in the receiver, and gives up connections that were
 * tried long enough. */
void ht_user_tcp_read(struct ht_user *user, struct ht_user_family *family);

/* `send` and `receive` of ht_backend_user. */
void ht_user_send(void *state, struct ht_outgoing *packets, size_t count, bool more);
size_t ht_user_receive(void *state, uint8_t ip_version, enum ht_answers answers,
                       struct ht_incoming *packets, struct ht_missed *missed);

#endif
