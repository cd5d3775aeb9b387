/* What the kernel says of one route, by netlink. No file outside core/net includes it. */
#ifndef HT_NET_ROUTE_MESSAGE_H
#define HT_NET_ROUTE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/address.h"

struct ht_route_message {
    uint16_t type;                 /* RTM_NEWROUTE, RTM_DELROUTE */
    uint8_t route_type;            /* RTN_UNICAST, RTN_LOCAL, ... */
    uint8_t prefix_length;         /* leading bits of `destination` that count */
    struct ht_address destination; /* without a scope; HT_IP_NONE: the route is a default one */
    uint32_t device;               /* that packets leave through; 0: none is named */
};

/* Reads one message. False: it is not about a route, or it is cut. */
bool ht_route_message_read(const uint8_t *bytes, size_t length, struct ht_route_message *message);

#endif
