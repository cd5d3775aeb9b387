#include "net/zone_names.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "hoptrace/time.h"

/* How long a name is taken for granted. */
#define NAME_NS (1 * HT_NS_PER_S)

_Static_assert(HT_ZONE_MAX == IF_NAMESIZE, "a zone is a device's name");

/* The kernel lets a device have nearly any bytes for a name: one that a terminal or a line of
 * output might stumble over is as good as none. */
static bool find_name(uint32_t scope_id, char name[IF_NAMESIZE])
{
    if (if_indextoname(scope_id, name) == NULL)
        return false;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~')
            return false;
    }
    return true;
}

/* The entry of a scope, a new and nameless one at need; NULL: no memory. */
static struct ht_zone *entry_of(struct ht_zones *zones, uint32_t scope_id)
{
    for (size_t i = 0; i < zones->count; i++) {
        if (zones->list[i].scope_id == scope_id)
            return &zones->list[i];
    }
    struct ht_zone *list = ht_array_room(zones->list, zones->count, &zones->capacity, sizeof *list);
    if (list == NULL)
        return NULL;
    zones->list = list;
    struct ht_zone *made = &zones->list[zones->count++];
    *made = (struct ht_zone){.scope_id = scope_id, .asked_ns = -NAME_NS};
    return made;
}

void ht_zones_learn(struct ht_zones *zones, const struct ht_address *address, int64_t now_ns)
{
    char name[IF_NAMESIZE];
    if (address->scope_id == 0)
        return;
    struct ht_zone *zone = entry_of(zones, address->scope_id);
    if (zone == NULL || now_ns - zone->asked_ns < NAME_NS)
        return;
    zone->asked_ns = now_ns;
    if (find_name(address->scope_id, name))
        memcpy(zone->name, name, sizeof name);
}

uint32_t ht_zone_scope(const char *zone)
{
    uint32_t index = if_nametoindex(zone);
    if (index != 0 || *zone < '0' || *zone > '9')
        return index;
    char *end;
    errno = 0;
    unsigned long number = strtoul(zone, &end, 10);
    return errno == 0 && *end == '\0' && number <= INT32_MAX ? (uint32_t)number : 0;
}

const char *ht_zone_format(const struct ht_address *address, char *text)
{
    char name[IF_NAMESIZE];
    bool known = address->scope_id != 0 && find_name(address->scope_id, name);
    return ht_address_format_zoned(address, known ? name : NULL, text);
}
