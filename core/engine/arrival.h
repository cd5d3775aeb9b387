/* A packet from the network, and the probe that it answers: one that is outstanding, whose flow and
 * key it names, and whose payload it shows as far as it shows any. */
#ifndef HT_ENGINE_ARRIVAL_H
#define HT_ENGINE_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/flow_table.h"
#include "engine/run.h"
#include "model/packet.h"
#include "wire/probe.h"

/* What tells the answers to this process's probes from others'. */
struct ht_identity {
    const uint64_t *secret; /* two words */
    uint16_t local_id;
};

struct ht_arrival {
    struct ht_reply reply; /* points into the packet */
    uint32_t flow_tag;
    bool possible; /* it may be an answer, else it is a stranger's */
};

/* A probe and the round that it belongs to. */
struct ht_found {
    struct ht_run *run; /* NULL: nothing was found */
    uint32_t probe;
};

/* Reads a packet, any bytes at all, and names the flow whose probe it answers. Begins to fetch what
 * will be looked up: the next three functions, each called some time after the one before it, go on
 * with that. */
void ht_arrival_read(const struct ht_incoming *packet, struct ht_identity identity,
                     const struct ht_flow_table *flows, struct ht_arrival *arrival);
void ht_arrival_fetch_run(const struct ht_arrival *arrival, const struct ht_flow_table *flows);
void ht_arrival_fetch_probe(const struct ht_arrival *arrival, const struct ht_flow_table *flows);
void ht_arrival_fetch_answered(const struct ht_arrival *arrival, const struct ht_flow_table *flows);

/* The probe that it answers. Nothing: none of ours; or it shows another payload (*forged); or two
 * of ours could be meant, and there is no telling which. */
struct ht_found ht_arrival_find(const struct ht_arrival *arrival, struct ht_identity identity,
                                const struct ht_flow_table *flows, bool *forged);

#endif
