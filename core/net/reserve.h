/* Reserves a number that no other hoptrace process in this network namespace uses: as ICMP id and
 * as source port. */
#ifndef HT_NET_RESERVE_H
#define HT_NET_RESERVE_H

#include <stdint.h>

#include "base/error.h"

struct ht_reservation {
    int udp_fd; /* bound to the port, so that the kernel guarantees it; -1: none */
    uint16_t local_id;
};

/* Takes the first free port of a fixed list: the next process has the same one, and so the same
 * flow, wherever it is free. HT_ERR_SYSTEM: all of the list are taken. */
int ht_reservation_take(struct ht_reservation *reservation, struct ht_error *error);
void ht_reservation_release(struct ht_reservation *reservation);

#endif
