/* Nodes that take turns packet by packet, told from those that choose by flow: by repeating a flow.
 * Pure.
 *
 * A node by packet shows the same next node again with a probability of s = sum of (share)^2, as
 * two flows do. Behind it, at a ttl, the same node is met again with a probability of at most the
 * greatest s of the ttls up to there. So a repetition that finds the same node again is worth
 * ln(1 / s) for each node on the flow's way, s being what the flows through that node show. A node
 * is by flow when these add up to
 *
 *   ln(10^5)        where two of its next nodes have a next node in common, and one has a second,
 *                   unless all flows through it meet one node there: if it were by packet, links
 *                   would be false
 *   ln(1 / eps_v)   elsewhere: its links are true in any case
 *
 * One repetition that finds another node is enough for the contrary, of the last node on the flow's
 * way at which its position is steady. It may be due to one further up. So for nodes further up a
 * repetition there or behind it is worth nothing from then on; and the node is by packet for good
 * when log2(1 / eps_v) repetitions at its own ttl found it again.
 *
 * Not seen: a silent router among those that a node by packet leads to. A flow that is tried again
 * is answered by another one, which looks like loss. */
#ifndef HT_PROBING_MULTIPATH_BY_PACKET_H
#define HT_PROBING_MULTIPATH_BY_PACKET_H

#include "probing/multipath/path_view.h"

/* Sets turns.expected and turns.wanted of all nodes of a view. */
void ht_by_packet_judge(struct ht_path_view *view, double node_failure);

/* Repetitions at its own ttl that a node by packet lacks, those under way not among them. */
uint32_t ht_by_packet_lacking(const struct ht_path_view *view, uint16_t node, double node_failure);

/* What a repetition at this ttl of a flow through `node` is worth for it when it finds the same
 * node again. */
double ht_by_packet_worth(struct ht_path_view *view, uint16_t node, uint8_t ttl);

#endif
