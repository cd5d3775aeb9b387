#include "history/path_mtu.h"

#include <stdlib.h>

static uint8_t hop_of(const struct ht_path_mtu *mtu)
{
    return mtu->limit_count > 0 ? mtu->limits[mtu->limit_count - 1].ttl : 0;
}

static struct ht_path_mtu copy_of(const struct ht_mtu *found)
{
    struct ht_path_mtu mtu = {.path = found->path};
    for (size_t i = 0; i < found->limit_count && i < HT_MTU_LIMITS_MAX; i++)
        mtu.limits[mtu.limit_count++] = found->limits[i];
    return mtu;
}

/* What limits the path now is to blame for a smaller MTU; what did so before has gone with a larger
 * one. */
bool ht_path_mtu_take(struct ht_path_mtu **known, const struct ht_mtu *found,
                      struct ht_mtu_event *event)
{
    const struct ht_path_mtu now = copy_of(found);
    if (*known == NULL)
        *known = calloc(1, sizeof **known);
    if (*known == NULL)
        return false;
    const struct ht_path_mtu before = **known;
    **known = now;
    if (before.path == 0 || before.path == now.path)
        return false;
    *event = (struct ht_mtu_event){.hop = hop_of(now.path < before.path ? &now : &before),
                                   .old_mtu = before.path,
                                   .new_mtu = now.path};
    return true;
}

void ht_path_mtu_forget_limits(struct ht_path_mtu *known)
{
    if (known != NULL)
        known->limit_count = 0;
}
