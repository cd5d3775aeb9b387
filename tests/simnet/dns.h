/* The name server: A, AAAA and PTR for the names of the topology.
 *
 * Labels with a meaning, anywhere in a name (for PTR: in the name that is the answer):
 *   silent     never answered
 *   servfail   answered with SERVFAIL
 *   slow-N     answered N ms later, with what the name without this label has;
 *              `slow-N.sim` itself has the first target's addresses
 */
#ifndef SIMNET_DNS_H
#define SIMNET_DNS_H

#include "topology.h"

#define DNS_MAX 512 /* RFC 1035: most bytes of an answer by UDP */

/* Answers one query. Returns the answer's length, 0 for none; adds to *delay_ns what a
 * slow name takes. */
size_t dns_answer(const struct topology *topology, const uint8_t *query, size_t length,
                  uint8_t answer[DNS_MAX], int64_t *delay_ns);

#endif
