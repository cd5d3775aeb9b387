#include "history/rtt_place.h"

enum rise { UNKNOWN, NOT_RISEN, RISEN };

static enum rise judge(const struct ht_time_hop *hop, double excess_us)
{
    double own = (double)hop->recent_us - hop->usual_us;
    if (hop->usual_us == 0 || hop->recent_us == 0 || own - hop->noise_us > 2 * excess_us)
        return UNKNOWN;
    if (own + hop->noise_us < excess_us / 2)
        return NOT_RISEN;
    return own - hop->noise_us > excess_us / 2 ? RISEN : UNKNOWN;
}

struct ht_span ht_rtt_place(const struct ht_time_hop *hops, size_t count, double excess_us,
                            uint8_t destination_ttl)
{
    struct ht_span place = {.after_hop = 0, .by_hop = destination_ttl};
    for (size_t i = count; i-- > 0 && place.after_hop == 0;) {
        enum rise rise = judge(&hops[i], excess_us);
        if (rise == NOT_RISEN)
            place.after_hop = hops[i].ttl;
        else if (rise == RISEN)
            place.by_hop = hops[i].ttl;
    }
    return place;
}
