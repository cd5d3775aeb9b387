/* The one answer to "who stands for this hop". */
#ifndef HT_MODEL_HOP_H
#define HT_MODEL_HOP_H

#include "model/report.h"

/* The node that stands for the hop where only one can, and counts for the path's identity: most
 * replies, the lowest address on a tie. NULL for a silent hop. */
const struct ht_node *ht_hop_main_node(const struct ht_hop *hop);

#endif
