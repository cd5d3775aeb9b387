/* The kernel's own word on when a packet left. The device stamps a packet that asks for it, and
 * the stamp comes back through the error queue of the socket that sent it, under a number that the
 * kernel counts up with each such packet.
 *
 * Most devices stamp within the call that sends. One whose queue holds packets back stamps later,
 * some never do: of these packets the sender's own estimate stays, and the time that they wait
 * in this host's queue counts as theirs. */
#ifndef HT_NET_TRANSMIT_STAMPS_H
#define HT_NET_TRANSMIT_STAMPS_H

#include <linux/net_tstamp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "model/packet.h"
#include "net/clock.h"

struct ht_stamp_area;

/* What stands beside a packet that asks for a stamp: SOL_SOCKET, SO_TIMESTAMPING, 32 bits. */
#define HT_TRANSMIT_STAMP_REQUEST ((uint32_t)SOF_TIMESTAMPING_TX_SOFTWARE)

/* A stamp may seem to be older than the call that sent the packet by so much, what the readings of
 * two clocks may differ: any older one is of another packet. */
#define HT_TRANSMIT_STAMP_SLACK_NS (10 * HT_NS_PER_US)

/* The stamps of one socket; all zero to begin with. */
struct ht_transmit_stamps {
    bool refused;          /* this kernel gives none */
    bool prompt;           /* those of the last call were there when it returned */
    bool in_step;          /* next_number is the one the kernel gives next */
    uint32_t next_number;  /* modulo 2^32 */
    uint32_t first_number; /* of the packets of the last call */
    size_t sent;           /* how many those are */
};

/* To be called before each sending of packets that ask for stamps: makes the kernel number from 0
 * where it is not known what it would give. False: no stamps are to be had, ask for none. */
bool ht_transmit_stamps_ready(struct ht_transmit_stamps *stamps, int fd);

/* A call with `asked` packets sent `sent` of them, -1 if it failed. It is not known whether one
 * that was refused has used up a number. */
void ht_transmit_stamps_sent(struct ht_transmit_stamps *stamps, size_t asked, ssize_t sent);

/* Which packet of the last call has this number, from 0; SIZE_MAX: none of them. */
size_t ht_transmit_stamps_place(const struct ht_transmit_stamps *stamps, uint32_t number);

/* Corrects sent_ns and kernel_stamp of a packet by its stamp, if that can be trusted and is no
 * older than `before_ns`, when the call that sent it began. */
void ht_transmit_stamp_apply(struct ht_outgoing *packet, const struct ht_stamp_clock *clock,
                             struct timespec stamp, int64_t before_ns);

/* Empties the error queue (up to what one call can have added and some more), and corrects
 * those `packets` of the last call, begun at `before_ns`, whose stamp is there. */
void ht_transmit_stamps_take(struct ht_transmit_stamps *stamps, int fd, struct ht_stamp_area *area,
                             struct ht_stamp_clock *clock, struct ht_outgoing *packets,
                             int64_t before_ns);

/* Points the messages at their buffers, once. */
void ht_stamp_area_init(struct ht_stamp_area *area);

#endif
