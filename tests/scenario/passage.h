/* One probe on its way through the scripted network. */
#ifndef HT_SCENARIO_PASSAGE_H
#define HT_SCENARIO_PASSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "packet.h"
#include "scenario.h"

struct passage {
    struct probe_view probe;
    const struct script_network *route;
    struct ledger_place *place;
    struct ledger_round *round;
    size_t index; /* in the round */
    uint32_t nth;
    uint32_t try;
    int64_t sent_ns;
    int64_t rtt_ns;
    struct ledger_round *answered; /* the round, and index, of the probe that the answer is to; */
    size_t answered_index;         /* NULL: to none */
    struct behaviour behaviour;
    bool sized;            /* of the search for the path MTU */
    uint16_t usual_length; /* of the round's own probes then */
    uint32_t shift;        /* what a firewall added to the TCP sequence number */
    uint32_t end_ttl;      /* where the path ends; 0: it does not, as far as rules say */
};

#endif
