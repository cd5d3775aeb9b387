/* Which of a hop's nodes stands for it, and how far away it is. */
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

/* The interface that stands for what a node tells of several: that by which packets came in, else
 * the first one. NULL: it tells of none. */
const struct ht_interface *ht_node_interface(const struct ht_node_facts *facts);

/* Hops that a reply came back over: the least initial ttl in use (64, 128, 255) that is
 * possible, less the ttl left, plus 1. 0: its ttl is not known. */
uint8_t ht_hops_back(uint8_t reply_ttl);

#endif
