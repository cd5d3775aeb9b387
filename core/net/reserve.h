/* Reserves a number that no other hoptrace process in this network namespace uses: as ICMP id and
 * as source port. */
#ifndef HT_NET_RESERVE_H
#define HT_NET_RESERVE_H

#include <stdint.h>

#include "base/error.h"

/* The list: from first to last, in this order. Above the kernel's usual range for outgoing
 * connections (32768-60999), so that no ordinary client happens to sit on one of them, and
 * above the ports that traceroutes probe (33434 and up) and that mosh listens on (60000-61000). */
#define HT_RESERVE_FIRST 61001
#define HT_RESERVE_LAST  65535

struct ht_reservation {
    int udp_fd; /* bound to the port, so that the kernel guarantees it; -1: none */
    uint16_t local_id;
};

/* Takes the first free port of the list: the next process has the same one, and so the same
 * flow, wherever it is free. Held for both address families; what arrives at the port is
 * discarded unread. On failure there is nothing to release.
 * HT_ERR_SYSTEM: all of the list are taken, or descriptors are exhausted; HT_ERR_NOMEM;
 * HT_ERR_PERMISSION: a policy of this host forbids the port. */
int ht_reservation_take(struct ht_reservation *reservation, struct ht_error *error);

/* Lets the number go. Does nothing to one without a descriptor. */
void ht_reservation_release(struct ht_reservation *reservation);

#endif
