/* How many flows prove that a node has no further branch. Pure.
 *
 * Of a node with k - 1 branches seen: n(k) flows through it that all take one of these. If there
 * are k branches of equal share, one of them is missed with a probability of at most
 * k ((k - 1) / k)^n, so that
 *
 *   n(k) = ceil(ln(eps_v / k) / ln((k - 1) / k))
 *
 * keeps the node's failure below eps_v (95 %, one node: 6, 11, 16, 21, 27 for k = 2..6). Branches
 * of smaller share are missed more often: one of share s, (1 - s)^n.
 *
 * The whole graph: eps_v = eps / N, where N counts the nodes seen that end no flow, this host among
 * them. N and k grow while nodes are found, and n(k) with them: a node that was proven is asked
 * again. The rule holds when it is met at every node for the final N. A balancer b that fails hides
 * the h_b nodes that lie behind the missed branch alone, and ends with N - h_b. To first order in
 * eps,
 *
 *   P(a branch is missed) <= sum over balancers b of eps / (N - h_b)
 *
 * which is at most eps where there are no more balancers than N - max h_b: nodes that are no
 * balancer cannot fail, and what they do not use pays for what a failure hides. */
#ifndef HT_PROBING_MULTIPATH_STOPPING_RULE_H
#define HT_PROBING_MULTIPATH_STOPPING_RULE_H

#include <stdint.h>

/* eps_v: the share of `failure` (eps, 0 to 1) of one of `nodes` nodes. */
double ht_failure_of_node(double failure, uint32_t nodes);

/* n(seen + 1): flows through a node with `seen` branches, at least 1, that prove that there are no
 * more. 0 < node_failure < 1. */
uint32_t ht_stopping_point(uint32_t seen, double node_failure);

/* The same of `branches` nodes, of one balancer by packet, that seem to have one next node in
 * common: packets through the balancer that prove that none of the nodes has a second one. It would
 * have a share of 1 / (2 branches): n = ceil(ln(eps_v / (2 branches)) / ln(1 - 1 / (2 branches))).
 */
uint32_t ht_stopping_point_blurred(uint32_t branches, double node_failure);

#endif
