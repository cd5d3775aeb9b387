/* A TCP listener, as Linux 6.18 was measured to be. Times are those at which the SYNs left: what
 * happens at the listener happens half a round trip later for all of them alike.
 *
 * The first SYN of a flow opens a connection, which is answered with a SYN-ACK that echoes its
 * timestamp. While the connection is half open
 *   the same SYN with a timestamp that is no older   is answered with the same SYN-ACK, the first
 *                                                    time at once, then at most every 500 ms
 *   any other SYN                                    gets nothing
 *   nothing arrives for 1, then 2, 4, 8, 16 s        the same SYN-ACK is sent again
 *   a reset arrives                                  the connection is closed
 * A SYN-ACK that arrives is answered by the kernel of our host with a reset. */
#ifndef HT_SCENARIO_LISTENER_H
#define HT_SCENARIO_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "passage.h"
#include "queue.h"

/* A SYN-ACK that is sent again unless the connection is closed by then. */
struct resending {
    struct passage passage; /* of the SYN that it answers; its bytes are below */
    uint32_t connection;    /* number of the connection */
    uint32_t count;         /* of the times that it was sent again before */
    uint8_t bytes[];
};

/* While the first SYN-ACK of a connection may still arrive, it cannot be told from one to the same
 * SYN again, which counts as well; later ones are no answers. */

/* Takes a SYN; `lost`: the SYN-ACK to it, if there is one, gets lost. True: a SYN-ACK arrives,
 * passage->rtt_ns after the SYN left. */
bool listener_takes(struct queue *queue, struct passage *passage, bool lost);

/* Whether the SYN-ACK is sent again now, at `now_ns`. */
bool listener_sends_again(const struct resending *resending, int64_t now_ns);

/* It was sent again, and got lost or will arrive. */
void listener_sent_again(struct queue *queue, const struct resending *resending, int64_t now_ns,
                         bool lost);

/* Takes a reset that left at `sent_ns`. */
void listener_takes_reset(struct ledger_place *place, const struct probe_view *reset,
                          int64_t sent_ns);

#endif
