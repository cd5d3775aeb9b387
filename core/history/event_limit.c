#include "history/event_limit.h"

#include <string.h>

bool ht_event_limit_take(struct ht_event_limit *limit, uint32_t round, uint16_t window,
                         uint32_t *untold)
{
    uint32_t oldest = limit->told[HT_EVENTS_A_WINDOW - 1];
    if (oldest != 0 && round - oldest < window) {
        limit->untold++;
        return false;
    }
    memmove(&limit->told[1], limit->told, (HT_EVENTS_A_WINDOW - 1) * sizeof limit->told[0]);
    limit->told[0] = round;
    *untold = limit->untold;
    limit->untold = 0;
    return true;
}
