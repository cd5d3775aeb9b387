/* What a TCP listener makes of several SYNs of one flow.
 *
 * After the first SYN the listener is in SYN_RECV, and answers a second with no SYN-ACK (only with
 * a rate-limited challenge ACK) until the reset that our host's kernel sends on the SYN-ACK has
 * arrived (RFC 9293 section 3.10.7.4, RFC 5961 section 4). No false loss may come of that. */
#ifndef HT_PROBING_TCP_LISTENER_H
#define HT_PROBING_TCP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_flow;
struct ht_path_end;
struct ht_probe;
struct ht_probe_log;
struct ht_round;

/* What is known of the destination's TCP. */
struct ht_tcp_state {
    uint32_t broken_off;   /* index: connections opened by the probes before it were broken off */
    uint8_t unshifted_ttl; /* highest ttl that quoted the right sequence number; 0: none */
    bool one_by_one;       /* the destination does not say which probe it answers */
    bool listening;        /* the destination has accepted a SYN */
};

/* True if no probe up to this ttl gets to a listener, as far as is known: a listener that is busy
 * with a distance probe would not answer it. Always true for protocols other than TCP. */
bool ht_tcp_listener_spared(const struct ht_round *round, unsigned ttl);

/* From when on a further SYN that may reach the destination can expect an answer; a time in the
 * past: at once.
 *   the destination has answered, or its      when every SYN before that may have reached it is
 *   answers do not say which SYN they are to  answered or late
 *   else                                      when the first of these SYNs is overdue */
int64_t ht_tcp_listener_ready_ns(const struct ht_round *round);

/* When the last unanswered SYN of this round that may have reached the destination is late: no
 * answer can be expected any more; 0: none is unanswered, or the protocol is not TCP. */
int64_t ht_tcp_listener_last_late_ns(const struct ht_round *round);

/* How long after its sending a SYN is late: by the times measured on this path, and where answers
 * do not say which SYN they are to, by those of the last round too. */
int64_t ht_tcp_listener_late_ns(const struct ht_round *round);

/* Connections that are broken off at a time, the newest first, each by one reset: more would cost
 * more packets, with fewer the older ones may stay open. */
#define HT_TCP_LISTENER_HELD_MAX 4

/* The SYNs for which a listener may hold a connection open because its SYN-ACK was lost; it would
 * not answer the next SYN. They are the unanswered SYNs since the last answered one, at a
 * destination that listens, or else a distance probe that is overdue. Returns their number, the
 * newest SYN first; 0 as long as the newest may still be answered, or if its connection was broken
 * off before (`broken_off`). */
size_t ht_tcp_listener_held(const struct ht_probe_log *log, const struct ht_path_end *end,
                            const struct ht_tcp_state *tcp, int64_t now_ns,
                            uint32_t probes[HT_TCP_LISTENER_HELD_MAX]);

/* True if the listener may have swallowed an unanswered probe, because another SYN, which it
 * answered, was under way at the same time. That is no loss of the network's. */
bool ht_tcp_listener_swallowed(const struct ht_flow *flow, const struct ht_probe_log *log,
                               const struct ht_path_end *end, const struct ht_probe *probe);

#endif
