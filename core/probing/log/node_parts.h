/* What the facts of a node point to: its labels and its interfaces, in blocks of their own. */
#ifndef HT_PROBING_NODE_PARTS_H
#define HT_PROBING_NODE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "hoptrace/report.h"

/* Sets what the node owns to copies of these. Without memory the node has none. */
void ht_node_set_labels(struct ht_node_facts *node, const struct ht_mpls *labels, size_t count);
void ht_node_set_interfaces(struct ht_node_facts *node, const struct ht_interface *interfaces,
                            size_t count);

/* Gives the facts, which are a copy of others, parts of their own. False: no memory; they have none
 * then. */
bool ht_node_own_parts(struct ht_node_facts *node);

/* Frees what the node owns; it has none then. */
void ht_node_free_parts(struct ht_node_facts *node);

#endif
