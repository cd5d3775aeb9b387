#include "base/zone.h"

#include <stdlib.h>

const char *ht_zones_name(const struct ht_zones *zones, uint32_t scope_id)
{
    for (size_t i = 0; zones != NULL && scope_id != 0 && i < zones->count; i++) {
        if (zones->list[i].scope_id == scope_id)
            return zones->list[i].name[0] != '\0' ? zones->list[i].name : NULL;
    }
    return NULL;
}

void ht_zones_fini(struct ht_zones *zones)
{
    free(zones->list);
    *zones = (struct ht_zones){0};
}
