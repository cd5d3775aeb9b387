/* The TCP listener of the destinations, as a Linux one behaves: what matters to a probing
 * host is that a flow in SYN_RECV does not answer each SYN with a SYN-ACK. */
#ifndef SIMNET_LISTENER_H
#define SIMNET_LISTENER_H

#include "probe.h"

struct listener;

/* Remembers `flows` flows at a time (rounded up to a power of two); the oldest of a
 * crowded place is forgotten. NULL without memory. */
struct listener *listener_new(uint32_t flows);
void listener_free(struct listener *listener);

/* A segment for an open port came at now_ns. Returns whether *answer is to be sent.
 * A first SYN gets a SYN-ACK. In SYN_RECV a repeated SYN gets it again, a SYN with
 * another sequence number, or with a timestamp below the first one's (PAWS), a challenge
 * ACK, both at most once in 500 ms (Linux: tcp_invalid_ratelimit). RST in the window
 * clears the flow, ACK completes it.
 *
 * A SYN-ACK bears MSS and, of SACK, timestamps and window scale, what the SYN offered;
 * `plain`: MSS only, whatever was offered. The timestamp that is echoed, also by the
 * SYN-ACK to a repeated SYN and by the challenge, is that of the first SYN. */
bool listener_segment(struct listener *listener, const struct probe *probe, bool plain,
                      int64_t now_ns, struct segment *answer);

/* What a closed port answers (RFC 9293, 3.5.2). */
bool listener_closed(const struct probe *probe, struct segment *answer);

#endif
