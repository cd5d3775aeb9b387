/* The log of a round: its probes, the hops that they were sent to, the nodes that answered. */
#ifndef HT_ENGINE_PROBE_LOG_H
#define HT_ENGINE_PROBE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/trace.h"

/* A probe is awaited no longer, whatever became of it. */
void ht_probe_log_settle(struct ht_trace *trace, struct ht_probe *probe, enum ht_probe_state state);

/* Makes the first `count` hops, as far as they are not there; their probes may leave from `now_ns`
 * on. False: no memory. */
bool ht_probe_log_make_hops(struct ht_trace *trace, size_t count, int64_t now_ns);

/* Finds or adds the node of this address at this ttl; *node is HT_NO_NODE if the ttl has
 * HT_NODES_MAX others. False: no memory. */
bool ht_probe_log_node_for(struct ht_trace *trace, uint8_t ttl, const struct ht_address *address,
                           uint16_t *node);

/* True if this address has proven itself at this ttl; and the node that answered this probe has. */
bool ht_probe_log_is_proven(const struct ht_trace *trace, uint8_t ttl,
                            const struct ht_address *address);
void ht_probe_log_prove(struct ht_trace *trace, uint32_t index);

#endif
