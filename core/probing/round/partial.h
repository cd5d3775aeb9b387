/* Rounds of flows that a search for all paths measures at single ttls. A round is partial until it
 * is completed: it probes only what it is asked to, whatever lies between. */
#ifndef HT_PROBING_PARTIAL_H
#define HT_PROBING_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>

struct ht_asked;
struct ht_round;

/* Of a round that has sent nothing yet: it is partial from now on, and sends nothing by itself. */
void ht_partial_begin(struct ht_asked *asked);

/* Has a round, partial or not, send one more probe of this ttl, first_ttl or more. False: no
 * memory. */
bool ht_partial_ask(struct ht_round *round, uint8_t ttl, int64_t now_ns);

/* Makes a partial round one like any other: what its target's settings ask for, and it has not
 * sent yet, is due from now on. `end_ttl`: where the destination probably is; 0: not known. */
void ht_partial_complete(struct ht_round *round, uint8_t end_ttl);

#endif
