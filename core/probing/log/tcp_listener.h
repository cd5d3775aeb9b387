/* What a TCP listener makes of several SYNs of one flow.
 *
 * After the first SYN the listener is in SYN_RECV, and the connection half open, until the reset
 * that our host's kernel sends on the SYN-ACK has arrived (RFC 9293 section 3.10.7.4, RFC 5961
 * section 4). If the SYN-ACK gets lost no reset is sent. Then Linux sends it again, as an answer to
 * a further SYN of the flow, at once to the first one and every 500 ms at most, and without any
 * after 1, 3, 7, 15 and 31 s (RFC 6298 section 2). It echoes the timestamp of the first SYN, other
 * hosts' that of the newest one: taken for an answer it would give a false time and hide a loss.
 * All other SYNs are swallowed, which is no loss of the network's.
 *
 * So a SYN whose SYN-ACK seems to be lost is broken off by a reset of ours, before the next SYN
 * leaves and before the SYN-ACK is sent again. It closes what any SYN before it has opened, since
 * all have one sequence number, and keeps no SYN-ACK that has left from being an answer.
 *
 * What remains, and counts as an answer:
 *   the resets are lost too                     the SYN-ACK that is sent again
 *   SYNs of several ttls leave before the       the SYN-ACK to a later one, for the first one: its
 *   first one is late, whose SYN-ACK is lost    time is too long by what lies between the two
 *   a SYN-ACK without a timestamp               it is taken to be to the newest SYN that it may be
 *                                               an answer to (unnamed.c)
 * What a round leaves half open may swallow the first SYN of the next one, if that follows within
 * 1 s. */
#ifndef HT_PROBING_TCP_LISTENER_H
#define HT_PROBING_TCP_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/time.h"

struct ht_flow;
struct ht_path_end;
struct ht_probe;
struct ht_probe_log;
struct ht_round;

/* What is known of the destination's TCP. */
struct ht_tcp_state {
    uint32_t broken_off;    /* index: connections opened by the probes before it were broken off */
    uint8_t unsure_breaks;  /* breaks before a SYN without certainty (struct ht_tcp_held) */
    uint8_t unshifted_ttl;  /* highest ttl that quoted the right sequence number; 0: none */
    bool one_by_one;        /* the destination does not say which probe it answers */
    bool listening;         /* the destination has accepted a SYN */
    int64_t rests_until_ns; /* no SYN leaves before: an answer to a former round may still come */
};

/* True if no probe up to this ttl gets to a listener, as far as is known: a listener that is busy
 * with a distance probe would not answer it. Always true for protocols other than TCP. */
bool ht_tcp_listener_spared(const struct ht_round *round, unsigned ttl);

/* TCP: true if a SYN of this ttl may have reached the destination. No router has answered at it or
 * behind it, and as long as the destination is unknown it is not spared. */
bool ht_tcp_listener_may_reach(const struct ht_round *round, unsigned ttl);

/* From when on a further SYN of this ttl that may reach the destination can expect an answer; a
 * time in the past: at once.
 *   the destination has answered, or its      when every SYN before that may have reached it is
 *   answers do not say which SYN they are to  answered or late
 *   else                                      when the first of these SYNs is overdue, and (until
 *                                             HT_TCP_UNSURE_BREAKS) the last one of this ttl has
 *                                             waited as long as the window waits for a hop */
int64_t ht_tcp_listener_ready_ns(const struct ht_round *round, uint8_t ttl);

/* How long after its SYN a reset may come and still be its answer, at most the timeout: a longer
 * time would hold up the answers to all SYNs that follow a lost one. With it the rounds over twelve
 * paths whose resets came 80 to 350 ms late were all right; without it those over three were. */
#define HT_TCP_LATEST_RESET_NS (500 * HT_NS_PER_MS)

/* Of a round that ends: until when a SYN of it may be answered that nothing waits for any more; 0:
 * there is none, or the protocol is not TCP. As long as SYNs of this round would have been taken to
 * be answered: HT_TCP_LATEST_RESET_NS, or until they are late if that is longer. */
int64_t ht_tcp_listener_answers_until_ns(const struct ht_round *round);

/* How long after its sending a SYN is late: by the times measured on this path, and where answers
 * do not say which SYN they are to, by those of the last round too. */
int64_t ht_tcp_listener_late_ns(const struct ht_round *round);

/* Breaks before a SYN without certainty that there is a listener which may hold what it broke off:
 * as many SYN-ACKs in a row may get lost before the first one that arrives. More would be spent on
 * each port that a firewall makes silent: a round there costs at most these resets, and one in
 * 0.9 s. */
#define HT_TCP_UNSURE_BREAKS 3

/* Resets by which a listener is told with certainty: one of them may get lost. Else it is one. */
#define HT_TCP_RESETS 2

/* The SYNs for which a listener may hold a connection open, since its SYN-ACK was lost: unanswered
 * ones that may have reached the destination, since the last answered one and the last break. */
struct ht_tcp_held {
    uint32_t farthest; /* index of the newest one of the highest ttl; HT_NO_PROBE: there is none */
    bool reaches;      /* it got to the destination, if any SYN did: its ttl is not too low */
    bool certain;      /* it reaches the destination, which listens */
    int64_t before_ns; /* from when on resets have to leave before a further SYN; HT_NEVER: none */
    int64_t by_ns;     /* when they leave even without a further SYN; HT_NEVER: they do not */
};

/* None if the destination is known and does not listen.
 *   before_ns  the destination listens: when the newest one is late; else when the oldest one has
 *              waited as long as the window waits for a hop. Without certainty at most
 *              HT_TCP_UNSURE_BREAKS times
 *   by_ns      0.9 s after the oldest one left, if the destination listens, or an answer could
 *              still count when the SYN-ACK is sent again; no later than before_ns if it listens
 *              and the answer to one that reaches it is awaited */
struct ht_tcp_held ht_tcp_listener_held(const struct ht_round *round);

/* What the probes so far have opened was broken off; `unsure`: before a SYN, without certainty. */
void ht_tcp_listener_broken_off(struct ht_tcp_state *tcp, uint32_t probe_count, bool unsure);

/* True if the listener may have swallowed an unanswered probe, because it left between another SYN,
 * which the listener answered, and that answer, with no reset of ours between the two. That is no
 * loss of the network's. */
bool ht_tcp_listener_swallowed(const struct ht_flow *flow, const struct ht_probe_log *log,
                               const struct ht_path_end *end, const struct ht_probe *probe);

#endif
