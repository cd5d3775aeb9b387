/* The names of the devices that the scopes of addresses mean. Who may ask the kernel fills the
 * table (net/zone_names.h); who turns addresses into text reads it. */
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

/* {0} is empty. Devices are few: the table is searched from front to back. */
struct ht_zones {
    struct ht_zone *list; /* owned */
    size_t count;
    size_t capacity;
};

/* NULL: no name is known, or there is none to be known (0). Good until the table changes. `zones`
 * may be NULL: nothing is known. */
const char *ht_zones_name(const struct ht_zones *zones, uint32_t scope_id);

void ht_zones_fini(struct ht_zones *zones);

#endif
