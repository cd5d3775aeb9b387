/* What other rounds tell a round. */
#ifndef HT_PROBING_HINTS_H
#define HT_PROBING_HINTS_H

#include <stdint.h>

/* What the scheduler tells a round of others; it alone writes it. */
struct ht_hints {
    uint8_t look_ahead;   /* ttls beyond the settled ones that may be probed, 1 or more */
    uint8_t common_ttl;   /* hardly any path ends before; 0: unknown */
    uint8_t shortest_ttl; /* no path ends before; 0: unknown */
    uint8_t distance_ttl; /* where a distance probe may go; 0: nowhere */
    int8_t asymmetry;     /* hops that most ways back are longer, see distances.h */
};

#endif
