/* Reserves a number that no other process in this network namespace uses: as source port of UDP and
 * TCP, and, for flow 0, as ICMP id. */
#ifndef HT_NET_RESERVE_H
#define HT_NET_RESERVE_H

#include <stdint.h>

#include "hoptrace/error.h"

/* The range. Above the kernel's usual one for outgoing connections (32768-60999), so that no
 * ordinary client happens to sit on one of these, and above the ports that traceroutes probe (33434
 * and up) and that mosh listens on (60000-61000). */
#define HT_RESERVE_FIRST 61001
#define HT_RESERVE_LAST  65535
#define HT_RESERVE_COUNT (HT_RESERVE_LAST - HT_RESERVE_FIRST + 1)

/* UDP, TCP and ICMP. */
#define HT_RESERVE_SOCKETS 3

/* The sockets are bound to the number, so that the kernel guarantees it; -1: none. */
struct ht_reservation {
    int fds[HT_RESERVE_SOCKETS];
    uint16_t local_id; /* 0: none is held */
};

/* Holds no number. */
void ht_reservation_init(struct ht_reservation *reservation);

/* The number that is tried as the place-th one for a flow (0 to HT_FLOWS_SEARCHED - 1), 0 to
 * HT_RESERVE_COUNT - 1: in order from the flow's first on, around the end of the range. Flow 0's
 * first is one that the host's secret (host_secret.h) tells; flow k's is k times
 * HT_RESERVE_COUNT / HT_FLOWS_MAX behind it, so that it depends neither on the number of flows
 * nor on what another flow found taken. */
uint16_t ht_reservation_candidate(const uint64_t host_secret[2], uint16_t flow, uint32_t place);

/* Takes the first number in that order which is free: the next process has the same one, and so the
 * same flow, wherever it is free, and who does not know the host's secret has to guess it. Held for
 * both address families; of flow 0 as ICMP id too, where net.ipv4.ping_group_range lets this
 * process have such a socket. What arrives at them is discarded unread. Needs no privilege. On
 * failure none is held. HT_ERR_SYSTEM: all of the range are taken, or descriptors are exhausted;
 * HT_ERR_NOMEM; HT_ERR_PERMISSION: a policy of this host forbids the port. */
int ht_reservation_take(struct ht_reservation *reservation, const uint64_t host_secret[2],
                        uint16_t flow, struct ht_error *error);

/* Lets further sockets of this process that allow it (SO_REUSEADDR) be bound to the number as well.
 * Other processes' reservations do not allow it, and still find the number taken. */
void ht_reservation_share(struct ht_reservation *reservation);

/* Lets the number go, if one is held. */
void ht_reservation_release(struct ht_reservation *reservation);

#endif
