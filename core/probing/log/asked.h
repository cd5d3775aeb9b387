/* What the user asked of a round. */
#ifndef HT_PROBING_ASKED_H
#define HT_PROBING_ASKED_H

#include <stdint.h>

/* The settings of the target (hoptrace/settings.h) that each packet needs. */
struct ht_asked {
    int64_t timeout_ns;
    uint16_t probes;
    uint8_t first_ttl;
    uint8_t max_ttl;
    uint8_t gap_limit;
    uint8_t retries;
};

#endif
