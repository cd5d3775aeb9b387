/* Which of a hop's nodes stands for it. */
#ifndef HT_MODEL_HOP_H
#define HT_MODEL_HOP_H

#include <stdbool.h>
#include <stdint.h>

#include "hoptrace/address.h"
#include "hoptrace/report.h"

/* True if a node with `received` replies goes before another one: it has more replies, or as many
 * and the lower address. */
bool ht_node_goes_before(uint32_t received, const struct ht_address *address,
                         uint32_t other_received, const struct ht_address *other);

/* The main node, which stands for the hop where only one can, and counts for the path's identity:
 * it goes before all others. NULL for a silent hop. */
const struct ht_node *ht_hop_main_node(const struct ht_hop *hop);

#endif
