/* What a TCP listener makes of several SYNs of one flow.
 *
 * After the first it is in SYN_RECV, and gives a second no SYN-ACK (only a rate-limited challenge)
 * until the reset that our host's kernel sends on the SYN-ACK has arrived (RFC 9293 section
 * 3.10.7.4, RFC 5961 section 4). No false loss may come of that. */
#ifndef HT_PROBING_TCP_LISTENER_H
#define HT_PROBING_TCP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_probe;
struct ht_round;

/* What is known of the destination's TCP. */
struct ht_tcp_state {
    uint32_t broken_off;   /* whatever a listener held for the probes before it was broken off */
    uint8_t unshifted_ttl; /* highest one whose quotes show the right sequence number */
    bool one_by_one;       /* the destination does not say which probe it answers */
    bool listening;        /* the destination has accepted a SYN */
};

/* True if no probe up to this ttl gets to a listener, as far as is known: it would not be answered
 * while the listener is busy with a distance probe. Always true but for TCP. */
bool ht_tcp_listener_spared(const struct ht_round *round, unsigned ttl);

/* From when on a further SYN that may reach the destination can expect an answer. Of a destination
 * that has answered, or whose answers do not say which SYN they are to: when every such SYN before
 * it is answered or late. Of any other: when the first such SYN is overdue. A time in the past: at
 * once. */
int64_t ht_tcp_listener_ready_ns(const struct ht_round *round);

/* When no SYN of this round that may have reached the destination can be answered any more; not
 * after the past: none is unanswered. */
int64_t ht_tcp_listener_quiet_ns(const struct ht_round *round);

/* After this time the destination hardly answers a SYN any more, by the times measured on this
 * path, in the last round too where answers do not say which SYN they are to. */
int64_t ht_tcp_listener_late_ns(const struct ht_round *round);

/* So many connections are broken off at a time. */
#define HT_TCP_LISTENER_HELD_MAX 4

/* The newest SYNs in a row that went unanswered, at a destination that listens, or a distance probe
 * that is overdue: a listener may hold a connection open for each whose SYN-ACK was lost, and would
 * not answer the next SYN. Returns their number, the newest first; 0 as long as an answer may still
 * come to it, or if the connections of all were broken off before (`broken_off`). */
size_t ht_tcp_listener_held(const struct ht_round *round, int64_t now_ns,
                            uint32_t probes[HT_TCP_LISTENER_HELD_MAX]);

/* True if a probe that went unanswered may have been swallowed by the listener, because another
 * SYN that it answered was under way at the same time. That is no loss of the network's. */
bool ht_tcp_listener_swallowed(const struct ht_round *round, const struct ht_probe *probe);

#endif
