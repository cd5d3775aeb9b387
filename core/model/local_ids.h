/* The numbers that the kernel reserves for this process, and that answers to its probes show. */
#ifndef HT_MODEL_LOCAL_IDS_H
#define HT_MODEL_LOCAL_IDS_H

#include <stdint.h>

#include "hoptrace/settings.h"

/* Source ports of UDP and TCP: [k] is that of flow k. [0] is the ICMP id of every flow as well.
 * All differ, and none is 0. */
struct ht_local_ids {
    uint16_t of_flow[HT_FLOWS_SEARCHED];
    uint16_t count; /* 0: none is known yet */
};

#endif
