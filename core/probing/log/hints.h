/* What a round learns from the other rounds. */
#ifndef HT_PROBING_HINTS_H
#define HT_PROBING_HINTS_H

#include <stdint.h>

/* Only the scheduler writes it. */
struct ht_hints {
    uint8_t look_ahead;   /* ttls to be probed beyond the settled ones (window.h), 1 or more */
    uint8_t common_ttl;   /* at most 1 in 8 measured paths ends at a lower ttl; 0: unknown */
    uint8_t shortest_ttl; /* no measured path ends at a lower ttl; 0: unknown */
    uint8_t distance_ttl; /* ttl that a distance probe may be sent with; 0: none may be sent */
    int8_t asymmetry;     /* hops back less hops there, as on most paths (hop_distance.h) */
};

#endif
