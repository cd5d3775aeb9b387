/* What becomes of packets that a system call was to send. For core/net alone. */
#ifndef HT_NET_SENT_H
#define HT_NET_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hoptrace/time.h"
#include "model/packet.h"

/* Signals that may interrupt one call. */
#define HT_EINTR_MAX 16

/* A first guess at the cost of sending one packet, soon replaced by measurement. */
#define HT_FIRST_PACE_NS (4 * HT_NS_PER_US)

/* One call sent `count` packets between two readings of the clock: fills in what is known of each,
 * and takes note of the pace, which is what sending one packet took of late. */
void ht_stamp_sent(int64_t *pace_ns, struct ht_outgoing *packets, size_t count, int64_t before_ns,
                   int64_t after_ns);

/* True if an errno may be of an ICMP error about an earlier packet, which a socket was holding: it
 * is gone once told, and says nothing about the packet that was to be sent. */
bool ht_send_may_be_stale(int sys_errno);

/* The first of `count` packets was refused. Returns how many that disposes of: a socket that takes
 * no more for the moment would not take those behind it either. */
size_t ht_send_refused(struct ht_outgoing *packets, size_t count, int sys_errno, int64_t now_ns);

#endif
