/* The names of the devices that scopes mean, as the kernel has them now. */
#ifndef HT_NET_ZONE_NAMES_H
#define HT_NET_ZONE_NAMES_H

#include <stdint.h>

#include "base/zone.h"
#include "hoptrace/address.h"

/* Lets the table have the name of the address's scope, unless it has none. A name is asked for
 * again after a second: devices are renamed, and their numbers given to others. The last name known
 * of a device that is gone stays. Without memory nothing is learned. */
void ht_zones_learn(struct ht_zones *zones, const struct ht_address *address, int64_t now_ns);

/* The number of the device that a zone is the name or the number of ("eth0", "2"); 0: there is
 * none, or the name is not known. A number is not looked at further. */
uint32_t ht_zone_scope(const char *zone);

/* The address for a sentence, with its device's name. `text` as for ht_address_format. */
const char *ht_zone_format(const struct ht_address *address, char *text);

#endif
