/* The raw sockets of the bare loop. */
#ifndef BENCH_BARE_SOCKET_H
#define BENCH_BARE_SOCKET_H

#include "bare_packet.h"

#include <sys/socket.h>

struct bare_sockets {
    int send_fd, icmp_fd;
    int tcp_fd; /* -1 but for TCP */
    /* So many answers find room in the receive buffers, while nobody reads. */
    unsigned room;
};

/* The address from which the kernel sends to that one; false with errno set. */
bool bare_source(union bare_address *source, const union bare_address *destination);

/* False with errno set. */
bool bare_sockets_open(struct bare_sockets *sockets, const struct bare_kind *kind);

socklen_t bare_address_length(sa_family_t family);

#endif
