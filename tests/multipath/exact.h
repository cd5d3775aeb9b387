/* Exact probabilities by dynamic programming. */
#ifndef HT_TESTS_MULTIPATH_EXACT_H
#define HT_TESTS_MULTIPATH_EXACT_H

#define EXACT_LANES_MAX 4

/* Probability that the rule ends with a lane missed. One balancer, of which all flows pass one of
 * `lanes` lanes (at most EXACT_LANES_MAX) with these shares; a lane is one node, which needs as
 * many flows as show that it has one next node. `others`: nodes besides the lanes that end no flow,
 * this host among them. */
double exact_missed(unsigned lanes, const double *shares, unsigned others, double failure);

/* The same without what the lanes need, of any number of equal lanes, and a failure of the node
 * that stays the same: the chain of the number of lanes seen. */
double exact_chain(unsigned lanes, double node_failure);

#endif
