/* The scripted network: decides what befalls a probe and puts its answers into the queue. */
#ifndef HT_SCENARIO_NETWORK_H
#define HT_SCENARIO_NETWORK_H

#include <stdint.h>

#include "ledger.h"
#include "listener.h"
#include "model/packet.h"
#include "queue.h"
#include "scenario.h"

/* A packet on its way back. */
struct delivery {
    struct ledger_round *round; /* NULL: a lie, it answers nothing */
    size_t probe;
    struct seen_probe answer; /* what an honest one tells */
    struct ht_address from;
    uint8_t version;
    uint8_t protocol;
    uint8_t hop_limit;
    size_t length;
    uint8_t bytes[];
};

struct network {
    const struct scenario *scenario;
    struct ledger *ledger;
    struct queue *queue;
    int64_t begin_ns; /* the scenario's times count from here */
    uint64_t random;
    struct table routes;  /* destination -> struct script_network */
    struct table buckets; /* of routers that keep to a limit, by address */
    struct table flows;   /* source and destination -> what must stay fixed */
};

void network_init(struct network *network, const struct scenario *scenario, struct ledger *ledger,
                  struct queue *queue, int64_t begin_ns);
void network_fini(struct network *network);

/* From now on probes may differ from earlier ones in what routers hash. */
void network_forget_flows(struct network *network);

/* Takes one packet off the engine's hands at `now` and fills in the result of sending it. */
void network_send(struct network *network, struct ht_outgoing *packet, struct ht_now now);

/* A listener's time to send a SYN-ACK again has come. */
void network_resend(struct network *network, struct resending *resending, int64_t now_ns);

#endif
