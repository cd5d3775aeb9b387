/* What the user asked of a round. */
#ifndef HT_PROBING_ASKED_H
#define HT_PROBING_ASKED_H

#include <stdbool.h>
#include <stdint.h>

/* The settings of the target (hoptrace/settings.h) that each packet needs, and what they depend on.
 */
struct ht_asked {
    int64_t timeout_ns;
    uint16_t probes;
    uint16_t end_probes; /* of `end_ttl` */
    uint8_t end_ttl;     /* the destination's, as far as this round or the last one has found it; 0:
                            not known */
    uint8_t first_ttl;
    uint8_t max_ttl;
    uint8_t gap_limit;
    uint8_t retries;
    bool partial; /* probes leave only as a search asks for them, one by one (partial.h) */
};

/* Regular probes of a ttl. */
static inline unsigned ht_asked_probes(const struct ht_asked *asked, unsigned ttl)
{
    return ttl == asked->end_ttl ? asked->end_probes : asked->probes;
}

#endif
