/* A round that is to be measured. */
#ifndef HT_PROBING_ROUND_REQUEST_H
#define HT_PROBING_ROUND_REQUEST_H

#include <stdint.h>

#include "base/flow_set.h"
#include "history/round_memory.h"
#include "hoptrace/address.h"
#include "hoptrace/settings.h"

struct ht_path_memory;

/* What one flow of a round has to do with earlier rounds. */
struct ht_flow_request {
    /* What the last round to this destination left, and where this round leaves what it knows when
     * it closes. Borrowed like the target; NULL: nothing is known, and nothing is kept. */
    struct ht_round_memory *previous;
    /* What is remembered of the path, borrowed like the target; NULL: the target is not
     * remembered. Only on_report may change it while the round is under way. */
    const struct ht_path_memory *known;
};

/* A round of each flow of the target (settings.flows). */
struct ht_round_request {
    const struct ht_target *target; /* borrowed until its report was delivered or dropped */
    struct ht_address destination;
    struct ht_address source;
    uint32_t interface_index; /* 0: the routing table decides */
    uint32_t device_mtu; /* of the device that its packets leave by, if the target's path MTU is
                            asked for; 0: not known */
    /* Of the flows to begin with, in the order of their numbers; NULL: of none anything is known or
     * kept. Read in the call. A flow that a search completes is remembered if the first one is. */
    const struct ht_flow_request *flows;
    /* Of HT_FLOWS_ALL. */
    struct ht_flow_set chosen; /* the flows to begin with, flow 0 among them */
    double failure; /* above 0: further flows are begun until a branch is missing with at most this
                       probability; 0: none are */
};

#endif
