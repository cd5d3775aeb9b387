/* Which of a name's addresses is measured, and how packets get there. */
#ifndef HT_API_DESTINATION_H
#define HT_API_DESTINATION_H

#include <stddef.h>

#include "hoptrace/address.h"
#include "hoptrace/error.h"
#include "net/route.h"

struct ht_scheduled_target;

/* The route of the target's packets to an address, from `source` (HT_IP_NONE: the kernel's choice).
 * The errors of ht_route_query_ask. */
int ht_destination_route(struct ht_scheduled_target *scheduled, const struct ht_address *address,
                         const struct ht_address *source, struct ht_route *route,
                         struct ht_error *error);

/* The address to measure among `count` >= 1, which stand in the order to be tried (RFC 6724). It
 * may be one that no single host has (ht_address_unfit), if there is no other. */
struct ht_address ht_destination_choose(struct ht_scheduled_target *scheduled,
                                        const struct ht_address *addresses, size_t count);

#endif
