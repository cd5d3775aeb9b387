/* The items of a socket's error queue: what ICMP errors say of packets that it sent, and when its
 * packets left. No file outside core/net includes it, but for tests. */
#ifndef HT_NET_ERROR_QUEUE_H
#define HT_NET_ERROR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "hoptrace/address.h"

enum ht_queued_kind {
    HT_QUEUED_OTHER, /* of no use: this host's own errors, which sending has told of as well */
    HT_QUEUED_STAMP, /* when a packet left */
    HT_QUEUED_ERROR  /* an ICMP error */
};

/* One item. What it does not say is 0, HT_IP_NONE. */
struct ht_queued {
    enum ht_queued_kind kind;
    struct timespec stamp; /* when the packet left, or the error arrived */
    uint32_t number;       /* HT_QUEUED_STAMP: of the packet (transmit_stamps.h) */

    /* HT_QUEUED_ERROR. */
    struct ht_address responder;
    struct ht_address destination; /* of the packet that the error is about */
    uint16_t port;                 /* its destination port */
    uint8_t type;
    uint8_t code;
    int hop_limit;       /* of the error, as it arrived; -1: unknown */
    uint32_t link_mtu;   /* that an error about a packet's size tells; 0: none */
    size_t quote_length; /* where, in the item's data, an extension begins (RFC 4884); 0: the
                            error does not say */
};

/* Reads what stands beside an item that recvmsg has filled in: its control data, and the name,
 * which is a union ht_socket_address. */
struct ht_queued ht_error_queue_read(struct msghdr *message);

/* Asks the kernel for these items, and for what is told with them. False, with errno: the kernel
 * refuses what cannot be done without. */
bool ht_error_queue_ask(int fd, uint8_t ip_version);

#endif
