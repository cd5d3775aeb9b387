/* The names of the network devices that scope numbers of addresses stand for. net/zone_names.h asks
 * the kernel and fills the table; code that formats addresses reads it. */
#ifndef HT_BASE_ZONE_H
#define HT_BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>

/* As the kernel's IFNAMSIZ. */
#define HT_ZONE_MAX 16

struct ht_zone {
    uint32_t scope_id;
    char name[HT_ZONE_MAX]; /* "": not known */
    int64_t asked_ns;       /* when the kernel was last asked for the name */
};

/* {0} is empty. A host has few devices: the table is searched from front to back. */
struct ht_zones {
    struct ht_zone *list; /* owned */
    size_t count;
    size_t capacity;
};

/* The device's name, valid until the table changes. NULL: unknown, or scope_id is 0. `zones` may be
 * NULL: no name is known. */
const char *ht_zones_name(const struct ht_zones *zones, uint32_t scope_id);

void ht_zones_fini(struct ht_zones *zones);

#endif
